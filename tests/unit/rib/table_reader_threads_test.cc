// Threads that read a table while its owner changes it. What is checked while they run is what each
// can know: the number of a set tells whose path of which prefix it is of, and who is told it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <latch>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "rib/ordered_walk.h"
#include "rib/table_reader.h"
#include "tests/unit/rib/numbered_set.h"
#include "tests/unit/rib/paths.h"
#include "tests/unit/rib/session_ends.h"

namespace tern::rib {
namespace {

constexpr std::uint64_t kSeed = 20261121;
constexpr std::size_t kReaders = 2;
constexpr PeerSlot kWriterPeers = 5;
constexpr PeerSlot kFirstWithIds = 3;    // these send path ids
constexpr std::uint32_t kHot = 64;       // prefixes that change all the time
constexpr std::uint32_t kMost = 66'000;  // prefixes: more than a chunk of records
constexpr std::uint32_t kTold = 50;      // clients that are told, by number
constexpr PeerSlot kNeverTold = 60;
constexpr std::uint32_t kAtOnce = 64;

Prefix prefix_of(std::uint32_t number) {
  if (number % 8 != 7) return Prefix::v4(number << 8U, 24);
  std::array<std::byte, 16> address{std::byte{0x20}, std::byte{0x01}};
  for (std::size_t i = 0; i < 4; ++i) address[2 + i] = static_cast<std::byte>(number >> (8 * i));
  return {IpAddress::from_bytes(address), 48};
}

// What a set is of; told ones have their place among the told as peer.
struct Number {
  std::uint32_t prefix = 0;
  std::uint32_t peer = 0;
  std::uint32_t path_id = 0;
  std::uint32_t version = 0;

  static Number of(std::uint32_t value) {
    return {value & 0x1FFFFU, (value >> 17U) & 7U, (value >> 20U) & 3U, value >> 22U};
  }
  [[nodiscard]] std::uint32_t value() const {
    return prefix | peer << 17U | path_id << 20U | version << 22U;
  }
  [[nodiscard]] bool is_of(const Number& other) const {
    return prefix == other.prefix && peer == other.peer && path_id == other.path_id;
  }
};

std::uint32_t told_id_of(const Number& number) { return 1 + number.value() % 1000; }
PeerSlot told_client_of(const Number& number) { return number.value() % kTold; }

class WatchingReader {
 public:
  WatchingReader(const Rib& rib, AttrTable& attributes, std::uint64_t seed)
      : reader_(rib), attributes_(attributes), random_(seed) {}

  // Walks the table again and again, in small sections, mostly where it changes.
  void run(const std::atomic<bool>& stop, std::atomic<std::size_t>& rounds) {
    std::fill(seen_.begin(), seen_.end(), 0);
    do {
      walk(random_() % 2 == 0 ? Prefix() : *Prefix::parse("::/0"), stop);
      const DestId end = reader_.end();
      for (DestId first = 0; first < end && !stop.load(std::memory_order_relaxed);
           first += kAtOnce) {
        look(first);
        look(0);
        revive();
        rounds.fetch_add(1, std::memory_order_relaxed);
      }
      if (reader_.end() < end) fault("an end that comes nearer");
    } while (!stop.load(std::memory_order_relaxed));
  }
  // The same for one set after the other, of the first prefix.
  void run_on_one(const std::atomic<bool>& stop, std::atomic<std::size_t>& rounds) {
    while (!stop.load(std::memory_order_relaxed)) {
      for (int i = 0; i < 100; ++i) revive(0);
      rounds.fetch_add(1, std::memory_order_relaxed);
    }
  }
  // A part of everything, while nobody changes it.
  void run_once() {
    std::fill(seen_.begin(), seen_.end(), 0);
    for (DestId first = 0; first < reader_.end(); first += 4 * kAtOnce) look(first);
  }

  [[nodiscard]] const std::set<std::string>& faults() const { return faults_; }
  [[nodiscard]] std::uint64_t looks() const { return looks_; }
  [[nodiscard]] std::uint64_t revived() const { return revived_; }

