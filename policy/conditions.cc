#include "policy/conditions.h"

#include <algorithm>

namespace tern::policy {
namespace {

bool in_any(const SetRefs<AsSet>& refs, Asn asn) {
  return std::any_of(refs.sets.begin(), refs.sets.end(),
                     [asn](const auto& set) { return set->contains(asn); });
}

}  // namespace

bool FamilyIs::holds(const View& view) const { return view.route.family == family; }

bool OriginIs::holds(const View& view) const { return view.attributes.origin == origin; }

bool RpkiIs::holds(const View& view) const {
  return ((states >> static_cast<unsigned>(view.answers.origin)) & 1U) != 0;
}

bool NumberIn::holds(const View& view) const {
  switch (what) {
    case What::LocalPref:
      return range.matches(view.attributes.local_pref.value_or(kDefaultLocalPref));
    case What::Med:
      return range.matches(view.attributes.med.value_or(0));  // RFC 4271 section 9.1.2.2 c
    case What::AsPathLength:
      return range.matches(view.attributes.as_path.length());
  }
  return false;
}

bool PlaceIn::holds(const View& view) const {
  const EgressInfo& egress = view.route.egress;
  // kNoPlace is no index of a name, so it is in no list.
  return std::binary_search(places.begin(), places.end(),
                            what == What::Metro ? egress.metro : egress.pop);
}

bool GroupIn::holds(const View& view) const {
  return std::binary_search(names.begin(), names.end(), view.peer.group);
}

bool PeerIn::holds(const View& view) const {
  return std::binary_search(names.begin(), names.end(), view.peer.name) ||
         (!view.peer.zoned_address.empty() &&
          std::binary_search(names.begin(), names.end(), view.peer.zoned_address)) ||
         std::binary_search(addresses.begin(), addresses.end(), view.peer.address);
}

bool AddressIn::holds(const View& view) const {
  return prefixes.contains(what == What::Peer ? view.peer.address
                                              : view.attributes.next_hop.global);
}

bool AsIn::holds(const View& view) const {
  const AsPath& path = view.attributes.as_path;
  if (what == What::Anywhere) {
    for (const AsSegment& segment : path.segments()) {
      for (const Asn asn : segment.asns) {
        if (in_any(refs, asn)) return true;
      }
    }
    return false;
  }
  const std::optional<Asn> asn = what == What::Origin ? path.origin() : path.neighbour();
  return asn && in_any(refs, *asn);
}

bool PrefixIn::contains(const Prefix& prefix) const {
  return std::any_of(refs.sets.begin(), refs.sets.end(),
                     [&prefix](const auto& set) { return set->contains(prefix); });
}

bool PrefixIn::holds(const View& view) const {
  const std::size_t number = view.first_question + question;
  if (number >= Answers::kMost) return contains(view.route.prefix);
  return ((view.answers.yes >> number) & 1U) != 0;
}

bool CommunityHas::holds(const View& view) const {
  const bool any = std::any_of(refs.sets.begin(), refs.sets.end(),
                               [&view](const auto& set) { return set->any(view.attributes); });
  return any == (what == What::Any);
}

bool CommunityHasAll::holds(const View& view) const {
  return std::all_of(each.begin(), each.end(), [&view](const CommunityMatcher& pattern) {
    return pattern.any(view.attributes);
  });
}

bool AsPathMatches::holds(const View& view) const {
  return regex->matches(view.attributes.as_path);
}

bool holds(const Condition& condition, const View& view) {
  return std::visit([&view](const auto& kind) { return kind.holds(view); }, condition);
}

}  // namespace tern::policy
