// The view of the baseline, letter by letter.
#include <gtest/gtest.h>

#include "samples.h"

namespace tern::ctl {
namespace {

TEST(BaselineView, HowMuchWasLearnt) {
  EXPECT_EQ(
      "\n" + rendered({"show", "baseline"},
                      {response("baseline { state: 'learning' learnt: 1012345 ripe: 998000 "
                                "most: 1200000 bytes: 97000000 day_seconds: 86400 day: 41 "
                                "open: 3 kept_seconds: 1799998200 left_out: 7 } last: true")}),
      R"(
  State           learning
  Prefixes        1,012,345 of 1,200,000 at most, 998,000 ripe
  Day             number 41, of 1d
  Not usual       3 findings at present
  Memory          92.5 MiB
  File            written 30m ago
  Left out        a new prefix 7 times, for want of room
)");
}

TEST(BaselineView, APrefixAndWhatCoversIt) {
  EXPECT_EQ(
      "\n" +
          rendered({"show", "baseline", "203.0.113.0/25"},
                   {response("baseline { day_seconds: 86400 prefixes { prefix: '203.0.113.0/24' "
                             "ripe: true covering: true shortest: 2 longest: 4 "
                             "origins { asn: 64496 usual: true days: 30 first_seconds: 1797408000 }"
                             "upstreams { asn: 64498 usual: true days: 255 } "
                             "upstreams { days: 2 days_ago: 3 } } } last: true")}),
      R"(
  Prefix          203.0.113.0/24, which covers 203.0.113.0/25
  State           ripe
  Path length     2 to 4
  AS     Seen as          Days  Last seen  First seen  State
  64496  origin             30  today      2026-12-16  usual
  64498  upstream  255 or more  today      -           usual
  none   upstream            2  3d ago     -           learning
)");
}

TEST(BaselineView, APrefixThatIsNotKnown) {
  EXPECT_EQ(rendered({"show", "baseline", "203.0.113.0/24"}, {response("baseline { } last: true")}),
            "Nothing was learnt of 203.0.113.0/24.\n");
}

}  // namespace
}  // namespace tern::ctl
