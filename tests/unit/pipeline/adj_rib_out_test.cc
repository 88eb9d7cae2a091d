// One client of several shards: whole messages of each, and the marks of a table that all told.
#include "bgpd/pipeline/adj_rib_out.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tests/unit/pipeline/speaker.h"
#include "tests/unit/types/random_values.h"

namespace tern::pipeline {
namespace {

constexpr std::size_t kShards = 3;
constexpr ShardBits kAll = (ShardBits{1} << kShards) - 1;
constexpr ShardBits bit(std::size_t shard) { return ShardBits{1} << shard; }

class AdjRibOutTest : public testing::Test {
 protected:
  AdjRibOutTest() : a(tern.add(ebgp(65001, 1))) {}

  // Each in a block of its own, by which shards are told.
  static std::string nth(std::uint32_t n) {
    return std::to_string(10 + n / 16) + "." + std::to_string(n % 16 * 16) + ".0.0/16";
  }
  [[nodiscard]] std::size_t shard_of(std::uint32_t n) const {
    return tern.shards.index_of(unicast(prefix(nth(n))));
  }
  void announce(std::uint32_t first, std::uint32_t last) {
    for (std::uint32_t n = first; n < last; ++n) route(nth(n)).via(a);
    tern.spread();
  }
  // How many of the first are in the shard.
  [[nodiscard]] std::size_t count_in(std::size_t shard, std::uint32_t count) const {
    std::size_t in = 0;
    for (std::uint32_t n = 0; n < count; ++n) in += shard_of(n) == shard ? 1 : 0;
    return in;
  }
  void walk(std::size_t shard) {
    while (tern.advertisers[shard].walking()) tern.advertisers[shard].walk(kAnyAmount);
  }
  static std::size_t count(const Heard& heard, const std::string& what) {
    return static_cast<std::size_t>(std::count(heard.begin(), heard.end(), what));
  }
  // Those that are not announcements, without the family.
  static Heard marks(const Heard& heard) {
    Heard all;
    for (const std::string& line : heard) {
      if (line.starts_with("announce")) continue;
      all.push_back(line.substr(0, line.find(' ')));
    }
    return all;
  }

