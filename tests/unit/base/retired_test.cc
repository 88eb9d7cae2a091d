#include "rib/base/retired.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <optional>

#include "rib/base/rcu.h"

namespace tern::rib {
namespace {

constexpr std::size_t kBatch = Retired<std::size_t>::kBatch;

class RetiredTest : public testing::Test {
 protected:
  void retire(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) retired.add(added++);
  }
  // In the order in which they came, each once.
  auto free() {
    return [this](std::size_t gone) { EXPECT_EQ(gone, freed++); };
  }

  std::size_t added = 0;
  std::size_t freed = 0;
  Retired<std::size_t> retired;
};

TEST_F(RetiredTest, NothingIsFreedBesideAReader) {
  {
    const rcu::Section section;
    retire(3 * kBatch);
    EXPECT_TRUE(retired.is_waiting());
    EXPECT_FALSE(retired.has_ripe());
    retired.free_ripe(free());
    EXPECT_EQ(freed, 0U);
  }
  rcu::wait_for_deferred();
  EXPECT_FALSE(retired.is_waiting());
  for (std::size_t batches = 1; batches <= 3; ++batches) {
    EXPECT_TRUE(retired.has_ripe());
    retired.free_ripe(free());
    EXPECT_EQ(freed, batches * kBatch);
  }
  EXPECT_FALSE(retired.has_ripe());
}

TEST_F(RetiredTest, WaitsForAWholeBatch) {
  retire(kBatch - 1);
  rcu::wait_for_deferred();
  EXPECT_FALSE(retired.has_ripe());
  EXPECT_FALSE(retired.is_waiting());
  retire(1);
  rcu::wait_for_deferred();
  EXPECT_TRUE(retired.has_ripe());
}

// Batches that wait are empty then, and serve again only when their grace period is over.
TEST_F(RetiredTest, AllMayBeFreedAtOnce) {
  std::optional<rcu::Section> section(std::in_place);
  for (std::size_t round = 0; round < 3; ++round) {
    retire(2 * kBatch + 10);
    retired.free_all(free());
    EXPECT_EQ(freed, added);
    EXPECT_TRUE(retired.is_waiting());
    retired.free_all(free());
    EXPECT_EQ(freed, added);
  }
  section.reset();
  for (std::size_t round = 0; round < 20; ++round) {
    retire(kBatch + 1);
    rcu::wait_for_deferred();
    retired.free_ripe(free());
  }
  retired.free_all(free());
  EXPECT_EQ(freed, added);
}

}  // namespace
}  // namespace tern::rib
