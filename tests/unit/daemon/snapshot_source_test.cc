// A loop that hangs, seen from the exporter's thread.
#include "bgpd/daemon/snapshot_source.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "tests/unit/base/comes_true.h"

namespace tern::daemon {
namespace {

class SnapshotSourceTest : public testing::Test {
 protected:
  SnapshotSourceTest() : runs_([this] { loop_.run(); }) {}
  ~SnapshotSourceTest() override {
    loop_.stop();
    runs_.join();
  }

  bool take(exporter::Snapshot& numbers) {
    ++taken_;
    numbers.ready = true;
    numbers.config_generation = taken_;
    return true;
  }
  SnapshotSource::Slice begin() {
    return [this](exporter::Snapshot& numbers) { return take(numbers); };
  }

  session::Loop loop_;
  std::atomic<std::uint64_t> taken_{0};
  SnapshotSource source_{loop_, [this] { return begin(); }};
  std::thread runs_;
};

TEST_F(SnapshotSourceTest, ALoopThatTurnsIsYoungAndReady) {
  const exporter::Snapshot numbers = source_.collect();
  EXPECT_TRUE(numbers.ready);
  EXPECT_FALSE(numbers.loop_hangs);
}

TEST_F(SnapshotSourceTest, ALoopThatHangsIsNotReadyAndAges) {
  EXPECT_TRUE(comes_true([&] { return source_.collect().ready; }));
  const std::uint64_t before = taken_;
  std::promise<void> hung;
  std::promise<void> release;
  loop_.post([&] {
    hung.set_value();
    release.get_future().wait();
  });
  hung.get_future().wait();
  exporter::Snapshot numbers;
  EXPECT_TRUE(comes_true([&] {
    numbers = source_.collect();
    return numbers.loop_hangs;
  }));
  EXPECT_FALSE(numbers.ready);
  EXPECT_GE(numbers.loop_age_seconds, 3);
  EXPECT_EQ(numbers.config_generation, before) << "the last copy is shown";
  EXPECT_GT(source_.collect().loop_age_seconds, numbers.loop_age_seconds) << "it grows meanwhile";
  for (int i = 0; i < 100; ++i) numbers = source_.collect();

  release.set_value();
  EXPECT_TRUE(comes_true([&] { return source_.collect().ready; }));
  EXPECT_LE(taken_, before + 3) << "not one for each that asked while it hung";
}

// A reload waits for the exporter's thread, which may be collecting.
TEST_F(SnapshotSourceTest, CollectDoesNotWaitForALoopThatWaitsForIt) {
  std::promise<exporter::Snapshot> collected;
  loop_.post([&] {
    source_.set_waits(false);
    collected.set_value(std::async(std::launch::async, [&] { return source_.collect(); }).get());
    source_.set_waits(true);
  });
  EXPECT_FALSE(collected.get_future().get().loop_hangs) << "collect() waited until the loop hung";
  EXPECT_TRUE(comes_true([&] { return source_.collect().ready; }));
}

TEST_F(SnapshotSourceTest, CopiesTakeATenthOfTheLoopsTime) {
  using Clock = SnapshotSource::Clock;
  static constexpr Clock::duration kCost = std::chrono::milliseconds(20);
  static constexpr Clock::duration kTick{1};
  std::atomic<Clock::duration> time{std::chrono::hours(1)};
  const auto pass = [&](Clock::duration passed) { time = time.load() + passed; };
  SnapshotSource dear(
      loop_,
      [&] {
        return [&](exporter::Snapshot& numbers) {
          pass(kCost);
          return take(numbers);
        };
      },
      SnapshotSource::at_once, [&] { return Clock::time_point(time.load()); });
  EXPECT_EQ(dear.collect().config_generation, 1U);
  EXPECT_EQ(dear.collect().config_generation, 1U);
  pass(10 * kCost - kTick);
  EXPECT_EQ(dear.collect().config_generation, 1U)
      << "the pause of ten times the cost has not passed";
  pass(kTick);
  EXPECT_EQ(dear.collect().config_generation, 2U);
  EXPECT_EQ(dear.collect().config_generation, 2U);
  EXPECT_EQ(taken_, 2U);
}

TEST_F(SnapshotSourceTest, TheLoopTurnsBetweenTheSlicesOfACopy) {
  static constexpr int kSlices = 5;
  int slices = 0;  // the loop's
  int turns_between = 0;
  SnapshotSource sliced(loop_, [&] {
    return [&](exporter::Snapshot& numbers) {
      loop_.post([&, before = slices] { turns_between += slices == before + 1 ? 1 : 0; });
      numbers.peers.emplace_back();
      return ++slices == kSlices && take(numbers);
    };
  });
  EXPECT_EQ(sliced.collect().peers.size(), std::size_t{kSlices});
  // A task that another thread posts may overtake the task that the last slice has posted, so the
  // loop itself posts the last task.
  std::promise<void> idle;
  loop_.post([&] { loop_.post([&] { idle.set_value(); }); });
  idle.get_future().wait();
  EXPECT_EQ(turns_between, kSlices)
      << "an event that came with a slice waited for that slice alone";
}

}  // namespace
}  // namespace tern::daemon
