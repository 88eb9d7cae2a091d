#include "bgpd/pipeline/vantage_order.h"

#include <algorithm>

#include "bgpd/pipeline/pricing.h"

namespace tern::pipeline {
namespace {

bool is_last(const rib::Path& path) { return tern::is_last_resort(rib::pin_of(path.digest())); }

// The paths that are a last resort are the last ones of every order.
rib::PathOrder::Indices without_last_resort(const rib::Destination& destination,
                                            rib::PathOrder::Indices order) {
  if (order.size() < 2 || !is_last(destination.paths[order.back()])) return order;
  const auto first =
      std::ranges::find_if(order, [&](std::uint32_t i) { return is_last(destination.paths[i]); });
  const auto others = static_cast<std::size_t>(first - order.begin());
  return order.first(std::max<std::size_t>(others, 1));
}

}  // namespace

rib::PathOrder::Indices VantageOrder::at(const policy::EgressCosts* costs, PopId vantage,
                                         const rib::Rib& rib, const rib::Destination& destination) {
  if (vantage == kNoPlace || destination.accepted < 2) {
    return without_last_resort(destination, order_.stored(destination.accepted));
  }
  set_costs(*costs, vantage, rib, destination);
  return without_last_resort(destination, order_.by_costs(rib, destination, costs_));
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
