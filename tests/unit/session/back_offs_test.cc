#include "bgpd/session/back_offs.h"

#include <gtest/gtest.h>

#include "bgpd/session/log_limiter.h"

namespace tern::session {
namespace {

using Failure = BackOffs::Failure;

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kNow = 1000 * kSecond;

PeerAddress host(std::uint32_t number) { return {IpAddress::v4(0x0A000000U + number), {}}; }

// Seconds that the address waits from now on, to the half.
std::uint64_t wait_of(const BackOffs& back_offs, std::uint64_t now) {
  std::uint64_t seconds = 0;
  while (back_offs.waits(host(1), now + seconds * kSecond + kSecond / 2)) ++seconds;
  return seconds;
}

TEST(BackOffs, DoubleWithEachErrorUpToTheirMost) {
  BackOffs back_offs;
  std::uint64_t now = kNow;
  for (const std::uint64_t wait : {5U, 10U, 20U, 40U, 80U, 120U, 120U}) {
    back_offs.failed(host(1), Failure::Hard, {}, now);
    EXPECT_EQ(wait_of(back_offs, now), wait);
    EXPECT_FALSE(back_offs.waits(host(2), now));
    now += wait * kSecond;
  }
}

TEST(BackOffs, AFewSoftEndsAreFree) {
  BackOffs back_offs;
  for (unsigned i = 0; i < fsm::kFreeSoftEnds; ++i) {
    back_offs.failed(host(1), Failure::Soft, {}, kNow);
    EXPECT_EQ(wait_of(back_offs, kNow), 0U);
  }
  back_offs.failed(host(1), Failure::Soft, {}, kNow);
  EXPECT_EQ(wait_of(back_offs, kNow), 5U);

  fsm::FsmConfig undamped;
  undamped.damp_oscillations = false;
  BackOffs none;
  for (int i = 0; i < 20; ++i) none.failed(host(1), Failure::Soft, undamped, kNow);
  EXPECT_EQ(none.size(), 0U);
}

TEST(BackOffs, AreForgottenByTimeAndWelcome) {
  BackOffs back_offs;
  back_offs.failed(host(1), Failure::Hard, {}, kNow);
  back_offs.failed(host(1), Failure::Hard, {}, kNow);
  const std::uint64_t later = kNow + 131 * kSecond;  // 10, and 120 more
  back_offs.tidy(kNow + 100 * kSecond);
  EXPECT_EQ(back_offs.size(), 1U);
  back_offs.failed(host(1), Failure::Hard, {}, later);
  EXPECT_EQ(wait_of(back_offs, later), 5U);
  back_offs.forget(host(1));
  EXPECT_FALSE(back_offs.waits(host(1), later));
  back_offs.failed(host(2), Failure::Hard, {}, later);
  back_offs.tidy(later + 126 * kSecond);
  EXPECT_EQ(back_offs.size(), 0U);
}

TEST(BackOffs, HoldABoundedNumberAndForgetTheOldest) {
  BackOffs back_offs;
  for (std::uint32_t number = 0; number <= BackOffs::kMost; ++number) {
    back_offs.failed(host(number), Failure::Hard, {}, kNow);
  }
  EXPECT_EQ(back_offs.size(), BackOffs::kMost);
  EXPECT_FALSE(back_offs.waits(host(0), kNow));
  EXPECT_TRUE(back_offs.waits(host(1), kNow));
}

TEST(LogLimiter, LetsSomeLinesThroughAndTellsOfTheRestOnce) {
  LogLimiter lines(2);
  EXPECT_TRUE(lines.pass(kNow));
  EXPECT_TRUE(lines.pass(kNow + kSecond));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(lines.pass(kNow + 2 * kSecond));
  EXPECT_EQ(lines.take_left_out(kNow + 59 * kSecond), 0U);
  EXPECT_EQ(lines.take_left_out(kNow + 60 * kSecond), 5U);
  EXPECT_EQ(lines.take_left_out(kNow + 60 * kSecond), 0U);
  EXPECT_TRUE(lines.pass(kNow + 60 * kSecond));
}

// A line in the next interval does not put off what is to be told of the last one.
TEST(LogLimiter, TellsInTimeThoughLinesGoOn) {
  LogLimiter lines;
  EXPECT_TRUE(lines.pass(kNow));
  EXPECT_FALSE(lines.pass(kNow + kSecond));
  EXPECT_TRUE(lines.pass(kNow + 60 * kSecond));
  EXPECT_EQ(lines.take_left_out(kNow + 60 * kSecond), 1U);
}

}  // namespace
}  // namespace tern::session
