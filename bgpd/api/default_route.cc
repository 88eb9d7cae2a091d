#include "bgpd/api/default_route.h"

#include "bgpd/pipeline/own_path.h"

namespace tern::api {

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

DefaultRouteState default_route_state(const session::Peer& peer, Family family) {
  PathAttributes attributes;
  const pipeline::ExportRules rules = peer.export_rules();
  if (rules.default_route == nullptr) {
    return {false, "withheld from " + peer.settings().name + ": the condition " +
                       peer.settings().default_route_when + " does not hold"};
  }
  const pipeline::ExportVerdict verdict =
      pipeline::export_default_route(family, peer.import()->facts(), rules, attributes);
  return {verdict.withheld == pipeline::Withheld::No,
          export_text(verdict, attributes, peer.settings().name) + policy_text(verdict.policy)};
}

void show_default_routes(const session::Peer& peer, proto::Neighbor& shown) {
  if (peer.settings().exported.default_route == nullptr || peer.adj_rib_out() == nullptr) return;
  for (const Family family : pipeline::kDefaultRouteFamilies) {
    if (!peer.import()->facts().families.contains(family)) continue;
    shown.add_default_routes(pipeline::default_route(family).prefix.to_string() + ": " +
                             default_route_state(peer, family).text);
  }
}

}  // namespace tern::api
