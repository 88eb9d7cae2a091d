#include "bgpd/api/explain_words.h"

#include <array>
#include <string_view>

#include "bgpd/api/route_view.h"

namespace tern::api {

using rib::Step;

namespace {

// "the first", "the second": of places from 0 on.
std::string ordinal(std::size_t place) {
  constexpr std::array<std::string_view, 4> kWords{"first", "second", "third", "fourth"};
  if (place < kWords.size()) return "the " + std::string(kWords[place]);
  return "the " + std::to_string(place + 1) + "th";
}

std::string partner_text(std::size_t place, const policy::Registration& of) {
  if (of.partners.empty()) return {};
  if (place >= of.partners.size()) return "no partner";
  return "AS " + std::to_string(of.partners[place]) + ", " + ordinal(place) + " partner";
}

std::string pop_text(std::size_t place, const policy::Registration& of) {
  if (of.primary_pop.empty()) return {};
  if (place == 0) return "at " + of.primary_pop + ", the primary PoP";
  if (place > of.backup_pops.size()) return "at no PoP of the registration";
  return "at " + of.backup_pops[place - 1] + ", " + ordinal(place - 1) + " backup PoP";
}

}  // namespace

std::string step_name(Step step) {
  switch (step) {
    case Step::OnlyPath:
      return "only path";
    case Step::Own:
      return "own network";
    case Step::Pin:
      return "pin";
    case Step::LocalPref:
      return "local preference";
    case Step::EgressCost:
      return "egress cost";
    case Step::Aigp:
      return "AIGP metric";
    case Step::AsPathLength:
      return "AS path length";
    case Step::Origin:
      return "origin";
    case Step::Med:
      return "MED";
    case Step::EbgpOverIbgp:
      return "eBGP over iBGP";
    case Step::InteriorCost:
      return "interior cost";
    case Step::RouterId:
      return "router id";
    case Step::ClusterListLength:
      return "cluster list length";
    case Step::PeerAddress:
      return "neighbor address";
    case Step::PathId:
      return "path id";
    case Step::kCount:
      break;
  }
  return "";
}

std::string pin_text(PinRank rank, const policy::Registration* registration) {
  if (registration == nullptr) return "not registered";
  if (rank == kNoPin) {
    const bool orders = !registration->partners.empty() || !registration->primary_pop.empty();
    return orders ? "without a rank" : "no order";
  }
  std::string text;
  const auto add = [&text](const std::string& part) {
    if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
  };
  if (is_last_resort(rank)) add("last resort");
  if (is_leaving(rank)) add("leaving");
  add(partner_text(partner_of(rank), *registration));
  add(pop_text(pop_of(rank), *registration));
  return text;
}

std::string cost_source(const policy::EgressCosts& costs, const EgressInfo& place,
                        const Prefix* prefix) {
  if (prefix != nullptr) {
    const auto measured = costs.measurement_to(*prefix, place.pop);
    if (measured) return "measured for " + measured->prefix.to_string();
  }
  return costs.measured(place.pop, place.metro) ? "measured" : "estimated";
}

std::string place_text(const policy::Egress& egress, const EgressInfo& place,
                       const std::string& source) {
  std::string text = cost_text(place.cost);
  const bool has_place = place.metro != kNoPlace;
  if (!has_place && place.cost == kUnknownCost) return text + " (no location)";
  const bool leaves = place.pop != kNoPlace;
  text += " (" + (leaves ? egress.pop(place.pop).name : std::string("?")) + " to " +
          (has_place ? egress.places().label(place.metro) : std::string("an unknown place"));
  if (leaves) text += ", " + source;
  if (place.added != 0) text += ", " + cost_text(place.added) + " of it added";
  return text + ")";
}

std::string aigp_text(const rib::DecisionKey& key) {
  if (key.aigp == rib::DecisionKey{}.aigp) return "none";
  if (key.interior_cost == 0) return std::to_string(key.aigp);
  return std::to_string(rib::accumulated_aigp(key.aigp, key.interior_cost)) + " (" +
         std::to_string(key.interior_cost) + " of it to the next hop)";
}

std::string value_text(Step step, const rib::Candidate& path, const EgressInfo& place,
                       const policy::Egress& egress, const std::string& source) {
  const rib::DecisionKey& key = path.key;
  switch (step) {
    case Step::Own:
      return path.peer->kind == PeerKind::Own ? "own" : "learned";
    case Step::LocalPref:
      return std::to_string(key.local_pref);
    case Step::EgressCost:
      return place_text(egress, place, source);
    case Step::Aigp:
      return aigp_text(key);
    case Step::AsPathLength:
      return std::to_string(key.as_path_length);
    case Step::Origin:
      return std::string(to_string(key.origin));
    case Step::Med:
      return key.med != 0 ? std::to_string(key.med) : "none (0)";
    case Step::EbgpOverIbgp:
      return is_ibgp(path.peer->kind) ? "iBGP" : "eBGP";
    case Step::InteriorCost:
      return std::to_string(key.interior_cost);
    case Step::RouterId:
      return key.originator != 0 ? IpAddress::v4(key.originator).to_string() + " (originator)"
                                 : IpAddress::v4(path.peer->router_id).to_string();
    case Step::ClusterListLength:
      return std::to_string(key.cluster_list_length);
    case Step::PeerAddress:
      return path.peer->address.to_string();
    case Step::PathId:
      return std::to_string(path.path_id);
    case Step::OnlyPath:
    case Step::Pin:
    case Step::kCount:
      break;
  }
  return "";
}

std::string next_hop_advice(Family family, const IpAddress& next_hop, bool own,
                            const pipeline::SessionFacts& facts,
                            const pipeline::ExportRules& rules) {
  const bool v6 = row(family).version == IpVersion::V6;
  const IpAddress& ours = v6 ? facts.local_address_v6 : facts.local_address_v4;
  const bool writes_ours = own || (facts.kind != PeerKind::RouteServerClient &&
                                   (rules.next_hop_self || !is_ibgp(facts.kind)));
  if (ours.is_unspecified() && (writes_ours || next_hop.is_link_local())) {
    return std::string("the interface of ") + facts.local_address.to_string() + " has no " +
           (v6 ? "IPv6" : "IPv4") +
           " address to be its next hop; set next_hop_address, or add an address and reset the "
           "session";
  }
  return "a next hop of " + next_hop.to_string() + " is none for " + (v6 ? "IPv6" : "IPv4") +
         " routes there; next_hop_self or a policy may set another" +
         (v6 ? "" : ", and extended_next_hop allows IPv6 ones");
}

std::string route_filter_advice(const policy::RouteFilter& filter) {
  const std::size_t size = filter.communities().size();
  if (size == 0) return "its route filter passes no route";
  std::string text = size == 1 ? "the path does not have " : "the path has none of ";
  constexpr std::size_t kMostNamed = 8;
  for (std::size_t i = 0; i < size && i < kMostNamed; ++i) {
    text += (i == 0 ? "" : ", ") + filter.communities()[i].text;
  }
  if (size > kMostNamed) text += " and " + std::to_string(size - kMostNamed) + " more";
  return text + ", the route filter of the neighbor";
}

std::string export_text(const pipeline::ExportVerdict& verdict, const PathAttributes& attributes,
                        const std::string& name) {
  std::string text;
  if (verdict.withheld == pipeline::Withheld::No) {
    text = "told to " + name + " with next hop " + attributes.next_hop.global.to_string() +
           ", AS path " + (attributes.as_path.empty() ? "empty" : attributes.as_path.to_string());
    if (attributes.med) text += ", MED " + std::to_string(*attributes.med);
    if (attributes.aigp) text += ", AIGP " + std::to_string(*attributes.aigp);
  } else {
    text = "withheld from " + name + " (" + std::string(to_string(verdict.withheld)) + ")";
  }
  return text;
}

std::string policy_text(const policy::Verdict& verdict) {
  if (verdict.policy.empty()) return {};
  std::string text =
      ", policy " + std::string(verdict.policy) + " term " + std::string(verdict.term);
  if (!verdict.reject_reason.empty()) text += ": " + std::string(verdict.reject_reason);
  return text;
}

}  // namespace tern::api
