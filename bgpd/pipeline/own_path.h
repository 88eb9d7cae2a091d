// The paths that this router originates, before their policies: what stands in the place of the
// session and of the received attributes that a learned path has.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "bgpd/pipeline/session_facts.h"
#include "rib/decision.h"
#include "rib/types/family.h"
#include "rib/types/path_attributes.h"
#include "rib/types/prefix.h"

namespace tern::pipeline {

// For the Judge of such paths: kOwnSlot, PeerKind::Own and all families.
[[nodiscard]] SessionFacts own_facts(Asn asn);

// ORIGIN IGP and an empty AS path. The next hop is unspecified: export_path() writes the address
// that this router has towards the neighbor.
[[nodiscard]] PathAttributes own_attributes(Family family);
// The same with ATOMIC_AGGREGATE and AGGREGATOR (RFC 4271 sections 5.1.6, 5.1.7 and 9.2.2.2): the
// AS paths of the contributing routes are left out, because RFC 9774 forbids AS_SETs.
[[nodiscard]] PathAttributes aggregate_attributes(Family family, Asn asn, std::uint32_t identifier);

// The rank of this router as a source of paths.
[[nodiscard]] inline rib::PeerRank own_rank() { return {PeerKind::Own, 0, {}, 0}; }

// The families in which a client may have a default route of this router
// (ExportRules::default_route): 0.0.0.0/0 and ::/0 of unicast.
inline constexpr std::array<Family, 2> kDefaultRouteFamilies{Family::Ipv4Unicast,
                                                             Family::Ipv6Unicast};
[[nodiscard]] inline Nlri default_route(Family family) {
  return {Prefix(IpAddress::unspecified(row(family).version), 0), family, 0};
}
// The first of the summaries that suppresses the route, or their end.
[[nodiscard]] inline auto suppressing_summary(const std::vector<Prefix>& summaries,
                                              const Nlri& nlri) {
  return std::ranges::find_if(summaries, [&](const Prefix& prefix) {
    return nlri.prefix.length() > prefix.length() && prefix.covers(nlri.prefix) &&
           nlri.family == unicast(row(nlri.family).version);
  });
}

[[nodiscard]] inline bool is_default_route(const Nlri& nlri) {
  return nlri.prefix.length() == 0 && nlri.family == unicast(row(nlri.family).version);
}

}  // namespace tern::pipeline
