// Distances on the globe and the costs made of them.

#include <gtest/gtest.h>

#include <cmath>

#include "policy/egress.h"

namespace tern::policy {
namespace {

constexpr GeoPoint kHeathrow{51.4700, -0.4543};
constexpr GeoPoint kKennedy{40.6398, -73.7789};
constexpr GeoPoint kSchiphol{52.3086, 4.7639};
constexpr GeoPoint kSingapore{1.3502, 103.9944};
constexpr GeoPoint kSydney{-33.9461, 151.1772};
constexpr GeoPoint kNarita{35.7647, 140.3864};
constexpr GeoPoint kLosAngeles{33.9425, -118.4081};

double off_by(double value, double known) { return std::fabs(value - known) / known; }

// Great-circle distances of air routes, in kilometres.
TEST(GreatCircle, KnownDistancesWithinOnePercent) {
  EXPECT_LT(off_by(great_circle_km(kHeathrow, kKennedy), 5540), 0.01);
  EXPECT_LT(off_by(great_circle_km(kSchiphol, kHeathrow), 370), 0.01);
  EXPECT_LT(off_by(great_circle_km(kSingapore, kSydney), 6300), 0.01);
  EXPECT_LT(off_by(great_circle_km(kNarita, kLosAngeles), 8750), 0.01);  // across the date line
}

TEST(GreatCircle, TheShapeOfTheGlobe) {
  const double quarter = 10007.56;  // of the mean circumference
  EXPECT_NEAR(great_circle_km({0, 0}, {0, 90}), quarter, 0.1);
  EXPECT_NEAR(great_circle_km({0, 0}, {90, 0}), quarter, 0.1);
  EXPECT_NEAR(great_circle_km({0, 0}, {0, 180}), 2 * quarter, 0.1);
  EXPECT_NEAR(great_circle_km({90, 0}, {-90, 77}), 2 * quarter, 0.1);
  EXPECT_NEAR(great_circle_km({0, -180}, {0, 180}), 0, 0.001);
  EXPECT_NEAR(great_circle_km({60, 0}, {60, 0.001}), 0.0556, 0.0001);  // no loss nearby
  EXPECT_EQ(great_circle_km(kSydney, kSydney), 0);
  EXPECT_DOUBLE_EQ(great_circle_km(kSydney, kNarita), great_circle_km(kNarita, kSydney));
}

TEST(EstimatedCost, IsTheFloorPlusTheWay) {
  EXPECT_EQ(estimated_cost(kSydney, kSydney), kLastMileMicroseconds);
  const double km = great_circle_km(kHeathrow, kKennedy);
  EXPECT_NEAR(estimated_cost(kHeathrow, kKennedy), 1000 + 15 * km, 1);
  // Never below what light in fibre needs, some 10 µs of round trip per kilometre.
  EXPECT_GT(estimated_cost(kHeathrow, kKennedy), 10 * km);
  EXPECT_LT(estimated_cost({0, 0}, {0, 180}), 350000U);  // no place is farther
}

}  // namespace
}  // namespace tern::policy
