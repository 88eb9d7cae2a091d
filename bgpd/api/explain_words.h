// The texts of explanations: steps of the decision process and the values that they compare,
// places, and results of exports. Internal to bgpd/api.
#pragma once

#include <string>

#include "bgpd/pipeline/export_path.h"
#include "policy/egress.h"
#include "policy/registrations.h"
#include "rib/decision.h"

namespace tern::api {

[[nodiscard]] std::string step_name(rib::Step step);
// Of the cost of a path that leaves at an exit: "measured", "measured for 203.0.113.0/24",
// "estimated". prefix: null for an own route, to which no measurements to prefixes apply.
[[nodiscard]] std::string cost_source(const policy::EgressCosts& costs, const EgressInfo& place,
                                      const Prefix* prefix);
// "8.3 ms (ams to paris, measured)"; source: cost_source()
[[nodiscard]] std::string place_text(const policy::Egress& egress, const EgressInfo& place,
                                     const std::string& source);
// The rank of a path by the registration of its prefix: "AS 64501, the first partner, at ams, the
// primary PoP". registration: null where none covers the prefix.
[[nodiscard]] std::string pin_text(PinRank rank, const policy::Registration* registration);
// The value of a path that a step compares; of Step::Pin see pin_text().
[[nodiscard]] std::string value_text(rib::Step step, const rib::Candidate& path,
                                     const EgressInfo& place, const policy::Egress& egress,
                                     const std::string& source);
// Advice for a path without a next hop that the neighbor could understand. own: this router
// originates the path.
[[nodiscard]] std::string next_hop_advice(Family family, const IpAddress& next_hop, bool own,
                                          const pipeline::SessionFacts& facts,
                                          const pipeline::ExportRules& rules);
// "told to NAME with next hop ADDRESS, AS path PATH", or "withheld from NAME (REASON)".
// Why a path does not pass the filter.
[[nodiscard]] std::string route_filter_advice(const policy::RouteFilter& filter);
[[nodiscard]] std::string export_text(const pipeline::ExportVerdict& verdict,
                                      const PathAttributes& attributes, const std::string& name);
// ", policy NAME term TERM: REASON"; empty where no policy decided.
[[nodiscard]] std::string policy_text(const policy::Verdict& verdict);

}  // namespace tern::api
