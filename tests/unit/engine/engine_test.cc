#include "bgpd/engine/engine.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "bgpd/pipeline/attribute_sets.h"

namespace tern::engine {
namespace {

constexpr std::uint32_t kNow = 1000;
constexpr std::uint32_t kRoutes = 512;

// A loop that the test turns itself.
class Turns {
 public:
  void post(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(work));
    came_.notify_one();
  }
  // Runs what was posted until the condition holds.
  template <typename Fn>
  void run_until(Fn&& holds) {
    while (!holds()) {
      std::unique_lock lock(mutex_);
      came_.wait_for(lock, std::chrono::milliseconds(1), [this] { return !posted_.empty(); });
      if (posted_.empty()) continue;
      const std::function<void()> work = std::move(posted_.front());
      posted_.pop_front();
      lock.unlock();
      work();
    }
  }
  [[nodiscard]] bool empty() {
    const std::lock_guard lock(mutex_);
    return posted_.empty();
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<std::function<void()>> posted_;
};

class EngineTest : public testing::TestWithParam<std::size_t>, protected Engine::Sink {
 protected:
  EngineTest() { shards.set_peer(0, {}); }
  void advertised() override {}
  void worked() override { ++worked_; }
  void resynced(PeerSlot client) override { resynced_.push_back(client); }

  // Holds up the strand until the gate opens.
  void block(std::size_t shard) {
    engine.post(shard, Load::Heavy, [this](Shard&) {
      while (!gate_.load(std::memory_order_acquire)) std::this_thread::yield();
    });
  }
  void open() { gate_.store(true, std::memory_order_release); }
  bool store(std::size_t shard, Load load, std::uint32_t routes = kRoutes) {
    pipeline::JudgedRoutes judged(shards.size());
    judged.read_time = 1;
    pipeline::RouteBatch& batch = judged.shards[shard];
    for (std::uint32_t n = 0; n < routes; ++n) {
      batch.withdrawn.push_back(unicast(Prefix::v4(n << 8U, 24)));
    }
    batch.runs.push_back({routes, true});
    return engine.store(0, judged, kNow, load);
  }
  void settle() {
    turns.run_until([this] { return engine.idle(); });
  }

