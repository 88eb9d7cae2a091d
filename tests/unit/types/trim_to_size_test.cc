#include "rib/types/trim_to_size.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

namespace tern {
namespace {

TEST(TrimToSize, GivesBackWhatIsBeyondTheElements) {
  std::vector<int> numbers{1, 2, 3};
  numbers.reserve(100);
  trim_to_size(numbers);
  EXPECT_EQ(numbers.capacity(), 3U);
  EXPECT_EQ(numbers, (std::vector{1, 2, 3}));
  numbers.clear();
  trim_to_size(numbers);
  EXPECT_EQ(numbers.capacity(), 0U);
}

TEST(TrimToSize, MovesElements) {
  std::vector<std::unique_ptr<int>> owners;
  owners.reserve(2);
  owners.push_back(std::make_unique<int>(7));
  trim_to_size(owners);
  ASSERT_EQ(owners.capacity(), 1U);
  EXPECT_EQ(*owners[0], 7);
}

}  // namespace
}  // namespace tern
