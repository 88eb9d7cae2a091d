// HoldTime keeps a session, or ends it, when its hold timer expires (RFC 4271 section 6.5).
#include "bgpd/fsm/hold_time.h"

#include <gtest/gtest.h>

namespace tern::fsm {
namespace {

constexpr auto at(int second) { return Time(std::chrono::seconds(second)); }
constexpr Time kHold = std::chrono::seconds(90);

TEST(HoldTime, IsOverWhenNothingCame) {
  EXPECT_EQ((HoldTime{at(100), kHold, at(0), 0}.extended(at(100))), std::nullopt);
}

TEST(HoldTime, GoesOnFromWhatAReaderHeard) {
  EXPECT_EQ((HoldTime{at(100), kHold, at(50), 0}.extended(at(100))), at(140));
  EXPECT_EQ((HoldTime{at(100), kHold, at(10), 0}.extended(at(100))), std::nullopt);
}

// heard_elsewhere 0 means that no thread read a message. Near the clock's zero, 0 must not count as
// a time less than a hold time ago.
TEST(HoldTime, AnExpiredTimerNearTheClocksZeroIsNotExtended) {
  EXPECT_EQ((HoldTime{at(10), kHold, at(0), 0}.extended(at(10))), std::nullopt);
  EXPECT_EQ((HoldTime{at(10), kHold, at(0), 1}.extended(at(99))), at(100));
  EXPECT_EQ((HoldTime{at(10), kHold, at(0), 1}.extended(at(100))), std::nullopt);
}

TEST(HoldTime, WaitsForWhatIsUnreadForOneMoreHoldTime) {
  EXPECT_EQ((HoldTime{at(100), kHold, at(0), 1}.extended(at(100))), at(101));
  EXPECT_EQ((HoldTime{at(100), kHold, at(0), 1}.extended(at(189))), at(190));
  EXPECT_EQ((HoldTime{at(100), kHold, at(0), 1}.extended(at(190))), std::nullopt);
  EXPECT_EQ((HoldTime{at(100), kHold, at(50), 1}.extended(at(200))), at(201));
  EXPECT_EQ((HoldTime{at(100), kHold, at(50), 1}.extended(at(230))), std::nullopt);
}

}  // namespace
}  // namespace tern::fsm
