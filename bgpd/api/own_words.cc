#include "bgpd/api/own_words.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "bgpd/api/explain_words.h"
#include "bgpd/pipeline/own_path.h"
#include "bgpd/session/peer.h"

namespace tern::api {

std::string withheld_network(const session::Speaker& speaker, const Nlri& nlri) {
  const std::vector<session::OwnNetwork>& all = speaker.settings().networks;
  const auto found =
      std::ranges::lower_bound(all, nlri.prefix, std::less{}, &session::OwnNetwork::prefix);
  if (found == all.end() || found->prefix != nlri.prefix || nlri != unicast(nlri.prefix)) return {};
  if (speaker.condition_holds(found->when).value_or(false)) return {};
  return "; our own network is withheld: the condition " + found->when + " does not hold";
}

bool has_default_route(const session::Peer& peer, const Nlri& nlri) {
  return peer.settings().exported.default_route != nullptr && pipeline::is_default_route(nlri) &&
         peer.adj_rib_out() != nullptr && peer.import()->facts().families.contains(nlri.family);
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
