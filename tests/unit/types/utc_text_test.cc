#include "rib/types/utc_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace tern {
namespace {

TEST(UtcText, IsADateAndATime) {
  EXPECT_EQ(utc_text(0), "1970-01-01 00:00:00 UTC");
  EXPECT_EQ(utc_text(1'790'003'600), "2026-09-21 15:13:20 UTC");
  EXPECT_EQ(utc_text(1'790'003'600, "%Y%m%dT%H%M%SZ"), "20260921T151320Z");
  EXPECT_EQ(utc_text(std::numeric_limits<std::int64_t>::max()), "");
}

}  // namespace
}  // namespace tern
