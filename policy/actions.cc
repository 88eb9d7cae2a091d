#include "policy/actions.h"

#include <algorithm>
#include <limits>

namespace tern::policy {
namespace {

std::uint32_t changed(const SetNumber& change, std::uint32_t before) {
  constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();
  switch (change.op) {
    case SetNumber::Op::Set:
      return change.value;
    case SetNumber::Op::Add:
      return change.value > kMost - before ? kMost : before + change.value;
    case SetNumber::Op::Subtract:
      return change.value > before ? 0 : before - change.value;
    case SetNumber::Op::EgressCost:
      break;
  }
  return before;
}

// Nothing: the action has no effect.
std::optional<std::uint32_t> changed(const SetNumber& change, std::uint32_t before,
                                     EgressCost cost) {
  if (change.op != SetNumber::Op::EgressCost) return changed(change, before);
  if (cost == kUnknownCost) return std::nullopt;
  return cost / change.value;
}

// RFC 4760 section 3 and RFC 8950: IPv4 prefixes may have an IPv6 next hop, never the reverse.
void set_next_hop(const IpAddress& address, Family family, PathAttributes& attributes) {
  if (address.is_v4() && row(family).version == IpVersion::V6) return;
  // The link-local address belonged to the replaced next hop (RFC 2545 section 3).
  attributes.next_hop = {address, std::nullopt};
}

template <typename Value>
void remove_matching(const SetRefs<CommunityMatcher>& patterns, std::vector<Value>& communities) {
  const auto matched = [&patterns](const Value& community) {
    return std::any_of(patterns.sets.begin(), patterns.sets.end(),
                       [&community](const auto& set) { return set->matches(community); });
  };
  communities.erase(std::remove_if(communities.begin(), communities.end(), matched),
                    communities.end());
}

template <typename Value>
void add_missing(const std::vector<Value>& added, std::vector<Value>& communities) {
  for (const Value& community : added) {
    const auto place = std::lower_bound(communities.begin(), communities.end(), community);
    if (place == communities.end() || *place != community) communities.insert(place, community);
  }
}

void apply_communities(const Actions& actions, PathAttributes& attributes) {
  if (!actions.remove.sets.empty()) {
    remove_matching(actions.remove, attributes.communities);
    remove_matching(actions.remove, attributes.extended_communities);
    remove_matching(actions.remove, attributes.large_communities);
  }
  if (actions.clear_communities) {
    attributes.communities.clear();
    attributes.extended_communities.clear();
    attributes.ipv6_extended_communities.clear();
    attributes.large_communities.clear();
  }
  add_missing(actions.add_standard, attributes.communities);
  add_missing(actions.add_extended, attributes.extended_communities);
  add_missing(actions.add_large, attributes.large_communities);
}

}  // namespace

void apply(const Actions& actions, const Route& route, const PeerFacts& peer,
           PathAttributes& attributes) {
  if (actions.local_pref) {
    attributes.local_pref =
        changed(*actions.local_pref, attributes.local_pref.value_or(kDefaultLocalPref));
  }
  if (actions.med) {
    const auto med = changed(*actions.med, attributes.med.value_or(0), route.egress.cost);
    if (med) attributes.med = med;
  }
  if (actions.clear_med) attributes.med.reset();
  if (actions.aigp) {
    if (const auto aigp = changed(*actions.aigp, 0, route.egress.cost)) attributes.aigp = aigp;
  }
  if (actions.origin) attributes.origin = *actions.origin;
  if (actions.next_hop) set_next_hop(*actions.next_hop, route.family, attributes);
  if (actions.next_hop_self) {
    const bool other_family =
        row(route.family).version == IpVersion::V6 && peer.local_address.is_v4();
    set_next_hop(other_family ? peer.local_address_v6 : peer.local_address, route.family,
                 attributes);
  }
  if (actions.prepend) {
    attributes.as_path.prepend(actions.prepend->asn.value_or(peer.local_asn),
                               actions.prepend->times);
  }
  apply_communities(actions, attributes);
}

}  // namespace tern::policy
