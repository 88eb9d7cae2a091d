#include "rib/details.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace tern::rib {
namespace {

TEST(DetailTable, KeepsATextOnce) {
  DetailTable details;
  EXPECT_EQ(details.intern(""), 0U);
  const std::uint16_t first = details.intern("policy clients, term 3");
  EXPECT_NE(first, 0U);
  EXPECT_EQ(details.intern("policy clients, term 3"), first);
  EXPECT_NE(details.intern("policy clients, term 4"), first);
  EXPECT_EQ(details[first], "policy clients, term 3");
  EXPECT_EQ(details[0], "");
}

TEST(DetailTable, ThreadsAgreeOnNumbers) {
  constexpr std::size_t kAsking = 4;
  constexpr std::size_t kTexts = 600;  // more than a chunk
  DetailTable details;
  std::vector<std::vector<std::uint16_t>> numbers(kAsking);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kAsking; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < kTexts; ++i) {
        numbers[t].push_back(details.intern("term " + std::to_string(i)));
        EXPECT_EQ(details[numbers[t].back()], "term " + std::to_string(i));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t t = 1; t < kAsking; ++t) EXPECT_EQ(numbers[t], numbers[0]);
}

}  // namespace
}  // namespace tern::rib
