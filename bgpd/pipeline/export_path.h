// One path towards one neighbor: whether it may be advertised, and with which attributes. Pure
// functions.
//
// The order is the one that operators know from other daemons. First the session's own rules (split
// horizon, reflection, well-known communities, roles), then the route filter of the neighbor and
// export policy on the path as the table has it, then the attributes that the kind of session
// writes (own AS, next hop, LOCAL_PREF, reflection attributes). A next hop or MED set by policy
// stays. Policy sees control communities; they are removed after it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/pipeline/session_facts.h"
#include "policy/control_communities.h"
#include "policy/egress.h"
#include "policy/policy.h"
#include "policy/route_filter.h"
#include "rib/destination.h"
#include "rib/types/shared_value.h"

namespace tern::pipeline {

// The configuration of exports, without the facts of one peer. Equal rules are equal in effect.
struct SharedExportRules {
  policy::Chain policies;
  SharedValue<policy::Egress> egress;  // never null
  // The place where the peer's traffic enters the network, by `egress`: the egress costs that rank
  // its paths count from that place. kNoPlace: the peer receives the daemon's own best paths.
  PopId vantage = kNoPlace;
  // Set by the session layer where there is a vantage: the costs in force. Null: those of `egress`.
  SharedValue<policy::EgressCosts> costs;
  bool send_location = false;  // write places as communities, else remove them
  bool between_pops = false;   // the peer is a PoP of ours: with a place goes what its exit adds
  bool next_hop_self = false;
  bool aigp = false;
  bool interpret_communities = true;   // RFC 1997 well-known ones
  bool path_hiding_mitigation = true;  // of route-server clients, RFC 7947 section 2.3.2
  bool send_communities = true;
  bool remove_private_asns = false;
  bool send_rpki_community = false;  // RFC 8097, to iBGP neighbors
  std::uint32_t add_path_send = 0;   // most paths per prefix where Add-Path was negotiated
  // The communities with which clients of a route server control single routes. Null: the daemon
  // passes them on without interpreting them.
  SharedValue<policy::ControlCommunities> control;
  // The communities of the paths that the neighbor may be advertised. Null: there is no filter. The
  // session layer sets the filter in force in place of that of the configuration.
  SharedValue<policy::RouteFilter> filter;
  // The policies of the default route that this router originates for the neighbor, in place of any
  // default route of the table. Null: no such route is originated.
  SharedValue<policy::Chain> default_route;
  // Set by the session layer for a neighbor that is drained (RFC 8326 section 4.2): routes get
  // GRACEFUL_SHUTDOWN, for iBGP neighbors LOCAL_PREF 0.
  bool drained = false;
  // Set by the session layer for rules that read the state of origin validation. Null: no route is
  // validated.
  std::shared_ptr<const policy::VrpTable> vrps;

  [[nodiscard]] const policy::EgressCosts& present_costs() const {
    return costs ? *costs : *egress->costs();
  }
  [[nodiscard]] bool reads_rpki() const {
    return send_rpki_community || policies.reads_rpki() ||
           (default_route != nullptr && default_route->reads_rpki());
  }
  [[nodiscard]] bool reads_peer() const {
    return policies.reads_peer() || (default_route != nullptr && default_route->reads_peer());
  }
  friend bool operator==(const SharedExportRules&, const SharedExportRules&) = default;
};

// A reload replaces an object as a whole.
struct ExportRules : SharedExportRules {
  policy::PeerFacts peer;
  friend bool operator==(const ExportRules&, const ExportRules&) = default;
};

// Whether the two rules advertise the same, except for the fields of `peer` that policies read: the
// caller compares those. same_but_peer() compares our own AS.
[[nodiscard]] bool same_but_peer(const ExportRules& a, const ExportRules& b);

enum class Withheld : std::uint8_t {
  No,              // it is advertised
  SplitHorizon,    // it came from this neighbor
  Reflection,      // iBGP to iBGP, neither a client (RFC 4456 section 6)
  NoAdvertise,     // RFC 1997
  NoExport,        // RFC 1997, NO_EXPORT and NO_EXPORT_SUBCONFED
  OnlyToCustomer,  // RFC 9234 section 5, egress rule 2
  RouteFilter,     // carries none of the communities of the neighbor's route filter
  NoPolicy,        // RFC 8212
  Policy,
  NextHop,   // no next hop that the neighbor could understand
  Control,   // its control communities keep it from this neighbor (policy/control_communities.h)
  TooLarge,  // fits no message to the neighbor (RFC 8654 section 4)
};
[[nodiscard]] std::string_view to_string(Withheld withheld);

struct ExportVerdict {
  Withheld withheld = Withheld::No;
  policy::Verdict policy;  // of Policy, and of a path that is advertised under a policy
};

// `source` is the rank of the peer that the path came from. On No, `out` holds the attributes that
// the neighbor gets. `control_prepend` is the number of prepends that the plan of the path
// (policy/control_communities.h) has for this neighbor; it counts where rules.control is set. The
// caller decides whether the plan allows the path at all. A route-server client sees the AS that
// the path came from that many times more, other eBGP neighbors our own AS. `answers` are those of
// rules.policies for the prefix.
[[nodiscard]] ExportVerdict export_path(const Nlri& nlri, const policy::Answers& answers,
                                        const rib::AttributeSet& set, PeerSlot source_slot,
                                        const rib::PeerRank& source, const SessionFacts& facts,
                                        const ExportRules& rules, PathAttributes& out,
                                        std::uint8_t control_prepend = 0);

// The default route that this router originates for the neighbor (rules.default_route, which is not
// null): an own path of the family under the policies of the default route. The export policies and
// the route filter of the neighbor do not apply, so RFC 8212 asks for none.
[[nodiscard]] ExportVerdict export_default_route(Family family, const SessionFacts& facts,
                                                 const ExportRules& rules, PathAttributes& out);

// Whether a message to the neighbor has room for the octets of a set beside the longest prefix of
// the family. If not, the path is Withheld::TooLarge.
[[nodiscard]] bool fits(std::span<const std::byte> octets, Family family,
                        const SessionFacts& facts);
// Encodes the result of export_path() as the octets of a set (wire/attribute_set.h). False where
// they do not fit a message.
[[nodiscard]] bool encode_for(Family family, const SessionFacts& facts,
                              const PathAttributes& formed, std::vector<std::byte>& octets);

// export_path() for one neighbor alone: also applies the plan of the route's control communities
// and checks that the path fits a message.
[[nodiscard]] ExportVerdict export_to_peer(const Nlri& nlri, const rib::AttributeSet& set,
                                           PeerSlot source_slot, const rib::PeerRank& source,
                                           const SessionFacts& facts, const ExportRules& rules,
                                           PathAttributes& out);

}  // namespace tern::pipeline
