// The order in which clients at a vantage prefer the paths of a destination: the decision process
// with what it costs from there to leave the network (docs/adr/0012-vantages.md).
//
// One object serves one thread, with scratch memory that it uses again.
#pragma once

#include <span>
#include <vector>

#include "policy/egress.h"
#include "rib/path_order.h"

namespace tern::pipeline {

class VantageOrder {
 public:
  // Of the accepted paths. Without a vantage (kNoPlace; the egress is not looked at) it is the
  // order that the RIB keeps. Valid until the next call.
  [[nodiscard]] rib::PathOrder::Indices at(const policy::Egress* egress, PopId vantage,
                                           const rib::Rib& rib,
                                           const rib::Destination& destination);
  // What at() compares from a vantage, in its order; for explain. Valid until the next call, and
  // leaves valid what at() returned.
  [[nodiscard]] std::span<const rib::Candidate> candidates(const policy::Egress& egress,
                                                           PopId vantage, const rib::Rib& rib,
                                                           const rib::Destination& destination);

 private:
  void set_costs(const policy::Egress& egress, PopId vantage, const rib::Rib& rib,
                 const rib::Destination& destination);

  rib::PathOrder order_;
  std::vector<EgressCost> costs_;
};

}  // namespace tern::pipeline