 private:
  void fault(const char* what) { faults_.insert(what); }
  void expect(bool right, const char* what) {
    if (!right) fault(what);
  }

  // The walk is in order, has each prefix once, and has all prefixes of its beginning.
  void walk(const Prefix& all, const std::atomic<bool>& stop) {
    std::set<Prefix> expected;
    for (DestId id = 0; id < reader_.end(); id += 1 + id / kHot) {
      if (reader_.in_use(id) && all.covers(reader_.prefix(id))) {
        expected.insert(reader_.prefix(id));
      }
    }
    OrderedWalk walk(std::span(&reader_, 1), unicast(all.address().version()), all);
    std::optional<Prefix> last;
    while (const auto found = walk.next()) {
      const Prefix& prefix = reader_.prefix(found->id);
      expect(!last || *last < prefix, "a walk out of order");
      last = prefix;
      expected.erase(prefix);
      if (stop.load(std::memory_order_relaxed)) return;
    }
    expect(expected.empty(), "a walk that leaves out a prefix");
  }

  // In one section what was found stays.
  void look(DestId first) {
    const TableReader::Section section(reader_);
    const DestId end = std::min(reader_.end(), first + kAtOnce);
    found_.clear();
    for (DestId id = first; id < end; ++id) {
      const Destination destination = reader_.destination(id);
      if (!destination.in_use) {
        expect(destination.paths.empty() && destination.advertised.empty(), "unused with content");
        continue;
      }
      found_.emplace_back(destination, check(id, destination));
    }
    if (random_() % 8 == 0) std::this_thread::yield();
    for (const auto& [destination, sum] : found_) {
      expect(sum == check_content(destination), "a destination that changes");
    }
    looks_ += found_.size();
  }

  std::uint64_t check(DestId id, const Destination& destination) {
    if (destination.paths.empty() && destination.advertised.empty()) fault("in use for nothing");
    const AttrRef any = destination.advertised.empty() ? destination.received(0)
                                                       : destination.advertised.front().set;
    const std::uint32_t number = Number::of(id_of(attributes_, any)).prefix;
    if (seen_.size() <= id) seen_.resize(id + kAtOnce);
    expect(seen_[id] == 0 || seen_[id] == number + 1, "an id with another prefix");
    seen_[id] = number + 1;
    expect(destination.prefix == prefix_of(number), "a prefix with sets of another");
    return check_content(destination);
  }
  // Returns what tells it from others.
  std::uint64_t check_content(const Destination& destination) {
    sum_ = destination.accepted;
    std::uint32_t of_peers = 0;
    Number first;
    for (std::size_t i = 0; i < destination.paths.size(); ++i) {
      const Number number = check_path(destination, i);
      if (i == 0) first = number;
      expect(number.prefix == first.prefix, "a path of another prefix");
      const std::uint32_t bit = 1U << (4 * number.peer + number.path_id);
      expect((of_peers & bit) == 0, "a path twice");
      of_peers |= bit;
    }
    for (std::size_t i = 0; i < destination.advertised.size(); ++i) {
      const Number number = check_told(destination, i);
      if (i == 0) first = number;
      expect(number.prefix == first.prefix, "told of another prefix");
      expect(number.version == first.version && number.peer == i, "half of what is told");
    }
    return sum_;
  }
  void add(std::uint64_t value) { sum_ = (sum_ ^ value) * 0x100000001B3U; }

