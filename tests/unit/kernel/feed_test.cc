// Feed beside a whole Speaker. Without settings, tern-kernel takes the rows and does nothing.
#include "bgpd/kernel/feed.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>

#include "tests/unit/kernel/installer_lab.h"
#include "tests/unit/session/kept_prefixes.h"

namespace tern::kernel {
namespace {

class FeedTest : public testing::Test {
 protected:
  // The test does not touch the routes of this machine. Without root there is no thread, and the
  // test ends here with the failure of in_namespace().
  void SetUp() override {
    test::in_namespace([&] { thread_ = std::make_unique<KernelThread>(); });
    ASSERT_NE(thread_, nullptr);
    make_feed();
  }
  ~FeedTest() override {
    running_.ask([&] { feed_.reset(); });
  }
  void make_feed() {
    running_.ask([&] {
      feed_ = std::make_unique<Feed>(running_.loop(), running_.speaker(), *thread_,
                                     FeedSettings{FamilySet{Family::Ipv4Unicast}});
    });
  }
  // Called while the loop has all shards.
  [[nodiscard]] bool subscribed() { return running_.speaker().shards()[0].subscribed(); }

  session::RunningSpeaker running_{session::kShardsForALaggard};
  session::SocketNeighbour first_{1, running_.port()};
  session::SocketNeighbour second_{2, running_.port()};
  std::unique_ptr<KernelThread> thread_;
  std::unique_ptr<Feed> feed_;
};

// A snapshot keeps all prefixes, so a new snapshot at once would be revoked, too.
TEST_F(FeedTest, LetsPrefixesGoWhenItIsRevoked) {
  session::apply_bound(running_);
  ASSERT_TRUE(first_.connect());
  EXPECT_TRUE(running_.settles([&] { return subscribed(); }));
  EXPECT_TRUE(session::cycles_until(running_, first_, [&] { return !subscribed(); }));
  EXPECT_TRUE(running_.settles([&] {
    std::size_t idle = 0;
    for (std::size_t shard = 0; shard < running_.speaker().shards().size(); ++shard) {
      idle += running_.speaker().shards()[shard].idle();
    }
    return idle <= 1000 && subscribed();
  }));
}

TEST_F(FeedTest, ANeighborThatReadsTooSlowlyIsReset) {
  session::apply_bound(running_);
  ASSERT_TRUE(session::falls_behind(running_, first_, second_));
  EXPECT_TRUE(session::cycles_until(running_, first_, [&] {
    const session::Peer* peer = running_.speaker().find("127.0.1.2");
    return peer->state() != fsm::State::Established;
  }));
  EXPECT_TRUE(first_.open());
}

// tern-kernel gives the batch back when there is room for more, which may be never.
TEST_F(FeedTest, LetsPrefixesGoWhileTernKernelKeepsItsBatch) {
  session::apply_bound(running_);
  ASSERT_TRUE(first_.connect());
  running_.ask([&] { feed_.reset(); });
  std::promise<void> busy, end;
  thread_->take(std::make_shared<Batch>(), [&, ended = end.get_future().share()] {
    busy.set_value();
    ended.wait();
  });
  busy.get_future().get();
  make_feed();
  // Waits until the first batch is under way.
  EXPECT_TRUE(
      running_.settles([&] { return subscribed() && !running_.speaker().shards()[0].pinned(); }));
  EXPECT_TRUE(session::cycles_until(running_, first_, [&] { return !subscribed(); }));
  end.set_value();
}

}  // namespace
}  // namespace tern::kernel
