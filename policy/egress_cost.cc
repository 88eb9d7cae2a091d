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

EgressCost shortest_round_trip(GeoPoint a, GeoPoint b) {
  const double beyond = std::max(great_circle_km(a, b) - kPlaceKm, 0.0);
  return static_cast<EgressCost>(beyond * kLightMicrosecondsPerKm);
}

EgressCost Egress::shortest_round_trip(const CostPair& pair) const {
  const GeoPoint to = pair.backbone ? pop(pair.to).location : metro(pair.to).location;
  return policy::shortest_round_trip(pop(pair.from).location, to);
}

void Egress::note_digests() {
  for (PopId from = 0; from < pop_count(); ++from) {
    Hasher hasher;
    hasher.add(std::as_bytes(std::span(pop(from).name)));
    for (MetroId to = 0; to < metro_count(); ++to) {
      hasher.add(std::as_bytes(std::span(metro(to).name)));
      hasher.add(costs_->cell({from, to, false}).cost);
    }
    for (PopId to = 0; to < pop_count(); ++to) {
      hasher.add(std::as_bytes(std::span(pop(to).name)));
      hasher.add(costs_->cell({from, to, true}).cost);
    }
    digests_.push_back(static_cast<std::uint32_t>(hasher.result()));
  }
}

}  // namespace tern::policy
