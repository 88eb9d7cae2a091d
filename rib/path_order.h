// The paths of a destination in an order of preference: the one the RIB keeps, or the one of a
// place from where leaving the network costs something else.
//
// The RIB stores the order of the daemon itself (rib/decision.h). Clients elsewhere compare other
// egress costs at the same step, and everything else alike; their order is made when it is needed
// and kept nowhere. One object serves one thread, with scratch memory that it uses again.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rib/rib.h"

namespace tern::rib {

class PathOrder {
 public:
  // Indices into Destination::paths, the most preferred first; valid until the next call.
  using Indices = std::span<const std::uint32_t>;

  // 0, 1, 2 and so on: the order the RIB keeps.
  [[nodiscard]] Indices stored(std::uint32_t accepted);
  // The accepted paths by the decision process of rib.config(), with these egress costs, one for
  // each accepted path, in the place of theirs.
  [[nodiscard]] Indices by_costs(const Rib& rib, const Destination& destination,
                                 std::span<const EgressCost> costs);
  // What by_costs() compares, in its order; for explain. Valid until the next call, and leaves
  // valid what by_costs() returned.
  [[nodiscard]] std::span<const Candidate> candidates(const Rib& rib,
                                                      const Destination& destination,
                                                      std::span<const EgressCost> costs);

 private:
  std::vector<std::uint32_t> stored_;
  std::vector<std::uint32_t> indices_;
  std::vector<Candidate> candidates_;
};

}  // namespace tern::rib
