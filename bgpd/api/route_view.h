// Routes and places as the control API shows them. Internal to bgpd/api.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/api/control.pb.h"
#include "bgpd/pipeline/locate.h"
#include "bgpd/session/speaker.h"
#include "rib/shards.h"

namespace tern::api {

// The neighbor that a path came from, as it is shown. Of a path that this router originates, this
// router, under the name kOwnName.
struct Neighbor {
  std::string address;
  std::string name;
  Asn local_asn = 0;           // ours on the session
  bool receives_rpki = false;  // the state that a route brings counts (RFC 8097)
  PeerKind kind = PeerKind::Own;
  pipeline::LocationRules location = {};
};
// By slot; of kOwnSlot, this router. Nothing where the neighbor has left.
[[nodiscard]] std::optional<Neighbor> source_of(const session::Speaker& speaker, PeerSlot slot);
// Notes all sources of routes, by slot. Neighbors that have left stay noted.
void note_sources(const session::Speaker& speaker, std::vector<std::optional<Neighbor>>& sources);

// The facts of a path in the table beside its attributes.
struct PathFacts {
  std::uint32_t path_id = 0;  // as received (RFC 7911)
  PeerSlot peer = kNoPeerSlot;
  std::uint32_t since = 0;  // Unix seconds
  bool best = false;
  bool accepted = false;
  Reason reason = Reason::None;
  std::uint16_t detail = 0;  // of the reason
};
[[nodiscard]] PathFacts facts_of(const rib::Destination& destination, std::size_t path);

// Attributes are added by show_attributes().
void show_path(const Nlri& nlri, const PathFacts& path, const std::optional<Neighbor>& from,
               const rib::Shards& shards, proto::Route& route);
void show_attributes(const PathAttributes& attributes, bool detail, proto::Route& route);
void show_place(const policy::Egress& egress, const EgressInfo& place, proto::Route& route);
// How the place of the users was found, and all location tags.
void show_location(const Prefix& prefix, const Neighbor& from, const PathAttributes& received,
                   proto::Explanation::Candidate& shown);

// Shows the suspicions of the guard about a path; the slot is that of its neighbor.
void show_suspicions(const session::Speaker& speaker, const Prefix& prefix,
                     const PathAttributes& received, PeerSlot slot,
                     proto::Explanation::Candidate& shown);

// The state of a route's origin; `from` is where the route came from. vrps: null where there are
// none; then the state is the one that the route brings, where `from` has receives_rpki.
[[nodiscard]] policy::OriginState rpki_state(const policy::VrpTable* vrps, const Prefix& prefix,
                                             const PathAttributes& attributes,
                                             const std::optional<Neighbor>& from);
void show_rpki(policy::OriginState state, proto::Route& route);

// "12.3 ms", "unknown"
[[nodiscard]] std::string cost_text(EgressCost cost);

}  // namespace tern::api
