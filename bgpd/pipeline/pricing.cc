#include "bgpd/pipeline/pricing.h"

#include "bgpd/pipeline/attribute_sets.h"

namespace tern::pipeline {

Pricing::Result Pricing::price(rib::Rib& rib, rib::DestId id, const policy::CostChange& changed,
                               const policy::EgressCosts& costs, rib::ClientSet& starved) {
  Result result;
  rib::AttrTable& table = rib.attributes();
  const rib::Destination destination = rib.destination(id);
  for (std::size_t i = 0; i < destination.accepted; ++i) {
    const rib::Path& path = destination.paths[i];
    const EgressInfo place = table[path.effective()].egress();
    if (place.pop == kNoPlace || !changed.touches(place.pop, place.metro)) continue;
    result.touched = true;
    const EgressCost cost =
        costs.cost(place, measured_to(costs, destination.prefix, path, place.pop));
    if (cost == place.cost || rib.is_expired(id, i)) continue;
    const rib::AttrRef set = with_cost(table, path.effective(), cost);
    if (set == rib::AttrRef::None) {
      starved.insert(path.peer());
      continue;
    }
    revisions_.add(i, {destination.received(i), set, Reason::None, 0}, rib::AttrHandle(table, set));
  }
  result.priced = revisions_.apply(rib, id);
  return result;
}

}  // namespace tern::pipeline
