#include "bgpd/api/own_words.h"

#include "bgpd/api/explain_words.h"
#include "bgpd/pipeline/own_path.h"
#include "bgpd/session/peer.h"

namespace tern::api {
namespace {

// Null: none of the configuration.
const session::OwnNetwork* find_network(const session::Speaker& speaker, const Nlri& nlri) {
  if (nlri != unicast(nlri.prefix)) return nullptr;
  return session::find_network(speaker.settings(), nlri.prefix);
}

}  // namespace

std::string withheld_network(const session::Speaker& speaker, const Nlri& nlri) {
  const session::OwnNetwork* const found = find_network(speaker, nlri);
  if (found == nullptr) return {};
  const auto wanted = speaker.is_wanted(*found);
  if (wanted.value_or(false)) return {};
  const std::string name = own_route_name(speaker, nlri);
  const auto holds = speaker.condition_holds(found->when);
  if (holds == std::optional(false)) {
    return "; " + name + " is withheld: the condition " + found->when + " does not hold";
  }
  if (!holds) {
    return "; whether the condition " + found->when + " of " + name + " holds is not known yet";
  }
  if (!wanted) return "; whether a route contributes to " + name + " is not known yet";
  return "; " + name + " is withheld: no route contributes";
}

std::string own_route_name(const session::Speaker& speaker, const Nlri& nlri) {
  const session::OwnNetwork* const network = find_network(speaker, nlri);
  return network != nullptr && network->aggregate != nullptr ? "our aggregate" : "our own network";
}

bool has_default_route(const session::Peer& peer, const Nlri& nlri) {
  return peer.settings().exported.default_route != nullptr && pipeline::is_default_route(nlri) &&
         peer.adj_rib_out() != nullptr && peer.import()->facts().families.contains(nlri.family);
}

DefaultRouteState default_route_state(const session::Speaker& speaker, const session::Peer& peer,
                                      Family family) {
  PathAttributes attributes;
  const pipeline::ExportRules rules = peer.export_rules();
  if (rules.default_route == nullptr) {
    const std::string& when = peer.settings().default_route_when;
    const std::string why = speaker.condition_holds(when)
                                ? "the condition " + when + " does not hold"
                                : "whether the condition " + when + " holds is not known yet";
    return {false, "withheld from " + peer.settings().name + ": " + why};
  }
  const pipeline::ExportVerdict verdict =
      pipeline::export_default_route(family, peer.import()->facts(), rules, attributes);
  return {verdict.withheld == pipeline::Withheld::No,
          export_text(verdict, attributes, peer.settings().name) + policy_text(verdict.policy)};
}

void show_default_routes(const session::Speaker& speaker, const session::Peer& peer,
                         proto::Neighbor& shown) {
  if (peer.settings().exported.default_route == nullptr || peer.adj_rib_out() == nullptr) return;
  for (const Family family : pipeline::kDefaultRouteFamilies) {
    if (!peer.import()->facts().families.contains(family)) continue;
    shown.add_default_routes(pipeline::default_route(family).prefix.to_string() + ": " +
                             default_route_state(speaker, peer, family).text);
  }
}

}  // namespace tern::api
