// Places: PoPs, metros and the cost between them. The numbers are indices into the lists of the
// configuration and mean nothing outside the process. Configuration and tables have names;
// communities have the numbers that the configuration assigns.
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

// Facts of a path beyond its attributes: the metro of its users, the PoP where traffic leaves the
// network, and the cost between the two. Part of the interned set, so the decision process reads it
// without a look-up.
struct EgressInfo {
  MetroId metro = kNoPlace;
  PopId pop = kNoPlace;
  EgressCost cost = kUnknownCost;
  friend constexpr auto operator<=>(const EgressInfo&, const EgressInfo&) = default;
};

}  // namespace tern