  Speaker tern{{}, kShards};
  Neighbour& a;
};

// ---- Tables

TEST_F(AdjRibOutTest, EndOfRibComesWhenAllShardsToldTheirs) {
  announce(0, 30);
  Neighbour& b = tern.join(ebgp(65002, 2));
  std::size_t advertised = 0;
  for (const std::size_t shard : {2U, 0U, 1U}) {
    ASSERT_GT(count_in(shard, 30), 0U);
    EXPECT_TRUE(b.read().empty());
    walk(shard);
    const Heard heard = b.read();
    advertised += count_in(shard, 30);
    EXPECT_EQ(b.table().size(), advertised);
    EXPECT_EQ(count(heard, "end-of-rib ipv4-unicast"), shard == 1 ? 1U : 0U);
    EXPECT_EQ(count(heard, "end-of-rib ipv6-unicast"), shard == 1 ? 1U : 0U);
    if (shard == 1) {
      EXPECT_EQ(heard[heard.size() - 2], "end-of-rib ipv4-unicast");
      EXPECT_EQ(heard.back(), "end-of-rib ipv6-unicast");
    }
  }
  EXPECT_EQ(b.table().size(), 30U);
  EXPECT_EQ(b.advertised().updates, kShards + 2);  // one of each, and two End-of-RIB
  announce(30, 40);
  EXPECT_TRUE(marks(b.listen()).empty());  // once
}

// To say nothing is to tell a table, too.
TEST_F(AdjRibOutTest, AnEmptyShardToldItsTable) {
  route(nth(0)).via(a);
  tern.spread();
  Neighbour& b = tern.join(ebgp(65002, 2));
  for (std::size_t shard = 0; shard < kShards; ++shard) {
    EXPECT_FALSE(b.has_more());
    if (shard != shard_of(0)) walk(shard);
  }
  EXPECT_TRUE(b.read().empty());
  walk(shard_of(0));
  EXPECT_EQ(b.read(),
            (Heard{"announce " + nth(0), "end-of-rib ipv4-unicast", "end-of-rib ipv6-unicast"}));
}

// The walks are over, but what they said was not all taken.
TEST_F(AdjRibOutTest, EndOfRibWaitsForTheSlowestSocket) {
  for (std::uint32_t n = 0; n < 30; ++n) {
    route(nth(n)).as_path(std::vector<Asn>(1 + n % 5, 65001)).via(a);
  }
  tern.spread();
  Neighbour& b = tern.join(ebgp(65002, 2));
  tern.settle();
  Heard heard;
  while (count(heard, "end-of-rib ipv4-unicast") == 0) {
    ASSERT_TRUE(b.has_more());
    for (std::string& line : b.read(11)) heard.push_back(std::move(line));
  }
  EXPECT_EQ(b.table().size(), 30U);
  EXPECT_FALSE(b.misunderstood);
}

// A client that takes less than there is gets the shards in turn, whatever waits in each.
TEST_F(AdjRibOutTest, AShardWithMuchDoesNotHoldUpTheOthers) {
  Neighbour& b = tern.join(ebgp(65002, 2));
  tern.settle();
  (void)b.read();
  std::vector<std::size_t> shards;
  for (std::uint32_t n = 0; n < 240; ++n) {
    route(nth(n)).as_path(std::vector<Asn>(1 + n % 30, 65001)).via(a);
    if (n % 2 == 0) continue;
    tern.spread();
    for (const std::string& line : b.read(60)) {
      shards.push_back(tern.shards.index_of(unicast(prefix(line.substr(line.find(' ') + 1)))));
    }
  }
  for (std::size_t shard = 0; shard < kShards; ++shard) {
    EXPECT_GE(std::ranges::count(shards, shard), 12) << shard;
  }
}

TEST_F(AdjRibOutTest, ARefreshThatWaitsBeginsAfterEndOfRib) {
  announce(0, 30);
  Neighbour& b = tern.join(ebgp(65002, 2));
  b.refresh(Family::Ipv4Unicast, true);
  b.refresh(Family::Ipv6Unicast, true);
  b.refresh(Family::Ipv4Unicast, true);  // of these, one
  EXPECT_FALSE(b.adj_rib_out().next_waits());
  walk(0);
  walk(1);
  EXPECT_TRUE(marks(b.read()).empty());
  walk(2);
  EXPECT_EQ(marks(b.read()), (Heard{"end-of-rib", "end-of-rib"}));
  // read() began the first; it is told by all, and then the second.
  EXPECT_FALSE(b.adj_rib_out().next_waits());
  EXPECT_EQ(marks(b.read()), Heard{"begin-of-refresh"});
  walk(1);
  walk(0);
  const Heard some = b.read();
  EXPECT_EQ(some.size(), count_in(0, 30) + count_in(1, 30));
  EXPECT_TRUE(marks(some).empty());
  walk(2);
  const Heard rest = b.read();
  EXPECT_EQ(rest.size(), count_in(2, 30) + 1);
  EXPECT_EQ(rest.back(), "end-of-refresh ipv4-unicast");
  EXPECT_EQ(b.listen(), (Heard{"begin-of-refresh ipv6-unicast", "end-of-refresh ipv6-unicast"}));
  EXPECT_EQ(b.advertised().refresh_marks, 4U);
  EXPECT_EQ(b.table().size(), 30U);
}

TEST_F(AdjRibOutTest, AskingIsNotTellingUntilTheTableBegins) {
  announce(0, 30);
  Neighbour& b = tern.add(ebgp(65002, 2));
  EXPECT_FALSE(b.adj_rib_out().next_waits());
  b.adj_rib_out().request_table(Family::Ipv4Unicast, true);
  EXPECT_TRUE(b.adj_rib_out().next_waits());
  EXPECT_FALSE(b.has_more());
  EXPECT_FALSE(tern.advertisers.walking());
  tern.advertisers.begin_table(b.slot());
  EXPECT_FALSE(b.adj_rib_out().next_waits());
  EXPECT_TRUE(b.has_more());
  const Heard heard = b.listen();
  ASSERT_EQ(heard.size(), 32U);
  EXPECT_EQ(heard.front(), "begin-of-refresh ipv4-unicast");
  EXPECT_EQ(heard.back(), "end-of-refresh ipv4-unicast");
}

TEST_F(AdjRibOutTest, WithoutMarksItIsAskedForApart) {
  announce(0, 30);
  Neighbour& b = tern.add(ebgp(65002, 2));
  b.adj_rib_out().request_table(Family::Ipv4Unicast, false);
  b.adj_rib_out().request_table(Family::Ipv4Unicast, true);
  b.adj_rib_out().request_table(Family::Ipv4Unicast, false);
  tern.advertisers.begin_table(b.slot());
  const Heard heard = b.listen();
  EXPECT_EQ(heard.size(), 30U + 32U);
  EXPECT_EQ(heard[30], "begin-of-refresh ipv4-unicast");
  EXPECT_EQ(heard.back(), "end-of-refresh ipv4-unicast");
}

TEST_F(AdjRibOutTest, AFamilyThatItDoesNotHaveIsNotTold) {
  Session session = ebgp(65002, 2);
  session.facts.families = {Family::Ipv4Unicast};
  Neighbour& b = tern.join(session);
  EXPECT_EQ(b.listen(), Heard{"end-of-rib ipv4-unicast"});
  b.adj_rib_out().request_table(Family::Ipv6Unicast, true);
  EXPECT_FALSE(b.adj_rib_out().next_waits());
  EXPECT_TRUE(b.listen().empty());
}

// ---- Shards that are busy when a client that left their log wishes for more

TEST_F(AdjRibOutTest, ABusyShardDelaysNoOther) {
  Neighbour& b = tern.add(ebgp(65002, 2));
  announce(0, 30);
  b.adj_rib_out().leave_logs();
  EXPECT_FALSE(b.adj_rib_out().has_more());  // until the shards have made something
  b.busy = kAll;
  EXPECT_TRUE(b.read().empty());
  std::size_t heard = 0;
  for (std::size_t shard = 0; shard < kShards; ++shard) {
    b.busy = kAll & ~bit(shard);
    for (const std::string& line : b.read()) {
      ++heard;
      const Prefix advertised = prefix(line.substr(line.find(' ') + 1));
      EXPECT_EQ(tern.shards.index_of(unicast(advertised)), shard) << line;
    }
    EXPECT_FALSE(b.adj_rib_out().has_more());
  }
  EXPECT_EQ(heard, 30U);
  b.busy = 0;
  EXPECT_FALSE(b.has_more());
}

TEST_F(AdjRibOutTest, ATableEndsOnlyWhenTheClientHasWhatEachShardTold) {
  announce(0, 30);
  Neighbour& b = tern.join(ebgp(65002, 2));
  tern.settle();
  b.adj_rib_out().leave_logs();
  b.busy = bit(1);
  EXPECT_TRUE(marks(b.read()).empty());
  EXPECT_EQ(b.table().size(), 30U - count_in(1, 30));
  EXPECT_FALSE(b.adj_rib_out().has_more());
  b.busy = bit(0) | bit(2);  // these were not, before
  EXPECT_EQ(marks(b.read()), (Heard{"end-of-rib", "end-of-rib"}));
  EXPECT_EQ(b.table().size(), 30U);
}

// It told its table before, and has more to say now.
TEST_F(AdjRibOutTest, AShardThatToldItsTableIsNotWaitedForAgain) {
  announce(0, 30);
  Neighbour& b = tern.join(ebgp(65002, 2));
  walk(0);
  (void)b.read();
  for (std::uint32_t n = 0; n < 30; ++n) {
    if (shard_of(n) == 0) route(nth(n)).as_path({65001, 65001}).via(a);
  }
  tern.spread();
  b.adj_rib_out().leave_logs();
  walk(1);
  walk(2);
  b.busy = bit(0);
  EXPECT_EQ(marks(b.read()), (Heard{"end-of-rib", "end-of-rib"}));
  b.busy = 0;
  EXPECT_EQ(b.read().size(), count_in(0, 30));
}

// ---- Messages that were begun

// The shard may take the cursor in the next turn: no message is begun then.
TEST_F(AdjRibOutTest, TheRestOfAMessageIsKept) {
  Neighbour& b = tern.add(ebgp(65002, 2));
  announce(0, 30);
  std::array<std::span<const std::byte>, 4> runs;
  ASSERT_EQ(b.adj_rib_out().collect(runs, 65536), 1U);
  const std::vector<std::byte> message(runs[0].begin(), runs[0].end());
  std::vector<std::byte> kept;
  const auto keep = [&](wire::Bytes rest) { kept.assign(rest.begin(), rest.end()); };
  (void)b.adj_rib_out().took(25, keep);
  EXPECT_EQ(kept, std::vector<std::byte>(message.begin() + 25, message.end()));
  kept.clear();
  ASSERT_EQ(b.adj_rib_out().collect(runs, 65536), 1U);  // of the next shard
  (void)b.adj_rib_out().took(runs[0].size(), keep);
  EXPECT_TRUE(kept.empty());
}

TEST_F(AdjRibOutTest, NothingIsKeptBetweenTwoMessages) {
  Neighbour& b = tern.add(ebgp(65002, 2));
  for (std::uint32_t n = 0, length = 1; length < 4; ++n) {  // three messages of one shard
    if (shard_of(n) == 0) route(nth(n)).as_path(std::vector<Asn>(length++, 65001)).via(a);
  }
  tern.spread();
  std::array<std::span<const std::byte>, 4> runs;
  ASSERT_EQ(b.adj_rib_out().collect(runs, 65536), 1U);
  const auto next = wire::next_message(runs[0], wire::kMaxMessage);
  const std::size_t first = std::get<wire::Frame>(next).message.size();
  ASSERT_LT(first, runs[0].size());
  bool kept = false;
  (void)b.adj_rib_out().took(first, [&](wire::Bytes) { kept = true; });
  EXPECT_FALSE(kept);
  EXPECT_EQ(b.advertised().announced[0], 1U);
  EXPECT_EQ(b.listen().size(), 2U);
}

// The few octets of marks are one message to whoever must keep them.
TEST_F(AdjRibOutTest, MarksAreKeptTogether) {
  Neighbour& b = tern.join(ebgp(65002, 2));
  tern.settle();
  EXPECT_TRUE(b.read(10).empty());
  EXPECT_EQ(b.finish_message(), 23U - 10U + 29U);  // RFC 4724 section 2: the two End-of-RIBs
  EXPECT_FALSE(b.misunderstood);
  EXPECT_FALSE(b.has_more());
}

// Random amounts, shards busy at random, updates in between: what was told is the table.
TEST_F(AdjRibOutTest, AnyAmountsInAnyOrderAreTheTable) {
  RandomValues random(31);
  Neighbour& b = tern.join(ebgp(65002, 2));
  Heard heard;
  const auto read = [&](std::size_t octets) {
    for (std::string& line : b.read(octets)) heard.push_back(std::move(line));
  };
  for (int step = 0; step < 3000; ++step) {
    const std::string where = nth(random.below(40));
    if (random.one_in(3)) {
      a.withdraw(where);
    } else {
      route(where).as_path(std::vector<Asn>(1 + random.below(5), 65001)).via(a);
    }
    const std::size_t shard = random.below(kShards);
    if (random.one_in(2)) (void)tern.advertisers[shard].advertise(1 + random.below(9), 0);
    if (random.one_in(4)) tern.advertisers[shard].walk(1 + random.below(9));
    if (random.one_in(90)) b.refresh(Family::Ipv4Unicast, true);
    b.busy = random.below(kAll + 1);
    if (random.one_in(20)) b.adj_rib_out().leave_logs();
    if (random.one_in(2)) read(random.below(90));
    if (random.one_in(9)) (void)b.finish_message();
    ASSERT_FALSE(b.misunderstood);
  }
  b.busy = 0;
  while (b.has_more() || tern.advertisers.walking() || tern.shards.has_changes()) {
    tern.settle();
    read(kAnyAmount);
  }
  EXPECT_FALSE(b.misunderstood);
  EXPECT_EQ(b.table(), tern.add(ebgp(65003, 3)).table());
}

}  // namespace
}  // namespace tern::pipeline
