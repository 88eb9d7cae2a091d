// The default route that this router originates for a neighbor (`default_originate`), in words.
// Internal to bgpd/api. On the loop.
#pragma once

#include <string>

#include "bgpd/api/control.pb.h"
#include "bgpd/pipeline/export_path.h"
#include "bgpd/session/peer.h"

namespace tern::api {

// "told to NAME with next hop ADDRESS, AS path PATH", or "withheld from NAME (REASON)".
[[nodiscard]] std::string export_text(const pipeline::ExportVerdict& verdict,
                                      const PathAttributes& attributes, const std::string& name);

// ", policy NAME term TERM: REASON"; empty where no policy decided.
[[nodiscard]] std::string policy_text(const policy::Verdict& verdict);

struct DefaultRouteState {
  bool told = false;  // in place of every default route of the table
  std::string text;
};
// Requires that the settings of the neighbor have a default route, and that routes are advertised
// on its session, which has the family.
[[nodiscard]] DefaultRouteState default_route_state(const session::Peer& peer, Family family);

// Adds a line for each family to the details of the neighbor.
void show_default_routes(const session::Peer& peer, proto::Neighbor& shown);

}  // namespace tern::api