  Number number_of(AttrRef ref) {
    add(static_cast<std::uint64_t>(ref));
    const std::uint32_t number = id_of(attributes_, ref);
    expect(NumberedSet(number).is(attributes_[ref]), "a set that is none");
    return Number::of(number);
  }
  Number check_path(const Destination& destination, std::size_t i) {
    const Path& path = destination.paths[i];
    const AttrRef received = destination.received(i);
    const AttrRef effective = path.effective();
    expect(path.accepted() == (i < destination.accepted), "rejected before accepted ones");
    const Number number = number_of(received);
    if (path.accepted() && effective != received) {
      expect(number_of(effective).is_of(number), "sets of two paths");
    }
    expect(number.peer == path.peer(), "a path with another's set");
    expect(number.path_id == destination.path_id(i), "a path with another's id");
    add(path.since);
    add(static_cast<std::uint64_t>(effective));
    return number;
  }
  Number check_told(const Destination& destination, std::size_t i) {
    const auto& [set, audience] = destination.advertised[i];
    const Number number = number_of(set);
    add(static_cast<std::uint64_t>(audience));
    expect(destination.advertised_ids.empty() || destination.advertised_id(i) == told_id_of(number),
           "told with another's id");
    expect(reader_.contains(audience, told_client_of(number)), "told to others");
    expect(!reader_.contains(audience, kNeverTold), "told to who never is");
    return number;
  }

  // A set that can be found is counted: interned again, it is the same, else it was removed before
  // nobody could find it.
  void revive() {
    const DestId end = std::min(reader_.end(), kHot);
    if (end > 0) revive(static_cast<DestId>(random_() % end));
  }
  void revive(DestId id) {
    const TableReader::Section section(reader_);
    const Destination before = reader_.destination(id);
    if (!before.in_use) return;
    const bool path = before.advertised.empty() || (!before.paths.empty() && random_() % 2 == 0);
    const AttrRef set = path ? before.received(random_() % before.paths.size())
                             : before.advertised[random_() % before.advertised.size()].set;
    const AttrRef again = NumberedSet(id_of(attributes_, set)).intern(attributes_);
    const Destination after = reader_.destination(id);
    // What nobody is told any more may have its room kept in the block.
    const bool same = before.paths.data() == after.paths.data() &&
                      before.advertised.data() == after.advertised.data() &&
                      before.advertised.size() == after.advertised.size();
    expect(again == set || !same, "a set that was removed too early");
    attributes_.release(again);
    ++revived_;
  }

  TableReader reader_;
  AttrTable& attributes_;
  std::mt19937_64 random_;
  std::vector<std::uint32_t> seen_;  // by id: the number of its prefix + 1
  std::vector<std::pair<Destination, std::uint64_t>> found_;
  std::uint64_t sum_ = 0;
  std::uint64_t looks_ = 0;
  std::uint64_t revived_ = 0;
  std::set<std::string> faults_;
};

// The owner.
class Writer {
 public:
  Writer(Rib& rib, std::uint64_t seed) : rib_(rib), attributes_(rib.attributes()), random_(seed) {
    for (PeerSlot peer = 0; peer < kWriterPeers; ++peer) {
      rib_.set_peer(peer, ebgp_peer(peer + 1, peer + 1));
    }
    for (std::uint32_t number = 0; number < kHot; ++number) announce({number, 0, 0, 0});
  }

  // Of one of the first prefixes.
  void step(std::uint32_t prefixes = kHot) {
    const std::uint32_t prefix = draw(prefixes);
    const auto id = rib_.find_id(unicast(prefix_of(prefix)));
    const std::uint32_t what = draw(1000);
    if (what < 450 || !id) {
      announce({prefix, 0, 0, 0});
    } else if (what < 650) {
      const Number number = whose({prefix, 0, 0, 0});
      rib_.withdraw(number.peer, unicast(prefix_of(prefix), number.path_id));
    } else if (what < 900) {
      tell(*id, prefix, draw(5));
    } else if (what < 960) {
      revise(*id);
    } else if (what < 990) {
      take_changes(rib_);
    } else if (what < 995) {
      leave(draw(kWriterPeers));
    } else {
      rank();
    }
  }
  // More prefixes than a chunk has, a few a call.
  void grow() {
    if (grown_ >= kMost) return;
    const std::uint32_t end = std::min(grown_ + kAtOnce, kMost);
    std::vector<AttrHandle> sets;
    std::vector<Rib::Announcement> some;
    for (; grown_ < end; ++grown_) {
      const std::uint32_t number = Number{grown_, 0, 0, draw(1024)}.value();
      const AttrRef set = NumberedSet(number).intern(attributes_);
      sets.emplace_back(attributes_, set);
      some.push_back({unicast(prefix_of(grown_)), {set, set, Reason::None, 0}});
    }
    rib_.announce(0, some, draw(1000));
  }
  void shrink() {
    for (std::uint32_t i = 0; i < kAtOnce && grown_ > kHot; ++i) {
      rib_.withdraw(0, unicast(prefix_of(--grown_)));
    }
  }
  [[nodiscard]] std::uint32_t grown() const { return grown_; }
  void end() {
    while (grown_ > kHot) shrink();
    for (PeerSlot peer = 0; peer < kWriterPeers; ++peer) leave(peer);
    for (DestId id = 0; id < rib_.end(); ++id) {
      if (!rib_.destination(id).advertised.empty()) rib_.set_advertised(id, {}, {});
    }
    take_changes(rib_);
    rib_.free_idle(kMostChanges);
  }

