#include "bgpd/engine/strand.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace tern::engine {
namespace {

// Notes its number.
struct Numbered final : Task {
  Numbered(std::vector<std::uint32_t>& to, std::uint32_t of) : ran(to), number(of) {}
  Then run(std::unique_ptr<Task>&) override {
    ran.push_back(number);
    return Then::GoOn;
  }
  std::vector<std::uint32_t>& ran;
  const std::uint32_t number;
};

class StrandTest : public testing::Test {
 protected:
  bool push(std::uint32_t number) { return strand.push(std::make_unique<Numbered>(ran, number)); }
  bool run_one() {
    std::unique_ptr<Task> task = strand.next();
    if (task == nullptr) return false;
    (void)task->run(task);
    return true;
  }

  std::vector<std::uint32_t> ran;
  Strand strand;
};

TEST_F(StrandTest, WhoFindsItIdleRunsItInOrder) {
  EXPECT_TRUE(strand.idle());
  EXPECT_TRUE(push(1));
  EXPECT_FALSE(push(2));
  EXPECT_FALSE(strand.enter());
  EXPECT_TRUE(run_one());
  EXPECT_FALSE(push(3));  // behind the second, which was taken already
  EXPECT_FALSE(strand.leave());
  while (run_one()) {
  }
  EXPECT_EQ(ran, (std::vector<std::uint32_t>{1, 2, 3}));
  EXPECT_TRUE(strand.leave());
  EXPECT_TRUE(strand.idle());
}

TEST_F(StrandTest, IsEnteredWithoutATask) {
  EXPECT_TRUE(strand.enter());
  EXPECT_FALSE(strand.enter());
  EXPECT_FALSE(push(1));
  EXPECT_FALSE(strand.leave());
  EXPECT_TRUE(run_one());
  EXPECT_TRUE(strand.leave());
  EXPECT_TRUE(push(2));
}

TEST_F(StrandTest, DropsWhatWaits) {
  EXPECT_TRUE(push(1));
  EXPECT_FALSE(push(2));
  EXPECT_TRUE(run_one());
  EXPECT_FALSE(push(3));
}

// Several threads post, and whoever finds the strand idle runs it until it is: a plain counter is
// right, and what each thread posted ran in its order.
TEST(Strand, ManyThreadsPostAndRun) {
  constexpr std::uint32_t kThreads = 4;
  constexpr std::uint32_t kTasks = 20'000;
  struct State {
    Strand strand;
    std::uint32_t ran = 0;  // plain: by the runner
    std::vector<std::uint32_t> last = std::vector<std::uint32_t>(kThreads);
    std::uint32_t disorder = 0;
  } state;
  struct Counted final : Task {
    Counted(State& in, std::uint32_t from, std::uint32_t of)
        : state(in), thread(from), number(of) {}
    Then run(std::unique_ptr<Task>&) override {
      ++state.ran;
      if (number != ++state.last[thread]) ++state.disorder;
      return Then::GoOn;
    }
    State& state;
    const std::uint32_t thread;
    const std::uint32_t number;
  };
  const auto run = [&] {
    do {
      std::unique_ptr<Task> task = state.strand.next();
      if (task != nullptr) (void)task->run(task);
    } while (!state.strand.leave());
  };
  std::vector<std::thread> threads;
  for (std::uint32_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::uint32_t number = 1; number <= kTasks; ++number) {
        if (state.strand.push(std::make_unique<Counted>(state, thread, number))) run();
        if (number % 7 == 0 && state.strand.enter()) run();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(state.strand.enter());
  EXPECT_EQ(state.ran, kThreads * kTasks);
  EXPECT_EQ(state.disorder, 0U);
}

}  // namespace
}  // namespace tern::engine
