// The results of our own probes to a metro, a PoP or a prefix. A plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "rib/types/location.h"

namespace tern::session {

struct ProbedPlace {
  std::string to;  // its name, or the prefix
  // A new measurement, microseconds: the shortest round trip to a target there.
  std::optional<EgressCost> shortest;
  // The last probes to each target there that were sent and ended, at most 16 of each.
  std::uint32_t recent = 0;
  std::uint32_t recently_lost = 0;  // of them
};

}  // namespace tern::session
