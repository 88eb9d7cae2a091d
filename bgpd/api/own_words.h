// The words of explanations and of the details of neighbors for routes of this router: for networks
// and aggregates that are withheld, and for default routes of single neighbors
// (`default_originate`). Internal to bgpd/api. On the loop.
#pragma once

#include <string>

#include "bgpd/api/control.pb.h"
#include "bgpd/session/speaker.h"

namespace tern::api {

// "; our own network is withheld: ...", with the condition or the lack of contributing routes.
// Empty: the configuration has no network or aggregate of the prefix, or originates it.
[[nodiscard]] std::string withheld_network(const session::Speaker& speaker, const Nlri& nlri);
// "our own network" or "our aggregate".
[[nodiscard]] std::string own_route_name(const session::Speaker& speaker, const Nlri& nlri);

// Whether the settings of the neighbor have a default route of this router for the destination, and
// routes are advertised on its session, which has the family.
[[nodiscard]] bool has_default_route(const session::Peer& peer, const Nlri& nlri);
struct DefaultRouteState {
  bool told = false;  // in place of every default route of the table
  std::string text;
};
// Requires has_default_route().
[[nodiscard]] DefaultRouteState default_route_state(const session::Speaker& speaker,
                                                    const session::Peer& peer, Family family);
// Adds a line for each family to the details of the neighbor.
void show_default_routes(const session::Speaker& speaker, const session::Peer& peer,
                         proto::Neighbor& shown);

}  // namespace tern::api