 private:
  std::uint32_t draw(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }

  Number whose(Number number) {
    number.peer = draw(kWriterPeers);
    number.path_id = number.peer < kFirstWithIds ? 0 : 1 + draw(3);
    return number;
  }
  // As it came, as policy changed it, or rejected.
  void announce(Number number) {
    number = whose(number);
    number.version = draw(1024);
    const AttrHandle came(attributes_, NumberedSet(number.value()).intern(attributes_));
    const Nlri nlri = unicast(prefix_of(number.prefix), number.path_id);
    number.version = draw(1024);
    const AttrHandle made(attributes_, NumberedSet(number.value()).intern(attributes_));
    Import import{came.ref(), came.ref(), Reason::None, 0};
    const std::uint32_t verdict = draw(8);
    if (verdict < 2) import.effective = made.ref();
    if (verdict == 2) import = {came.ref(), AttrRef::None, Reason::Policy, 0};
    rib_.announce(number.peer, nlri, import, draw(1000));
  }
  void revise(DestId id) {
    const Destination destination = rib_.destination(id);
    if (destination.paths.empty()) return;
    const std::size_t at = draw(static_cast<std::uint32_t>(destination.paths.size()));
    const AttrRef came = destination.received(at);
    Number number = Number::of(id_of(attributes_, came));
    number.version = draw(1024);
    const AttrHandle made(attributes_, NumberedSet(number.value()).intern(attributes_));
    const bool accept = draw(4) != 0;
    rib_.revise(
        id, at,
        {came, accept ? made.ref() : AttrRef::None, accept ? Reason::None : Reason::Policy, 0});
  }
  void tell(DestId id, std::uint32_t prefix, std::uint32_t count) {
    std::vector<AttrHandle> sets;
    std::vector<Advertised> advertised;
    std::vector<std::uint32_t> ids;
    const bool with_ids = draw(2) == 0;
    const std::uint32_t version = draw(1024);
    for (std::uint32_t i = 0; i < count; ++i) {
      const Number number{prefix, i, 0, version};
      ClientSet clients;
      clients.insert(told_client_of(number));
      for (int more = 0; more < 3; ++more) clients.insert(draw(kTold));
      sets.emplace_back(attributes_, NumberedSet(number.value()).intern(attributes_));
      advertised.push_back({sets.back().ref(), rib_.audiences().intern(clients)});
      if (with_ids) ids.push_back(told_id_of(number));
    }
    rib_.set_advertised(id, advertised, ids);
    for (const Advertised& each : advertised) rib_.audiences().release(each.audience);
  }
  void rank() {
    rib_.set_config({false, static_cast<EgressPosition>(draw(3))});
    for_each_hot([this](DestId id) { rib_.rank(id); });
  }
  void leave(PeerSlot peer) {
    end_session(rib_, peer);
    for_each_hot([&](DestId id) { rib_.sweep(id); });
  }
  template <typename Fn>
  void for_each_hot(Fn fn) {
    for (std::uint32_t number = 0; number < kHot; ++number) {
      if (const auto id = rib_.find_id(unicast(prefix_of(number)))) fn(*id);
    }
  }

