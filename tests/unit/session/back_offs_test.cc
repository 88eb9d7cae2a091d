#include "bgpd/session/back_offs.h"

#include <gtest/gtest.h>

#include "bgpd/session/log_limiter.h"

namespace tern::session {
namespace {

using End = BackOffs::Failure;

constexpr std::uint64_t kNanoseconds = 1'000'000'000;
constexpr std::uint64_t kNow = 1000 * kNanoseconds;

PeerAddress host(std::uint32_t number) { return {IpAddress::v4(0x0A000000U + number), {}}; }

// Seconds that the address waits from now on, to the half.
std::uint64_t wait_of(const BackOffs& back_offs, std::uint64_t now) {
  std::uint64_t seconds = 0;
  while (back_offs.waits(host(1), now + seconds * kNanoseconds + kNanoseconds / 2)) ++seconds;
  return seconds;
}

TEST(BackOffs, DoubleWithEachErrorUpToTheirMost) {
  BackOffs back_offs;
  std::uint64_t now = kNow;
  for (const std::uint64_t wait : {5U, 10U, 20U, 40U, 80U, 120U, 120U}) {
    back_offs.failed(host(1), End::Hard, {}, now);
    EXPECT_EQ(wait_of(back_offs, now), wait);
    EXPECT_FALSE(back_offs.waits(host(2), now));
    now += wait * kNanoseconds;
  }
}

TEST(BackOffs, AFewSoftEndsAreFree) {
  BackOffs back_offs;
  for (unsigned i = 0; i < fsm::kFreeSoftEnds; ++i) {
    back_offs.failed(host(1), End::Soft, {}, kNow);
    EXPECT_EQ(wait_of(back_offs, kNow), 0U);
  }
  back_offs.failed(host(1), End::Soft, {}, kNow);
  EXPECT_EQ(wait_of(back_offs, kNow), 5U);

  fsm::FsmConfig undamped;
  undamped.damp_oscillations = false;
  BackOffs none;
  for (int i = 0; i < 20; ++i) none.failed(host(1), End::Soft, undamped, kNow);
  EXPECT_EQ(none.size(), 0U);
}

TEST(BackOffs, AreForgottenByTimeAndWelcome) {
  BackOffs back_offs;
  back_offs.failed(host(1), End::Hard, {}, kNow);
  back_offs.failed(host(1), End::Hard, {}, kNow);
  const std::uint64_t later = kNow + 131 * kNanoseconds;  // 10, and 120 more
  back_offs.tidy(kNow + 100 * kNanoseconds);
  EXPECT_EQ(back_offs.size(), 1U);
  back_offs.failed(host(1), End::Hard, {}, later);
  EXPECT_EQ(wait_of(back_offs, later), 5U);
  back_offs.forget(host(1));
  EXPECT_FALSE(back_offs.waits(host(1), later));
  back_offs.failed(host(2), End::Hard, {}, later);
  back_offs.tidy(later + 126 * kNanoseconds);
  EXPECT_EQ(back_offs.size(), 0U);
}

TEST(BackOffs, HoldABoundedNumberAndForgetTheOldest) {
  BackOffs back_offs;
  for (std::uint32_t number = 0; number <= BackOffs::kMost; ++number) {
    back_offs.failed(host(number), End::Hard, {}, kNow);
  }
  EXPECT_EQ(back_offs.size(), BackOffs::kMost);
  EXPECT_FALSE(back_offs.waits(host(0), kNow));
  EXPECT_TRUE(back_offs.waits(host(1), kNow));
}

TEST(LogLimiter, LetsSomeLinesThroughAndTellsOfTheRestOnce) {
  LogLimiter lines(2);
  EXPECT_TRUE(lines.pass(kNow));
  EXPECT_TRUE(lines.pass(kNow + kNanoseconds));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(lines.pass(kNow + 2 * kNanoseconds));
  EXPECT_EQ(lines.take_left_out(kNow + 59 * kNanoseconds), 0U);
  EXPECT_EQ(lines.take_left_out(kNow + 60 * kNanoseconds), 5U);
  EXPECT_EQ(lines.take_left_out(kNow + 60 * kNanoseconds), 0U);
  EXPECT_TRUE(lines.pass(kNow + 60 * kNanoseconds));
}

// A line in the next interval does not put off what is to be told of the last one.
TEST(LogLimiter, TellsInTimeThoughLinesGoOn) {
  LogLimiter lines;
  EXPECT_TRUE(lines.pass(kNow));
  EXPECT_FALSE(lines.pass(kNow + kNanoseconds));
  EXPECT_TRUE(lines.pass(kNow + 60 * kNanoseconds));
  EXPECT_EQ(lines.take_left_out(kNow + 60 * kNanoseconds), 1U);
}

}  // namespace
}  // namespace tern::session
