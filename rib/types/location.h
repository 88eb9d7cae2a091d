// Places: PoPs, places of users, and the cost between them. The numbers are indices into the lists
// of the configuration and mean nothing outside the process. Configuration and tables have names;
// communities have the numbers that the configuration assigns.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace tern {

using PopId = std::uint16_t;
// Where users are. The metros of the configuration have the first numbers. The numbers behind them
// are of wider places: the surroundings of a PoP, a country, a region (policy/places.h).
using MetroId = std::uint16_t;
inline constexpr std::uint16_t kNoPlace = 0xFFFF;

// Microseconds of round trip. kUnknownCost sorts behind every real cost.
using EgressCost = std::uint32_t;
inline constexpr EgressCost kUnknownCost = std::numeric_limits<EgressCost>::max();
// The longest round trip of a measurement, and the most that an operator adds to a cost.
inline constexpr EgressCost kMostRoundTrip = 10'000'000;

// The metric of this host's route to a next hop, without a unit (RFC 4271 section 9.1.2.1).
using InteriorCost = std::uint32_t;

// Facts of a path beyond its attributes: the place of its users, the PoP where traffic leaves the
// network, and the cost between the two. Part of the interned set, so the decision process reads it
// without a look-up.
struct EgressInfo {
  MetroId metro = kNoPlace;
  PopId pop = kNoPlace;
  EgressCost cost = kUnknownCost;  // `added` included
  EgressCost added = 0;            // what the operator of the exit adds to the round trip
  friend constexpr auto operator<=>(const EgressInfo&, const EgressInfo&) = default;
};

// How the place of a path's users was found.
enum class LocationSource : std::uint8_t {
  None,     // not looked for: the path is our own, or there is no nearest-edge egress
  Unknown,  // looked for, and not found
  Tag,      // a community of the partner, by its dictionary
  Geofeed,  // the entry of a geofeed that covers the prefix (RFC 8805)
  Default,  // the place that the configuration gives to the partner
  Pop,      // a community of another PoP of ours
  kCount
};
inline constexpr std::size_t kLocationSourceCount =
    static_cast<std::size_t>(LocationSource::kCount);
[[nodiscard]] std::string_view to_string(LocationSource source);  // "tag"; "" for None

}  // namespace tern