  Rib& rib_;
  AttrTable& attributes_;
  std::mt19937_64 random_;
  std::uint32_t grown_ = kHot;
};

class TableReaderThreads : public testing::Test {
 protected:
  TableReaderThreads() {
    std::printf("seed %llu\n", static_cast<unsigned long long>(kSeed));
    for (std::size_t i = 0; i < kReaders; ++i) readers.emplace_back(rib, attributes, kSeed + 1 + i);
  }

  using Run = void (WatchingReader::*)(const std::atomic<bool>&, std::atomic<std::size_t>&);
  // work() while all readers read, and more of it until they have.
  template <typename Work>
  void beside_readers(Work work, Run run = &WatchingReader::run) {
    rib.share();
    std::atomic<bool> stop{false};
    std::atomic<std::size_t> rounds{0};
    std::latch reading(kReaders + 1);
    std::vector<std::thread> threads;
    for (WatchingReader& reader : readers) {
      threads.emplace_back([&] {
        reading.arrive_and_wait();
        (reader.*run)(stop, rounds);
      });
    }
    reading.arrive_and_wait();
    work();
    while (rounds.load(std::memory_order_relaxed) < 20 * kReaders) work();
    stop = true;
    for (std::thread& thread : threads) thread.join();
    readers.front().run_once();
    rib.unshare();
    for (const WatchingReader& reader : readers)
      EXPECT_EQ(reader.faults(), std::set<std::string>{});
  }
  void expect_nothing_left() {
    writer.end();
    EXPECT_EQ(attributes.size(), 0U);
    EXPECT_EQ(rib.audiences().size(), 0U);
    EXPECT_EQ(rib.memory().blocks, 0U);
    for (DestId id = 0; id < rib.end(); ++id) EXPECT_FALSE(rib.destination(id).in_use);
    std::uint64_t looks = 0;
    std::uint64_t revived = 0;
    for (const WatchingReader& reader : readers) {
      looks += reader.looks();
      revived += reader.revived();
    }
    std::printf("%llu looks, %llu at counts\n", static_cast<unsigned long long>(looks),
                static_cast<unsigned long long>(revived));
    EXPECT_GT(looks, 0U);
    EXPECT_GT(revived, 15U);
  }

  AttrTable attributes;
  Rib rib{attributes};
  Writer writer{rib, kSeed};
  std::vector<WatchingReader> readers;
};

// Readers come and go; in between ids are given to other prefixes.
TEST_F(TableReaderThreads, ReadWhatChanges) {
  for (int round = 0; round < 5; ++round) {
    beside_readers([this] {
      for (int i = 0; i < 2000; ++i) writer.step();
    });
    for (int i = 0; i < 200; ++i) writer.step();
    if (round % 2 == 0) rib.free_idle(kMostChanges);
    if (round == 3) writer.end();
  }
  expect_nothing_left();
}

TEST_F(TableReaderThreads, FindOnlySetsThatAreCounted) {
  beside_readers(
      [this] {
        for (int i = 0; i < 6000; ++i) writer.step(1);
      },
      &WatchingReader::run_on_one);
  expect_nothing_left();
}

TEST_F(TableReaderThreads, ReadWhatGrowsAndShrinks) {
  const auto steps = [this] {
    for (int i = 0; i < 40; ++i) writer.step();
  };
  while (writer.grown() < kMost - 20 * kAtOnce) writer.grow();
  beside_readers([&] {
    while (writer.grown() < kMost) {
      writer.grow();
      steps();
    }
    steps();
    EXPECT_GE(rib.end(), 65536U);
  });
  beside_readers([&] {
    for (int i = 0; i < 20; ++i) {
      writer.shrink();
      steps();
    }
  });
  expect_nothing_left();
}

}  // namespace
}  // namespace tern::rib
