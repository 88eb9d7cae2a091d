// The order in which clients at a vantage prefer the paths of a destination: the decision process
// with the egress costs from that vantage (docs/adr/0012-vantages.md).
//
// Used by one thread; reuses its scratch memory.
#pragma once

#include <span>
#include <vector>

#include "policy/egress_costs.h"
#include "rib/path_order.h"

namespace tern::pipeline {

class VantageOrder {
 public:
  // The order of the accepted paths. Without a vantage (kNoPlace, costs are not used) it is the
  // order that the RIB keeps. Paths that are a last resort (rib/types/pin.h) are in it only where
  // the best path is one, and then only the best: no client gets such a path beside others, or in
  // place of others that it may not have. Valid until the next call.
  [[nodiscard]] rib::PathOrder::Indices at(const policy::EgressCosts* costs, PopId vantage,
                                           const rib::Rib& rib,
                                           const rib::Destination& destination);
  // The candidates that at() compares for a vantage, in its order; for explain. Valid until the
  // next call. The result of at() stays valid.
  [[nodiscard]] std::span<const rib::Candidate> candidates(const policy::EgressCosts& costs,
                                                           PopId vantage, const rib::Rib& rib,
                                                           const rib::Destination& destination);

 private:
  void set_costs(const policy::EgressCosts& costs, PopId vantage, const rib::Rib& rib,
                 const rib::Destination& destination);

  rib::PathOrder order_;
  std::vector<EgressCost> costs_;
};

}  // namespace tern::pipeline
