// The shards between the loop and a thread, without a Speaker: whose is what, and how much waits.
#include "bgpd/session/shard_pool.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

namespace tern::session {
namespace {

constexpr std::size_t kRoutes = 512;
constexpr std::uint32_t kNow = 1000;
using Where = ShardPool::Where;

class ShardPoolTest : public testing::Test, protected ShardPool::Sink {
 protected:
  ShardPoolTest() { shards.set_peer(0, {}); }

  void shard_worked(std::size_t, const ShardOutcome&) override {}
  void shards_back() override {}

  // Routes that change nothing, but take their time.
  void store(std::size_t shard, Where where) {
    for (std::uint32_t n = 0; n < kRoutes; ++n) {
      batch.withdrawn.push_back({Prefix::v4(n << 8U, 24), 0});
    }
    batch.runs.push_back({kRoutes, true});
    pool.store(shard, 0, batch, 0, kNow, where);
  }
  void run_until(const auto& holds) {
    while (!holds()) context.run_one();
  }

  boost::asio::io_context context;
  rib::Shards shards{2};
  pipeline::Fanouts fanouts{shards};
  ShardPool pool{context, shards, fanouts, 1, *this};
  pipeline::RouteBatch batch;
};

// The thread has a long list for one shard before it comes to the other.
TEST_F(ShardPoolTest, WhoRecallsAShardWaitsForOneTaskOfAnother) {
  constexpr int kTasks = 1000;
  bool left = false;
  for (int attempt = 0; attempt < 20 && !left; ++attempt) {  // if the thread was done before us
    const std::uint64_t loans = pool.loans();
    for (int i = 0; i < kTasks; ++i) store(1, Where::There);
    run_until([&] { return pool.loans() == loans + 2; });
    store(0, Where::There);
    pool.recall(0);
    EXPECT_FALSE(pool.away(0));
    left = !pool.idle();
    run_until([&] { return pool.idle(); });
  }
  EXPECT_TRUE(left);
}

// Nobody holds up what the loop reads by itself.
TEST_F(ShardPoolTest, WhatTheLoopReadsWaitsUpToTheBound) {
  store(0, Where::There);
  for (int i = 0; !pool.full(); ++i) {
    ASSERT_LT(i, 100);
    store(0, Where::Here);
  }
  EXPECT_TRUE(pool.away(0));  // nobody took it back
  store(0, Where::Here);
  EXPECT_TRUE(pool.idle());
}

TEST_F(ShardPoolTest, ATimeThatNobodyKnowsIsNotNoted) {
  Shard shard{shards[0], fanouts[0]};
  shard.note_read(0);
  EXPECT_EQ(shard.oldest_read, 0U);
  shard.note_read(5);
  shard.note_read(0);
  EXPECT_EQ(shard.oldest_read, 5U);
  EXPECT_EQ(shard.newest_read, 5U);
}

}  // namespace
}  // namespace tern::session
