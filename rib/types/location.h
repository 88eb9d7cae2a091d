// Where: PoPs, metros and the cost between them. The numbers are indices into the configuration's
// lists and mean nothing outside the process; names travel in configuration and tables, and
// communities carry the numbers the configuration assigns.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace tern {

using PopId = std::uint16_t;
using MetroId = std::uint16_t;
inline constexpr std::uint16_t kNoPlace = 0xFFFF;

// Microseconds of round trip. kUnknownCost sorts behind every real cost.
using EgressCost = std::uint32_t;
inline constexpr EgressCost kUnknownCost = std::numeric_limits<EgressCost>::max();

// What Tern knows of a path beyond its attributes: where its users are, where it leaves the
// network and what that costs. Part of the interned set, so the decision reads it at no price.
struct EgressInfo {
  MetroId metro = kNoPlace;
  PopId pop = kNoPlace;
  EgressCost cost = kUnknownCost;
  friend constexpr auto operator<=>(const EgressInfo&, const EgressInfo&) = default;
};

}  // namespace tern