  std::atomic<bool> gate_{false};
  int worked_ = 0;
  std::vector<PeerSlot> resynced_;
  Turns turns;
  rib::Shards shards{4};
  pipeline::Advertisers advertisers{shards};
  Engine engine{shards, advertisers, GetParam(),
                [this](std::function<void()> work) { turns.post(std::move(work)); }, *this};
};

TEST_P(EngineTest, ALightTaskRunsAtOnceAndWakesNoThread) {
  bool ran = false;
  const auto loop = std::this_thread::get_id();
  engine.post(2, Load::Light,
              [&](Shard& shard) { ran = shard.number == 2 && std::this_thread::get_id() == loop; });
  EXPECT_TRUE(ran);
  EXPECT_TRUE(store(0, Load::Light));
  EXPECT_EQ(engine.hand_overs(), 0U);
  EXPECT_TRUE(engine.idle());
  EXPECT_TRUE(turns.empty());
}

TEST_P(EngineTest, TasksOfAShardRunInOrderWhateverTheirLoad) {
  std::vector<int> ran;  // by the runner of the strand
  for (int i = 0; i < 1000; ++i) {
    engine.post(1, i % 3 == 0 ? Load::Heavy : Load::Light, [&ran, i](Shard&) { ran.push_back(i); });
  }
  settle();
  bool seen = false;
  engine.visit(ShardBits{1} << 1U, 0, [&] {
    seen = true;
    ASSERT_EQ(ran.size(), 1000U);
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(ran[static_cast<std::size_t>(i)], i);
  });
  turns.run_until([&] { return seen; });
}

// The next slice of a long job stands behind what was posted meanwhile.
TEST_P(EngineTest, ALongJobLetsOthersPass) {
  std::vector<int> ran;
  engine.post(0, Load::Light, [&](Shard& shard) {
    ran.push_back(1);
    engine.post_next(shard, [&](Shard&) { ran.push_back(2); });
    engine.post_next(shard, [&](Shard& again) {
      ran.push_back(3);
      engine.post_next(again, [&](Shard&) { ran.push_back(4); });
    });
  });
  settle();
  bool seen = false;
  engine.visit_all([&] {
    seen = true;
    EXPECT_EQ(ran, (std::vector<int>{1, 2, 3, 4}));
  });
  turns.run_until([&] { return seen; });
}

TEST_P(EngineTest, AVisitHasAllShardsAndComesInOrder) {
  std::array<int, 4> stored{};  // by the runner of each strand
  std::vector<int> sums;
  for (int round = 0; round < 50; ++round) {
    engine.post_each(Load::Heavy, [&](Shard& shard) { ++stored[shard.number]; });
    engine.visit_all([&, round] {
      for (const int count : stored) EXPECT_EQ(count, round + 1);
      sums.push_back(round);
    });
  }
  turns.run_until([&] { return sums.size() == 50; });
  for (int round = 0; round < 50; ++round) EXPECT_EQ(sums[static_cast<std::size_t>(round)], round);
  settle();
}

// A visit in a visit comes after it.
TEST_P(EngineTest, AVisitMayAskForAnother) {
  int visits = 0;
  engine.visit_all([&] {
    engine.visit_all([&] {
      EXPECT_EQ(visits, 1);
      ++visits;
    });
    EXPECT_EQ(visits, 0);
    ++visits;
  });
  turns.run_until([&] { return visits == 2; });
}

TEST_P(EngineTest, RoutesThatWaitAreBounded) {
  if (GetParam() == 0) GTEST_SKIP() << "the gate would hold up the loop";
  block(0);
  while (!engine.full()) EXPECT_FALSE(store(0, Load::Light));
  EXPECT_TRUE(store(1, Load::Light));  // others go on
  open();
  turns.run_until([this] { return worked_ > 0 && !engine.full(); });
  settle();
}

TEST_P(EngineTest, WhatWaitsAtTheEndIsDropped) {
  if (GetParam() == 0) GTEST_SKIP() << "the gate would hold up the loop";
  block(0);
  block(1);
  for (int i = 0; i < 20; ++i) store(static_cast<std::size_t>(i) % 4, Load::Heavy);
  engine.visit_all([] { ADD_FAILURE(); });
  open();
}

TEST_P(EngineTest, ATimeThatIsNotKnownIsNotNoted) {
  Shard shard{0, shards[0], advertisers[0]};
  shard.note_read(0);
  EXPECT_EQ(shard.oldest_read, 0U);
  shard.note_read(5);
  shard.note_read(0);
  EXPECT_EQ(shard.oldest_read, 5U);
  EXPECT_EQ(shard.newest_read, 5U);
}

// Of several calls one task is made, but not in place of one that stands before new routes.
TEST_P(EngineTest, WhatIsStoredBehindAnAdvertisementIsAdvertisedToo) {
  if (GetParam() == 0) GTEST_SKIP() << "the gate would hold up the loop";
  block(0);
  rib::AttrTable& table = shards.attributes();
  const rib::AttrHandle set(table, table.intern({}, {}, {}));
  const auto announce = [&](std::uint32_t number) {
    engine.post(0, Load::Heavy, [&, number](Shard& shard) {
      shard.rib.announce(0, unicast(Prefix::v4(number << 8U, 24)),
                         {set.ref(), set.ref(), Reason::None, 0}, kNow);
    });
  };
  announce(1);
  engine.advertise(Load::Heavy);
  announce(2);
  engine.advertise(Load::Heavy);
  engine.advertise(Load::Heavy);
  open();
  settle();
  bool seen = false;
  engine.visit_all([&] {
    seen = true;
    EXPECT_FALSE(shards[0].has_changes());
  });
  turns.run_until([&] { return seen; });
}

// The writer looks at no client for a change that leaves every client with the same path.
TEST_P(EngineTest, APathThatIsNotTheBestIsNotAdvertised) {
  pipeline::SessionFacts facts;
  facts.slot = 1;
  facts.kind = PeerKind::Ibgp;
  facts.families.insert(Family::Ipv4Unicast);
  for (PeerSlot slot = 0; slot < 3; ++slot) shards.set_peer(slot, {PeerKind::Ebgp, slot, {}});
  pipeline::ExportRules rules;
  rules.egress = std::make_shared<const policy::Egress>();
  advertisers.open(facts, rules);
  engine.walk(Load::Light);
  settle();
  (void)engine.take_advertised();
  rib::AttrTable& table = shards.attributes();
  PathAttributes attributes;
  attributes.next_hop.global = *IpAddress::parse("192.0.2.1");
  const rib::AttrHandle set(table, pipeline::intern(table, attributes, {}));
  const auto announce = [&](PeerSlot from) {
    engine.post(0, Load::Light, [&, from](Shard& shard) {
      shard.rib.announce(from, unicast(Prefix::v4(1U << 8U, 24)),
                         {set.ref(), set.ref(), Reason::None, 0}, kNow);
    });
    engine.advertise(Load::Light);
    settle();
  };
  announce(0);
  EXPECT_TRUE(engine.take_advertised());
  announce(2);
  EXPECT_FALSE(engine.take_advertised());
}

// A client that left the logs is written what the shards make for it; the loop hears of each shard
// that was not done at once.
TEST_P(EngineTest, ShardsMakeMessagesForAClientThatLeftTheirLogs) {
  constexpr PeerSlot kClient = 1;
  pipeline::SessionFacts facts;
  facts.slot = kClient;
  facts.kind = PeerKind::Ibgp;
  facts.families.insert(Family::Ipv4Unicast);
  shards.set_peer(kClient, {});
  pipeline::ExportRules rules;
  rules.egress = std::make_shared<const policy::Egress>();
  advertisers.open(facts, rules);
  engine.walk(Load::Light);
  rib::AttrTable& table = shards.attributes();
  PathAttributes attributes;
  attributes.next_hop.global = *IpAddress::parse("192.0.2.1");
  const rib::AttrHandle set(table, pipeline::intern(table, attributes, {}));
  engine.post_each(Load::Light, [&](Shard& shard) {
    const auto third = static_cast<std::uint32_t>(shard.number);
    shard.rib.announce(0, unicast(Prefix::v4(third << 8U, 24)),
                       {set.ref(), set.ref(), Reason::None, 0}, kNow);
  });
  engine.advertise(Load::Light);
  settle();
  pipeline::AdjRibOut& adj_rib_out = *advertisers.adj_rib_out(kClient);
  ASSERT_GT(adj_rib_out.waiting(), 0U);
  adj_rib_out.leave_logs();
  EXPECT_TRUE(adj_rib_out.lagging());
  const pipeline::ShardBits wishes = adj_rib_out.take_resync_requests();
  ASSERT_NE(wishes, 0U);
  std::size_t asked = 0;
  for (std::size_t shard = 0; shard < shards.size(); ++shard) {
    if (((wishes >> shard) & 1U) == 0) continue;
    engine.resync(shard, kClient, Load::Heavy);
    ++asked;
  }
  turns.run_until([&] { return resynced_.size() == asked; });
  EXPECT_EQ(resynced_, std::vector<PeerSlot>(asked, kClient));
  EXPECT_FALSE(adj_rib_out.lagging());
  std::array<std::span<const std::byte>, 4> runs;
  while (const std::size_t count = adj_rib_out.collect(runs, 65536)) {
    std::size_t octets = 0;
    for (const auto& run : std::span(runs).first(count)) octets += run.size();
    (void)adj_rib_out.took(octets, [](std::span<const std::byte>) { ADD_FAILURE(); });
  }
  EXPECT_EQ(adj_rib_out.counters().announced[index(Family::Ipv4Unicast)], shards.size());
}

// Tasks, visits and routes in any order, on plain counters: for the thread sanitizer.
TEST_P(EngineTest, Stress) {
  struct Plain {
    std::uint64_t tasks = 0;
    std::uint64_t visits = 0;
  };
  std::array<Plain, 4> plain;
  std::uint64_t posted = 0;
  std::uint64_t visits = 0;
  std::uint64_t asked = 0;
  for (std::uint32_t i = 0; i < 4000; ++i) {
    const std::size_t shard = (i * 7) % 4;
    const Load load = i % 5 == 0 ? Load::Light : Load::Heavy;
    engine.post(shard, load, [&plain](Shard& of) { ++plain[of.number].tasks; });
    ++posted;
    if (i % 3 == 0 && !engine.full()) store(shard, load, 16);
    if (i % 11 == 0) {
      ++asked;
      engine.visit(ShardBits{1} << shard, 0, [&, shard] {
        ++plain[shard].visits;
        ++visits;
      });
    }
    if (i % 50 == 0) {
      ++asked;
      engine.visit_all([&] {
        for (Plain& one : plain) ++one.visits;
        ++visits;
      });
    }
    if (i % 100 == 0) engine.advertise(load);
    if (i % 200 == 0) engine.sweep();
  }
  turns.run_until([&] { return visits == asked && engine.idle(); });
  std::uint64_t sum = 0;
  bool counted = false;
  engine.visit_all([&] {
    for (const Plain& one : plain) sum += one.tasks;
    counted = true;
  });
  turns.run_until([&] { return counted; });
  EXPECT_EQ(sum, posted);
}

INSTANTIATE_TEST_SUITE_P(Threads, EngineTest, testing::Values(0, 1, 3));

}  // namespace
}  // namespace tern::engine
