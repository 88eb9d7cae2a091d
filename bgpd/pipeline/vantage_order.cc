#include "bgpd/pipeline/vantage_order.h"

namespace tern::pipeline {

rib::PathOrder::Indices VantageOrder::at(const policy::Egress* egress, PopId vantage,
                                         const rib::Rib& rib, const rib::Destination& destination) {
  if (vantage == kNoPlace || destination.accepted < 2) return order_.stored(destination.accepted);
  set_costs(*egress, vantage, rib, destination);
  return order_.by_costs(rib, destination, costs_);
}

std::span<const rib::Candidate> VantageOrder::candidates(const policy::Egress& egress,
                                                         PopId vantage, const rib::Rib& rib,
                                                         const rib::Destination& destination) {
  set_costs(egress, vantage, rib, destination);
  return order_.candidates(rib, destination, costs_);
}

void VantageOrder::set_costs(const policy::Egress& egress, PopId vantage, const rib::Rib& rib,
                             const rib::Destination& destination) {
  costs_.clear();
  for (const rib::Path& path : destination.paths.first(destination.accepted)) {
    const EgressInfo place = rib.attributes()[path.effective()].egress();
    costs_.push_back(egress.cost_from(vantage, place.pop, place.metro));
  }
}

}  // namespace tern::pipeline
