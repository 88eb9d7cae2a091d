#include "bgpd/pipeline/contribution.h"

#include <algorithm>

#include "bgpd/pipeline/attribute_sets.h"
#include "policy/vrp_table.h"

namespace tern::pipeline {

bool has_route_of_neighbor(const rib::Rib& rib, rib::DestId id, const rib::ClientSet* slots) {
  const rib::Destination destination = rib.destination(id);
  for (std::size_t i = 0; i < destination.accepted; ++i) {
    const PeerSlot slot = destination.paths[i].peer();
    if (slot == kOwnSlot || rib.is_expired(id, i)) continue;
    if (slots == nullptr || slots->contains(slot)) return true;
  }
  return false;
}

bool contributes(const rib::Rib& rib, rib::DestId id, const ContributionRules& rules) {
  const rib::Destination destination = rib.destination(id);
  const rib::Path* const best = destination.best();
  if (best == nullptr || rib.is_expired(id, 0)) return false;
  const bool own = best->peer() == kOwnSlot;
  if (own && std::ranges::binary_search(rules.aggregates, destination.prefix)) return false;
  if (rules.match.empty()) return true;
  const rib::AttributeSet set = read(rib.attributes()[best->effective()]);
  const policy::Answers answers =
      rules.match.ask({destination.prefix, rules.vrps,
                       policy::validated_origin(set.attributes.as_path, rules.asn)});
  PathAttributes changed = set.attributes;
  return rules.match
      .evaluate({destination.prefix, set.attributes, set.egress, destination.family, own}, answers,
                {}, changed)
      .accept;
}

}  // namespace tern::pipeline
