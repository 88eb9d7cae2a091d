#include "rib/base/thread_index.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace tern::rib {
namespace {

TEST(ThreadNumbers, TheLowestThatIsLeft) {
  ThreadNumbers numbers;
  for (std::size_t i = 0; i < kSharedThread; ++i) EXPECT_EQ(numbers.take(), i);
  for (int more = 0; more < 3; ++more) EXPECT_EQ(numbers.take(), kSharedThread);
  numbers.give_back(kSharedThread);
  numbers.give_back(9);
  numbers.give_back(3);
  EXPECT_EQ(numbers.take(), 3U);
  EXPECT_EQ(numbers.take(), 9U);
  EXPECT_EQ(numbers.take(), kSharedThread);
}

TEST(ThreadIndex, IsTheThreadsOwnAndGivenBack) {
  const std::size_t mine = thread_index();
  EXPECT_EQ(thread_index(), mine);
  std::set<std::size_t> others;
  for (std::size_t i = 0; i < 3 * kMostThreads; ++i) {  // more than there are at once
    std::thread([&others] { others.insert(thread_index()); }).join();
  }
  EXPECT_EQ(others.count(mine), 0U);
  for (const std::size_t other : others) EXPECT_LT(other, kMostThreads);
}

}  // namespace
}  // namespace tern::rib
