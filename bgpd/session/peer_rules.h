// The rules of a session: those of the neighbor's settings, completed with what the session and the
// speaker know.
#pragma once

#include <memory>

#include "bgpd/pipeline/export_path.h"
#include "bgpd/pipeline/host_addresses.h"
#include "bgpd/pipeline/judge.h"
#include "bgpd/pipeline/session_facts.h"
#include "bgpd/session/settings.h"
#include "policy/geofeed.h"
#include "policy/guard_orders.h"
#include "policy/registrations.h"
#include "policy/usual_paths.h"
#include "policy/vrp_table.h"

namespace tern::session {

// Present objects of the speaker that rules hold.
struct RuleInputs {
  const std::shared_ptr<const pipeline::HostAddresses>& host_addresses;
  const std::shared_ptr<const policy::VrpTable>& vrps;                    // null: none
  const std::shared_ptr<const policy::Geofeed>& geofeed;                  // null: none
  const std::shared_ptr<const policy::RegistrationTable>& registrations;  // null: none
  const std::shared_ptr<const policy::UsualPaths>& usual;                 // null: none
  const std::shared_ptr<const policy::GuardOrderTable>& guard_orders;     // null: none
  const std::shared_ptr<const policy::EgressCosts>& costs;                // in force
  const std::shared_ptr<pipeline::NextHopFinder>& next_hops;  // null: next hops are not looked up
  EgressCost added_cost = 0;                                  // of the neighbor's paths
  bool drained = false;       // the neighbor, by itself or with the PoP
  bool default_route = true;  // its condition holds
};

// The geofeed where it counts for the neighbor's routes, else null.
[[nodiscard]] std::shared_ptr<const policy::Geofeed> geofeed_for(
    const PeerSettings& settings, const std::shared_ptr<const policy::Geofeed>& geofeed);

[[nodiscard]] pipeline::ImportRules import_rules(const PeerSettings& settings,
                                                 const pipeline::SessionFacts& facts,
                                                 const RuleInputs& inputs);
// With the route filter of the settings, without edits.
[[nodiscard]] pipeline::ExportRules export_rules(const PeerSettings& settings,
                                                 const pipeline::SessionFacts& facts,
                                                 const RuleInputs& inputs);

}  // namespace tern::session
