// The stated error of quantiles, for every value, and the bound of a sketch's memory.
#include "bgpd/latency/sketch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace tern::latency {
namespace {

double error_of(EgressCost value) {
  const double shown = value_of(bucket_of(value));
  return std::abs(shown - value) / value;
}

TEST(Sketch, EachValueIsExactToTheStatedError) {
  double worst = 0;
  for (EgressCost value = kShortest; value <= 20'000; ++value) {
    worst = std::max(worst, error_of(value));
  }
  for (EgressCost value = 20'000; value <= kMostRoundTrip; value += 7) {
    worst = std::max(worst, error_of(value));
  }
  worst = std::max(worst, error_of(kMostRoundTrip));
  EXPECT_LE(worst, kRelativeError);
  EXPECT_GE(worst, 0.02) << "smaller ranges would cost memory for nothing";
}

TEST(Sketch, RangesAreInOrderAndAllAreUsed) {
  EXPECT_EQ(bucket_of(1), 0);
  EXPECT_EQ(bucket_of(kShortest), 0);
  EXPECT_EQ(value_of(0), kShortest);
  EXPECT_EQ(bucket_of(kMostRoundTrip), kBuckets - 1);
  EXPECT_EQ(bucket_of(UINT32_MAX), kBuckets - 1);
  for (std::size_t i = 1; i < kBuckets; ++i) {
    const auto bucket = static_cast<Bucket>(i);
    EXPECT_EQ(bucket_of(value_of(bucket)), bucket);
    EXPECT_GT(value_of(bucket), value_of(static_cast<Bucket>(i - 1)));
  }
}

TEST(Sketch, QuantilesAreThoseOfTheSortedValues) {
  std::vector<EgressCost> values;
  Sketch sketch;
  std::uint32_t random = 12345;
  for (int i = 0; i < 10'000; ++i) {
    random = random * 1664525U + 1013904223U;
    values.push_back(2'000 + (random >> 8U) % 300'000);
    sketch.add(bucket_of(values.back()));
  }
  std::ranges::sort(values);
  SketchSum sum;
  sketch.add_to(sum);
  EXPECT_EQ(sum.count(), values.size());
  for (const double share : {0.01, 0.5, 0.9, 0.95, 0.99, 1.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * 10'000)) - 1;
    const double exact = values[rank];
    EXPECT_NEAR(value_of(sum.quantile(share)), exact, exact * kRelativeError) << share;
  }
}

TEST(Sketch, OneValueIsEveryQuantile) {
  Sketch sketch;
  sketch.add(bucket_of(21'000));
  SketchSum sum;
  sketch.add_to(sum);
  EXPECT_EQ(sum.quantile(0.01), bucket_of(21'000));
  EXPECT_EQ(sum.quantile(1.0), bucket_of(21'000));
}

TEST(Sketch, MemoryIsBounded) {
  Sketch sketch;
  EXPECT_EQ(sketch.octets(), 0U);
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = kBuckets; i-- > 0;) sketch.add(static_cast<Bucket>(i));
  }
  EXPECT_EQ(sketch.octets(), Sketch::kMostOctets);
  SketchSum sum;
  sketch.add_to(sum);
  EXPECT_EQ(sum.count(), 3 * kBuckets);
  sketch.clear();
  EXPECT_TRUE(sketch.empty());
  EXPECT_EQ(sketch.octets(), Sketch::kMostOctets);
}

TEST(Sketch, AFullCountStays) {
  Sketch sketch;
  for (std::uint32_t i = 0; i < Sketch::kMostCount + 10; ++i) sketch.add(7);
  sketch.add(8);
  SketchSum sum;
  sketch.add_to(sum);
  EXPECT_EQ(sum.count(), std::uint64_t{Sketch::kMostCount} + 1);
  EXPECT_EQ(sum.quantile(0.5), 7);
}

}  // namespace
}  // namespace tern::latency
