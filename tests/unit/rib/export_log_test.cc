#include "rib/export_log.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>
#include <random>
#include <utility>
#include <vector>

namespace tern::rib {
namespace {

using Octets = std::vector<std::byte>;
using Kind = ExportLog::Kind;

constexpr std::size_t kUnlimited = ~std::size_t{0};

// A message of that length with a body that tells messages apart.
Octets message(std::size_t length, std::uint32_t number) {
  Octets octets(length, static_cast<std::byte>(number));
  std::fill_n(octets.begin(), 16, std::byte{0xFF});
  octets[16] = static_cast<std::byte>(length >> 8U);
  octets[17] = static_cast<std::byte>(length & 0xFFU);
  octets[18] = std::byte{2};
  return octets;
}

Octets operator+(Octets a, const Octets& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Octets copy(std::span<const std::byte> octets) { return {octets.begin(), octets.end()}; }

class ExportLogTest : public testing::Test {
 protected:
  AudienceRef audience(std::initializer_list<PeerSlot> slots) {
    ClientSet set;
    for (const PeerSlot slot : slots) set.insert(slot);
    return table.intern(set);
  }
  // Appends and gives the count of the audience back: from now on the log holds it.
  void append(AudienceRef audience, const Octets& octets, Kind kind = Kind::Announce,
              std::uint32_t prefixes = 1, std::uint64_t read_time = 0) {
    ExportLog::Entry meta;
    meta.audience = audience;
    meta.kind = kind;
    meta.prefixes = prefixes;
    meta.read_time = read_time;
    log.append(octets, meta);
    table.release(audience);
  }
  // Octets appended after the cursor, for whomever.
  [[nodiscard]] std::uint64_t lag(const ExportLog::Cursor& cursor) const {
    return log.written() - cursor.position();
  }
  std::vector<Octets> collect(ExportLog::Cursor& cursor, PeerSlot client,
                              std::size_t max_octets = kUnlimited, std::size_t max_runs = 16) {
    std::vector<std::span<const std::byte>> runs(max_runs);
    runs.resize(log.collect(cursor, client, runs, max_octets));
    std::vector<Octets> copies;
    for (const auto& run : runs) copies.push_back(copy(run));
    return copies;
  }

  AudienceTable table;
  ExportLog log{table};
};

TEST_F(ExportLogTest, EachClientReadsWhatIsForIt) {
  ExportLog::Cursor one = log.end();
  ExportLog::Cursor two = log.end();
  EXPECT_FALSE(log.has_more(one));
  append(audience({1, 2}), message(30, 1));
  append(audience({2}), message(40, 2));
  append(audience({1, 2}), message(50, 3));
  EXPECT_TRUE(log.has_more(one));
  EXPECT_EQ(lag(one), 120U);
  EXPECT_EQ(collect(one, 1), (std::vector<Octets>{message(30, 1), message(50, 3)}));
  EXPECT_EQ(collect(two, 2),
            (std::vector<Octets>{message(30, 1) + message(40, 2) + message(50, 3)}));
  EXPECT_EQ(log.advance(one, 1, 80).updates, 2U);
  EXPECT_FALSE(log.has_more(one));
  EXPECT_EQ(lag(one), 0U);
  EXPECT_TRUE(collect(one, 1).empty());
  EXPECT_EQ(lag(two), 120U);
  ExportLog::Cursor late = log.end();
  EXPECT_FALSE(log.has_more(late));
}

TEST_F(ExportLogTest, BoundsAreWholeMessages) {
  ExportLog::Cursor cursor = log.end();
  for (std::uint32_t i = 0; i < 4; ++i) {
    append(audience({1}), message(100, i));
    append(audience({2}), message(19, 9));
  }
  EXPECT_EQ(collect(cursor, 1, 10).size(), 1U);  // at least one
  EXPECT_EQ(collect(cursor, 1, 299).size(), 2U);
  EXPECT_EQ(collect(cursor, 1, 300).size(), 3U);
  EXPECT_EQ(collect(cursor, 1, kUnlimited, 2).size(), 2U);
  EXPECT_TRUE(collect(cursor, 1, kUnlimited, 0).empty());
}

TEST_F(ExportLogTest, MessagesOfOthersAtTheFrontArePassed) {
  ExportLog::Cursor cursor = log.end();
  for (std::uint32_t i = 0; i < 10'000; ++i) append(audience({2}), message(100, i));
  EXPECT_GT(log.bytes(), 900'000U);
  EXPECT_EQ(lag(cursor), 1'000'000U);
  EXPECT_TRUE(collect(cursor, 1).empty());
  EXPECT_FALSE(log.has_more(cursor));
  EXPECT_LE(log.bytes(), 65536U);
}

TEST_F(ExportLogTest, TellsWhatWasWhollyTaken) {
  ExportLog::Cursor cursor = log.end();
  append(audience({1}), message(60, 1), Kind::Announce, 7, 500);
  append(audience({1}), message(40, 3), Kind::Withdraw, 3, 400);
  append(audience({2}), message(40, 3), Kind::Withdraw, 3, 100);
  ExportLog::Progress progress = log.advance(cursor, 1, 50);
  EXPECT_EQ(progress.updates, 0U);
  EXPECT_EQ(progress.oldest_read, 0U);
  EXPECT_EQ(lag(cursor), 90U);
  progress = log.advance(cursor, 1, 30);
  EXPECT_EQ(progress.updates, 1U);
  EXPECT_EQ(progress.announced, (std::array<std::uint64_t, kFamilyCount>{7, 0}));
  EXPECT_EQ(progress.oldest_read, 500U);
  progress = log.advance(cursor, 1, 20);
  EXPECT_EQ(progress.updates, 1U);
  EXPECT_EQ(progress.withdrawn, (std::array<std::uint64_t, kFamilyCount>{3, 0}));
  EXPECT_EQ(progress.announced, (std::array<std::uint64_t, kFamilyCount>{}));
  EXPECT_EQ(progress.oldest_read, 400U);
  EXPECT_FALSE(log.has_more(cursor));
}

TEST_F(ExportLogTest, PartialIsTheRestOfOneMessage) {
  ExportLog::Cursor cursor = log.end();
  append(audience({1}), message(30, 1));
  append(audience({1}), message(300, 2));
  append(audience({1}), message(50, 3));
  EXPECT_TRUE(log.partial(cursor).empty());
  log.advance(cursor, 1, 30);
  EXPECT_TRUE(log.partial(cursor).empty());  // between two messages
  log.advance(cursor, 1, 10);
  const Octets rest = copy(log.partial(cursor));
  const Octets begun = message(300, 2);
  EXPECT_EQ(rest, Octets(begun.begin() + 10, begun.end()));
  log.advance(cursor, 1, rest.size());
  EXPECT_TRUE(log.partial(cursor).empty());
  EXPECT_EQ(collect(cursor, 1), (std::vector<Octets>{message(50, 3)}));
}

TEST_F(ExportLogTest, PendingIsWhatWasNotBegun) {
  using Seen = std::vector<std::pair<Kind, Octets>>;
  const auto pending = [&](const ExportLog::Cursor& cursor) {
    Seen seen;
    log.for_each_pending(cursor, 1, [&](Kind kind, std::span<const std::byte> some) {
      seen.emplace_back(kind, copy(some));
    });
    return seen;
  };
  ExportLog::Cursor cursor = log.end();
  append(audience({2}), message(30, 1));
  append(audience({1}), message(30, 2));
  append(audience({1}), message(40, 3));
  append(audience({2}), message(30, 4));
  append(audience({1, 2}), message(60'000, 5), Kind::Withdraw);
  append(audience({1}), message(50'000, 6));  // in the next segment
  Seen all{{Kind::Announce, message(30, 2)},
           {Kind::Announce, message(40, 3)},
           {Kind::Withdraw, message(60'000, 5)},
           {Kind::Announce, message(50'000, 6)}};
  const auto but_the_first = [&all](std::ptrdiff_t n) { return Seen(all.begin() + n, all.end()); };
  EXPECT_EQ(pending(cursor), all);
  EXPECT_EQ(pending(log.end()), Seen{});
  log.advance(cursor, 1, 10);
  EXPECT_EQ(pending(cursor), but_the_first(1));
  log.advance(cursor, 1, log.partial(cursor).size());
  EXPECT_EQ(pending(cursor), but_the_first(1));
  log.advance(cursor, 1, 10);
  EXPECT_EQ(pending(cursor), but_the_first(2));
  log.advance(cursor, 1, log.partial(cursor).size() + 60'000 + 1);
  EXPECT_EQ(pending(cursor), Seen{});
}

TEST_F(ExportLogTest, MemoryBeforeTheSlowestCursorGoes) {
  ExportLog::Cursor slow = log.end();
  ExportLog::Cursor fast = log.end();
  for (std::uint32_t i = 0; i < 2000; ++i) {
    append(audience({1, i + 10}), message(500, i));
    log.advance(fast, 1, 500);
  }
  EXPECT_GE(log.bytes(), 1'000'000U);
  log.advance(slow, 1, 900'000);
  EXPECT_LE(log.bytes(), 100'000U + 2 * 65536U);
  slow = {};
  EXPECT_LE(log.bytes(), 65536U);
}

TEST_F(ExportLogTest, AMessageOfAnySizeFits) {
  ExportLog::Cursor cursor = log.end();
  const Octets large = message(200'000, 7);
  append(audience({1}), message(100, 1));
  append(audience({1}), large);
  append(audience({1}), message(100, 2));
  EXPECT_EQ(collect(cursor, 1), (std::vector<Octets>{message(100, 1), large, message(100, 2)}));
  log.advance(cursor, 1, 100 + 200'000 - 1);
  EXPECT_EQ(log.partial(cursor).size(), 1U);
  EXPECT_EQ(lag(cursor), 101U);
}

// The table may reuse a reference, or forget the set, while a message waits.
TEST_F(ExportLogTest, AnAudienceLivesAsLongAsItsMessages) {
  ExportLog::Cursor one = log.end();
  ExportLog::Cursor two = log.end();
  append(audience({1}), message(30, 1));
  EXPECT_EQ(table.size(), 0U);
  append(audience({2}), message(40, 2));
  EXPECT_EQ(collect(one, 1), std::vector<Octets>{message(30, 1)});
  EXPECT_EQ(collect(two, 2), std::vector<Octets>{message(40, 2)});
}

// On a stack that a chain taken apart by recursion would leave.
TEST(ExportLog, ALongChainGoesWithoutRecursion) {
  constexpr std::size_t kStack = 65536;
  AudienceTable table;
  ClientSet set;
  set.insert(1);
  ExportLog::Entry meta;
  meta.audience = table.intern(set);
  ExportLog::Cursor cursor;
  std::shared_ptr<const ExportLog::Totals> totals;
  {
    ExportLog log(table);
    totals = log.totals();
    cursor = log.end();
    const Octets octets = message(33'000, 1);  // a segment each
    for (int i = 0; i < 4000; ++i) log.append(octets, meta);
  }
  table.release(meta.audience);
  EXPECT_GT(totals->bytes.load(), 4000U * 33'000U);  // the cursor is the last owner
  pthread_attr_t attributes;
  pthread_t thread;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, kStack), 0);
  const auto forget = [](void* of) -> void* {
    *static_cast<ExportLog::Cursor*>(of) = {};
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, forget, &cursor), 0);
  ASSERT_EQ(pthread_join(thread, nullptr), 0);
  pthread_attr_destroy(&attributes);
  EXPECT_EQ(totals->bytes.load(), 0U);
}

// A client as a session is one: sends what gather() gives, as much of it as its socket takes.
struct Client {
  PeerSlot slot = 0;
  ExportLog::Cursor cursor;
  Octets expected;  // the messages it is in the audience of, one after the other
  Octets got;
  std::array<std::uint64_t, 2> appended{};  // prefixes announced and withdrawn
  std::array<std::uint64_t, 2> counted{};

  void take(const ExportLog& log, std::mt19937& random) {
    std::array<std::span<const std::byte>, 5> runs;
    const std::size_t filled = log.collect(cursor, slot, runs, 1 + random() % 10'000);
    Octets offered;
    for (std::size_t i = 0; i < filled; ++i) offered = std::move(offered) + copy(runs[i]);
    std::size_t taken = offered.size();
    if (random() % 2 == 0 && taken > 0) taken = random() % taken;
    got.insert(got.end(), offered.begin(), offered.begin() + static_cast<std::ptrdiff_t>(taken));
    advance(log, taken);
    if (random() % 8 == 0) {
      const Octets rest = copy(log.partial(cursor));
      got = std::move(got) + rest;
      advance(log, rest.size());
      ASSERT_TRUE(log.partial(cursor).empty());
    }
  }
  void advance(const ExportLog& log, std::size_t octets) {
    const ExportLog::Progress progress = log.advance(cursor, slot, octets);
    counted[0] += progress.announced[0] + progress.announced[1];
    counted[1] += progress.withdrawn[0] + progress.withdrawn[1];
  }
  // The rest of the half taken message and all that is pending: how a slow client would leave.
  [[nodiscard]] Octets rest(const ExportLog& log) const {
    Octets rest = copy(log.partial(cursor));
    log.for_each_pending(cursor, slot, [&](Kind, std::span<const std::byte> octets) {
      rest = std::move(rest) + copy(octets);
    });
    return rest;
  }
};

TEST(ExportLog, EveryClientGetsItsMessagesInOrder) {
  for (std::uint32_t seed = 1; seed <= 4; ++seed) {
    std::mt19937 random(seed);
    AudienceTable table;
    ExportLog log(table);
    std::vector<Client> clients(12);
    for (PeerSlot slot = 0; slot < clients.size(); ++slot) {
      clients[slot].slot = slot * 37;
      clients[slot].cursor = log.end();
    }
    std::uint32_t number = 0;
    for (int step = 0; step < 800; ++step) {
      ExportLog::Entry meta;
      ClientSet set;
      Octets octets;
      meta.kind = random() % 3 == 0 ? Kind::Withdraw : Kind::Announce;
      meta.family = random() % 2 == 0 ? Family::Ipv4Unicast : Family::Ipv6Unicast;
      meta.prefixes = static_cast<std::uint32_t>(random() % 100);
      octets = message(19 + random() % 4000, ++number);
      const std::size_t density = random() % 4;
      for (Client& client : clients) {
        if (random() % 4 > density) continue;
        set.insert(client.slot);
        client.expected = std::move(client.expected) + octets;
        client.appended[meta.kind == Kind::Withdraw ? 1 : 0] += meta.prefixes;
      }
      meta.audience = table.intern(set);
      log.append(octets, meta);
      table.release(meta.audience);
      clients[random() % (clients.size() - 1)].take(log, random);  // the last waits for the end
    }
    for (Client& client : clients) {
      ASSERT_EQ(client.got + client.rest(log), client.expected);
      while (log.has_more(client.cursor)) client.take(log, random);
      ASSERT_EQ(client.got, client.expected);
      EXPECT_EQ(client.counted, client.appended);
      EXPECT_EQ(client.cursor.position(), log.written());
    }
    EXPECT_LE(log.bytes(), 65536U);
  }
}

}  // namespace
}  // namespace tern::rib
