// Windows slide, hours are kept, and a latency that is longer than usual is degraded until it
// recovers.
#include "bgpd/latency/track.h"

#include <gtest/gtest.h>

#include "tests/unit/latency/clock.h"

namespace tern::latency {
namespace {

class TrackTest : public testing::Test {
 protected:
  // So many round trips in each minute, and a step every ten seconds.
  std::string run(std::uint32_t seconds, EgressCost microseconds, int each_minute = 30) {
    std::string changes;
    const std::uint32_t end = now_ + seconds;
    for (; now_ < end; now_ += 10) {
      if (now_ % kMinute == 0) {
        for (int i = 0; i < each_minute; ++i) track_.add(microseconds, now_);
      }
      switch (track_.step(&rules_, now_)) {
        case Track::Change::Degraded:
          changes += "degraded;";
          break;
        case Track::Change::Recovered:
          changes += "recovered;";
          break;
        case Track::Change::None:
          break;
      }
    }
    return changes;
  }
  [[nodiscard]] std::uint64_t count(Window window) const {
    return track_.percentiles(window, now_).count;
  }
  static void expect_near(EgressCost value, double expected) {
    EXPECT_NEAR(value, expected, expected * kRelativeError);
  }

  std::uint32_t now_ = kStart;
  DegradeRules rules_;
  Track track_{kStart};
};

TEST_F(TrackTest, WindowsSlide) {
  track_.add(20'000, now_);
  track_.add(30'000, now_);
  EXPECT_EQ(count(Window::FiveMinutes), 2U);
  now_ += 5 * kMinute;
  EXPECT_EQ(count(Window::FiveMinutes), 2U) << "the sub-window has a part of the last 5 minutes";
  now_ += kMinute;
  EXPECT_EQ(count(Window::FiveMinutes), 0U);
  EXPECT_EQ(count(Window::Hour), 2U);
  now_ = kStart + kHour + 5 * kMinute;
  EXPECT_EQ(count(Window::Hour), 0U);
  EXPECT_EQ(count(Window::Day), 2U);
  now_ = kStart + 25 * kHour;
  EXPECT_EQ(count(Window::Day), 0U);
}

TEST_F(TrackTest, PercentilesAreOfTheWindow) {
  for (EgressCost i = 1; i <= 100; ++i) track_.add(i * 1000, now_);
  const Percentiles of = track_.percentiles(Window::Hour, now_);
  EXPECT_EQ(of.count, 100U);
  expect_near(of.p50, 50'000);
  expect_near(of.p95, 95'000);
  expect_near(of.p99, 99'000);
}

TEST_F(TrackTest, HoursOfAWeekAreKept) {
  EXPECT_EQ(run(170 * kHour, 20'000, 1), "");
  ASSERT_EQ(track_.history().size(), Track::kHistory);
  EXPECT_EQ(track_.history().front().number, kStart / kHour + 1);
  EXPECT_EQ(track_.history().back().number, kStart / kHour + 168);
  EXPECT_EQ(track_.history().back().count, 60U);
  expect_near(value_of(track_.history().back().p95), 20'000);
}

TEST_F(TrackTest, HoursWithoutRoundTripsAreLeftOut) {
  (void)run(kHour, 20'000);
  (void)run(3 * kHour, 0, 0);
  (void)run(2 * kHour, 20'000);
  ASSERT_EQ(track_.history().size(), 2U);
  EXPECT_EQ(track_.history()[1].number, track_.history()[0].number + 4);
}

TEST_F(TrackTest, WhatIsUsualIsKnownAfterThreeHours) {
  EXPECT_EQ(run(3 * kHour, 20'000), "");
  EXPECT_EQ(track_.baseline(), std::nullopt) << "the third hour is not over";
  EXPECT_EQ(run(10, 20'000), "");
  ASSERT_TRUE(track_.baseline());
  expect_near(*track_.baseline(), 20'000);
}

TEST_F(TrackTest, HoursWithFewRoundTripsAreNoBaseline) {
  for (int i = 0; i < 6; ++i) {
    (void)run(10, 20'000, 99);
    (void)run(kHour - 10, 0, 0);
  }
  EXPECT_EQ(track_.history().size(), 5U);
  EXPECT_EQ(track_.baseline(), std::nullopt);
}

TEST_F(TrackTest, DegradesAndRecoversWithDwell) {
  EXPECT_EQ(run(4 * kHour, 20'000), "");
  EXPECT_FALSE(track_.degraded());
  EXPECT_EQ(track_.since(), 0U);
  const std::uint32_t worse = now_;
  EXPECT_EQ(run(10 * kMinute, 45'000), "");
  EXPECT_EQ(run(5 * kMinute, 45'000), "degraded;");
  EXPECT_TRUE(track_.degraded());
  EXPECT_GE(track_.since(), worse + 600) << "after the dwell";
  expect_near(track_.latest().p95, 45'000);
  EXPECT_EQ(run(15 * kMinute, 20'000), "");
  EXPECT_EQ(run(5 * kMinute, 20'000), "recovered;");
  EXPECT_FALSE(track_.degraded());
}

TEST_F(TrackTest, AShortPeakIsNoDegradation) {
  EXPECT_EQ(run(4 * kHour, 20'000), "");
  EXPECT_EQ(run(2 * kMinute, 90'000), "");
  EXPECT_EQ(run(20 * kMinute, 20'000), "");
}

TEST_F(TrackTest, BothShareAndMillisecondsMustBePassed) {
  EXPECT_EQ(run(4 * kHour, 2'000), "");
  EXPECT_EQ(run(20 * kMinute, 6'000), "") << "three times as long, but by 4 ms";
  EXPECT_EQ(run(20 * kMinute, 8'000), "degraded;");
}

TEST_F(TrackTest, ALatencyBetweenTheLimitsKeepsTheState) {
  EXPECT_EQ(run(4 * kHour, 20'000), "");
  EXPECT_EQ(run(20 * kMinute, 27'000), "") << "longer by less than 10 ms";
  EXPECT_EQ(run(20 * kMinute, 45'000), "degraded;");
  EXPECT_EQ(run(20 * kMinute, 27'000), "") << "longer by more than 5 ms";
  EXPECT_EQ(run(20 * kMinute, 23'000), "recovered;");
}

TEST_F(TrackTest, FewRoundTripsProveNothing) {
  EXPECT_EQ(run(4 * kHour, 20'000), "");
  EXPECT_EQ(run(10 * kMinute, 0, 0), "");
  EXPECT_EQ(run(40 * kMinute, 90'000, 3), "") << "18 of 6 minutes";
}

TEST_F(TrackTest, ADegradationWithoutRoundTripsEnds) {
  EXPECT_EQ(run(4 * kHour, 20'000), "");
  EXPECT_EQ(run(20 * kMinute, 90'000), "degraded;");
  EXPECT_EQ(run(Track::kSilence, 0, 0), "") << "the window had round trips for 5 minutes";
  EXPECT_EQ(run(6 * kMinute, 0, 0), "recovered;");
}

TEST_F(TrackTest, BatchesEveryTenMinutesAreEnough) {
  EXPECT_EQ(run(4 * kHour, 20'000), "");
  std::string changes;
  for (int i = 0; i < 6; ++i) {
    changes += run(kMinute, 90'000) + run(9 * kMinute, 0, 0);
  }
  EXPECT_EQ(changes, "degraded;");
  for (int i = 0; i < 6; ++i) {
    changes += run(kMinute, 20'000) + run(9 * kMinute, 0, 0);
  }
  EXPECT_EQ(changes, "degraded;recovered;");
  EXPECT_EQ(run(kMinute, 90'000) + run(9 * kMinute, 0, 0) + run(kMinute, 20'000), "")
      << "one batch";
}

TEST_F(TrackTest, ALatencyThatIsNotComparedIsNotDegraded) {
  EXPECT_EQ(run(4 * kHour, 20'000), "");
  EXPECT_EQ(run(20 * kMinute, 90'000), "degraded;");
  EXPECT_EQ(track_.step(nullptr, now_), Track::Change::Recovered);
  EXPECT_EQ(track_.step(nullptr, now_), Track::Change::None);
}

TEST_F(TrackTest, ALatencyThatStaysBecomesUsual) {
  EXPECT_EQ(run(3 * kHour, 20'000), "");
  EXPECT_EQ(run(24 * kHour, 60'000), "degraded;");
  ASSERT_TRUE(track_.baseline());
  expect_near(*track_.baseline(), 20'000);
  EXPECT_EQ(run(5 * kHour, 60'000), "recovered;") << "4 of 7 hours that count";
  expect_near(*track_.baseline(), 60'000);
}

TEST_F(TrackTest, HoursOfAShortDegradationAreNotUsual) {
  EXPECT_EQ(run(3 * kHour, 20'000), "");
  EXPECT_EQ(run(5 * kHour, 60'000), "degraded;");
  EXPECT_EQ(run(2 * kHour, 20'000), "recovered;");
  for (const Track::Hour& hour : track_.history()) {
    const std::uint32_t number = hour.number - kStart / kHour;
    EXPECT_EQ(hour.degraded, number >= 3 && number <= 8) << number;
  }
  expect_near(*track_.baseline(), 20'000);
}

TEST_F(TrackTest, OneOfThreeSlowHoursDoesNotMoveTheBaseline) {
  EXPECT_EQ(run(2 * kHour, 20'000), "");
  EXPECT_EQ(run(kHour + 10, 60'000), "") << "what is usual is not known";
  expect_near(*track_.baseline(), 20'000);
}

// Evenings are slow, and evenings alone.
TEST_F(TrackTest, TheSameHourOfTheDayIsTheBaselineWhenItIsKnown) {
  rules_.samples = 5;
  std::string evening;
  for (int day = 0; day < 6; ++day) {
    (void)run(20 * kHour, 20'000, 2);
    evening = run(4 * kHour, 60'000, 2);
  }
  EXPECT_EQ(evening, "") << "five evenings before";
  EXPECT_EQ(run(20 * kHour, 20'000, 2), "") << "the window has some of the last evening";
  EXPECT_EQ(run(4 * kHour, 60'000, 2), "") << "as on the evenings before";
  EXPECT_EQ(run(kHour, 60'000, 2), "degraded;") << "at night";
}

TEST_F(TrackTest, HoursOfAnEarlierRunAreTheBaseline) {
  EXPECT_EQ(run(5 * kHour, 20'000), "");
  const Track::Hours hours = track_.history();
  ASSERT_EQ(hours.size(), 4U);
  Track after(now_);
  after.restore(hours, 0, now_ - 3 * kHour);
  EXPECT_EQ(after.history(), hours) << "the clock may be wrong";
  EXPECT_FALSE(after.baseline()) << "two of the hours are over by this clock";
  (void)after.step(&rules_, now_);
  EXPECT_TRUE(after.baseline());
  after.restore(hours, 0, now_);
  ASSERT_TRUE(after.baseline());
  expect_near(*after.baseline(), 20'000);
  EXPECT_EQ(after.last(), kStart + 4 * kHour);
  EXPECT_FALSE(after.degraded());
}

TEST_F(TrackTest, ADegradationOutlastsARestart) {
  EXPECT_EQ(run(4 * kHour, 20'000), "");
  EXPECT_EQ(run(kHour, 90'000), "degraded;");
  const auto restart = [&] {
    Track after(now_);
    after.restore(track_.history(), track_.since(), now_);
    track_ = after;
  };
  const std::uint32_t since = track_.since();
  restart();
  EXPECT_TRUE(track_.degraded());
  EXPECT_EQ(track_.since(), since);
  EXPECT_EQ(run(20 * kMinute, 90'000), "");
  restart();
  EXPECT_EQ(run(20 * kMinute, 20'000), "recovered;");
  Track silent(now_);
  silent.restore(track_.history(), since, now_);
  track_ = silent;
  EXPECT_EQ(run(Track::kSilence, 0, 0), "");
  EXPECT_EQ(run(kMinute, 0, 0), "recovered;");
}

TEST_F(TrackTest, TheTimeMayGoBack) {
  EXPECT_EQ(run(4 * kHour, 20'000), "");
  now_ -= 2 * kHour;
  EXPECT_EQ(run(4 * kHour, 20'000), "");
  for (std::size_t i = 1; i < track_.history().size(); ++i) {
    EXPECT_LT(track_.history()[i - 1].number, track_.history()[i].number);
  }
}

TEST_F(TrackTest, ATimeThatGoesBackDoesNotDelayADegradation) {
  EXPECT_EQ(run(4 * kHour, 20'000), "");
  EXPECT_EQ(run(5 * kMinute, 90'000), "");
  now_ -= kHour;
  EXPECT_EQ(run(15 * kMinute, 90'000), "degraded;");
}

TEST_F(TrackTest, ATimeThatIsWrongForAWhileTakesNoHours) {
  EXPECT_EQ(run(5 * kHour, 20'000), "");
  ASSERT_EQ(track_.history().size(), 4U);
  const std::uint32_t right = now_;
  now_ = kStart - 1000 * kHour;
  EXPECT_EQ(run(2 * kHour, 20'000), "");
  now_ = right + 2001 * kHour;
  EXPECT_EQ(run(10, 20'000), "");
  EXPECT_LT(track_.unheard(), 5 * kMinute);
  now_ = right;
  EXPECT_EQ(run(10, 20'000), "");
  EXPECT_EQ(track_.history().size(), 4U + 1U + 2U + 1U) << "by the right clock, before, and later";
  expect_near(*track_.baseline(), 20'000);
}

TEST_F(TrackTest, KnowsHowLongThereWasNoRoundTrip) {
  EXPECT_EQ(run(10 * kMinute, 20'000), "");
  EXPECT_LE(track_.unheard(), kMinute);
  EXPECT_EQ(run(kHour, 0, 0), "");
  EXPECT_GE(track_.unheard(), kHour);
  EXPECT_LE(track_.unheard(), kHour + kMinute);
}

TEST_F(TrackTest, MemoryIsBounded) {
  EXPECT_LT(kMostTrackOctets, 44U * 1024) << "docs/ARCHITECTURE.md, docs/CONFIGURATION.md";
  for (std::uint32_t minute = 0; minute < 200 * 60; ++minute, now_ += kMinute) {
    for (std::size_t i = 0; i < kBuckets; ++i) {
      track_.add(value_of(static_cast<Bucket>(i)), now_);
    }
    (void)track_.step(&rules_, now_);
  }
  EXPECT_GT(track_.octets(), kMostTrackOctets * 9 / 10);
  EXPECT_LE(track_.octets(), kMostTrackOctets);
}

// The round trips of a place lie close together, with a long tail.
TEST_F(TrackTest, UsualRoundTripsTakeLess) {
  std::uint32_t random = 4711;
  for (std::uint32_t minute = 0; minute < 48 * 60; ++minute, now_ += kMinute) {
    for (int i = 0; i < 10; ++i) {
      random = random * 1664525U + 1013904223U;
      const std::uint32_t tail = (random >> 8U) % 100 == 0 ? 80'000 : 4'000;
      track_.add(20'000 + (random >> 12U) % tail, now_);
    }
    (void)track_.step(&rules_, now_);
  }
  EXPECT_LT(track_.octets(), 8U * 1024);
}

}  // namespace
}  // namespace tern::latency
