#include "bgpd/pipeline/vantage_order.h"

#include "bgpd/pipeline/pricing.h"

namespace tern::pipeline {

rib::PathOrder::Indices VantageOrder::at(const policy::EgressCosts* costs, PopId vantage,
                                         const rib::Rib& rib, const rib::Destination& destination) {
  if (vantage == kNoPlace || destination.accepted < 2) return order_.stored(destination.accepted);
  set_costs(*costs, vantage, rib, destination);
  return order_.by_costs(rib, destination, costs_);
}

std::span<const rib::Candidate> VantageOrder::candidates(const policy::EgressCosts& costs,
                                                         PopId vantage, const rib::Rib& rib,
                                                         const rib::Destination& destination) {
  set_costs(costs, vantage, rib, destination);
  return order_.candidates(rib, destination, costs_);
}

void VantageOrder::set_costs(const policy::EgressCosts& costs, PopId vantage, const rib::Rib& rib,
                             const rib::Destination& destination) {
  costs_.clear();
  for (const rib::Path& path : destination.paths.first(destination.accepted)) {
    const EgressInfo place = rib.attributes()[path.effective()].egress();
    costs_.push_back(
        costs.cost_from(vantage, place, measured_to(costs, destination.prefix, path, place.pop)));
  }
}

}  // namespace tern::pipeline
