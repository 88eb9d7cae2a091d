// Estimates the round trip between two places on the globe.

#include <algorithm>
#include <cmath>

#include "policy/egress.h"

namespace tern::policy {
namespace {

constexpr double kEarthRadiusKm = 6371.0088;  // IUGG mean radius R1
constexpr double kRadiansPerDegree = 3.14159265358979323846 / 180.0;

}  // namespace

// Haversine; exact on a sphere, within 0.6 % on the Earth.
double great_circle_km(GeoPoint a, GeoPoint b) {
  const double latitude_a = a.latitude * kRadiansPerDegree;
  const double latitude_b = b.latitude * kRadiansPerDegree;
  const double half_latitude = (latitude_b - latitude_a) / 2;
  const double half_longitude = (b.longitude - a.longitude) * kRadiansPerDegree / 2;
  const double haversine =
      std::pow(std::sin(half_latitude), 2) +
      std::cos(latitude_a) * std::cos(latitude_b) * std::pow(std::sin(half_longitude), 2);
  // Rounding may leave [0, 1] by the last bit near antipodes.
  return 2 * kEarthRadiusKm * std::asin(std::sqrt(std::clamp(haversine, 0.0, 1.0)));
}

EgressCost estimated_cost(GeoPoint a, GeoPoint b) {
  const double microseconds = great_circle_km(a, b) * kRttMicrosecondsPerKm;
  return kLastMileMicroseconds + static_cast<EgressCost>(std::lround(microseconds));
}

}  // namespace tern::policy
