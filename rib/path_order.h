// The paths of a destination in an order of preference: the order that the RIB keeps, or the order
// at a vantage, whose egress costs differ.
//
// The RIB stores the order of the daemon itself (rib/decision.h). At a vantage the decision process
// compares other egress costs, and everything else is equal; that order is made when it is needed
// and not stored. Used by one thread; reuses its scratch memory.
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

  // 0, 1, 2 and so on: the order that the RIB keeps.
  [[nodiscard]] Indices stored(std::uint32_t accepted);
  // The accepted paths by the decision process of rib.config(), with these egress costs, one for
  // each accepted path, instead of their own.
  [[nodiscard]] Indices by_costs(const Rib& rib, const Destination& destination,
                                 std::span<const EgressCost> costs);
  // The candidates that by_costs() compares, in its order; for explain. Valid until the next call.
  // The result of by_costs() stays valid.
  [[nodiscard]] std::span<const Candidate> candidates(const Rib& rib,
                                                      const Destination& destination,
                                                      std::span<const EgressCost> costs);

 private:
  std::vector<std::uint32_t> stored_;
  std::vector<std::uint32_t> indices_;
  std::vector<Candidate> candidates_;
};

}  // namespace tern::rib
