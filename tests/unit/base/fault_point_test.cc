#include "rib/base/fault_point.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace tern::fault {
namespace {

TEST(FaultPoint, HappensWhileArmedAndNotElse) {
  EXPECT_FALSE(happens(Point::PartialWrite));
  {
    const Armed armed(Point::PartialWrite, 3);
    std::vector<bool> happened(6);
    std::generate(happened.begin(), happened.end(), [] { return happens(Point::PartialWrite); });
    EXPECT_EQ(happened, (std::vector<bool>{false, false, true, false, false, true}));
    EXPECT_EQ(armed.count(), 2U);
    EXPECT_FALSE(happens(Point::Allocation));
  }
  EXPECT_FALSE(happens(Point::PartialWrite));
}

}  // namespace
}  // namespace tern::fault
