// The rules by default against noise: outliers and glitches of a day are no degradation, and a
// latency that is longer from a moment on is found in time.
#include <gtest/gtest.h>

#include <string>

#include "bgpd/latency/track.h"
#include "tests/unit/latency/clock.h"

namespace tern::latency {
namespace {

// Round trips of 20 to 24 ms at random seconds, of which 1 % are longer by 100 ms.
class Noise {
 public:
  Noise(std::uint32_t seed, std::uint32_t each_minute) : random_(seed), each_minute_(each_minute) {}

  // A second, with a step every ten. more: microseconds that all round trips are longer.
  std::string second(EgressCost more) {
    if (next() % kMinute < each_minute_) {
      const EgressCost outlier = next() % 100 == 0 ? 100'000 : 0;
      track.add(20'000 + next() % 4'000 + outlier + more, now);
    }
    const auto change = now % 10 == 0 ? track.step(&rules_, now) : Track::Change::None;
    ++now;
    if (change == Track::Change::None) return "";
    return change == Track::Change::Degraded ? "degraded;" : "recovered;";
  }
  std::string run(std::uint32_t seconds, EgressCost more) {
    std::string changes;
    for (std::uint32_t i = 0; i < seconds; ++i) changes += second(more);
    return changes;
  }
  std::uint32_t next() {
    random_ = random_ * 1664525U + 1013904223U;
    return random_ >> 8U;
  }

  std::uint32_t now = kStart;
  Track track{kStart};

 private:
  std::uint32_t random_;
  const std::uint32_t each_minute_;
  const DegradeRules rules_;
};

class NoiseTest : public testing::TestWithParam<std::uint32_t> {};

// A glitch an hour: for 20 seconds all round trips are longer by 200 ms.
TEST_P(NoiseTest, ADayOfOutliersAndGlitchesIsNoDegradation) {
  for (std::uint32_t seed = 1; seed <= 5; ++seed) {
    Noise noise(seed, GetParam());
    EXPECT_EQ(noise.run(4 * kHour, 0), "");
    ASSERT_TRUE(noise.track.baseline());
    for (int hour = 0; hour < 24; ++hour) {
      const std::uint32_t before = noise.next() % (kHour - 20);
      EXPECT_EQ(noise.run(before, 0), "") << "seed " << seed << ", hour " << hour;
      EXPECT_EQ(noise.run(20, 200'000), "") << "seed " << seed << ", hour " << hour;
      EXPECT_EQ(noise.run(kHour - 20 - before, 0), "") << "seed " << seed << ", hour " << hour;
    }
  }
}

TEST_P(NoiseTest, ALatencyThatIsLongerBy30MsIsFoundIn15Minutes) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    Noise noise(seed, GetParam());
    EXPECT_EQ(noise.run(4 * kHour + noise.next() % kHour, 0), "");
    EXPECT_EQ(noise.run(15 * kMinute, 30'000), "degraded;") << "seed " << seed;
    EXPECT_EQ(noise.run(30 * kMinute, 0), "recovered;") << "seed " << seed;
  }
}

// Round trips of a minute.
INSTANTIATE_TEST_SUITE_P(Rates, NoiseTest, testing::Values(6, 12, 30, 58));

}  // namespace
}  // namespace tern::latency
