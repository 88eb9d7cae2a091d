// The configuration of our routers and of the partners, made of the plan and of the orders.
#pragma once

#include <memory>
#include <vector>

#include "bgpd/fsm/event.h"
#include "bgpd/pipeline/session_facts.h"
#include "bgpd/session/settings.h"
#include "policy/egress.h"
#include "policy/live_costs.h"
#include "policy/registrations.h"
#include "tests/sim/fleet/plan.h"

namespace tern::sim::fleet {

inline constexpr std::uint16_t kHoldTime = 30;  // seconds

[[nodiscard]] IpAddress address_of(Host host);
// In the tables of each of our routers.
[[nodiscard]] constexpr PeerSlot slot_of(Host host) { return static_cast<PeerSlot>(host + 1); }
[[nodiscard]] constexpr Host host_of(PeerSlot slot) { return slot - 1; }

// Of both ends of a session. seed: of the jitter.
[[nodiscard]] fsm::FsmConfig fsm_of(const Plan& plan, Host self, Host other, bool passive,
                                    std::uint64_t seed);

// ---- Of one of our routers

[[nodiscard]] std::shared_ptr<const policy::Egress> make_egress(const Plan& plan,
                                                                const Costs& costs, Host router);
[[nodiscard]] std::shared_ptr<const policy::RegistrationTable> make_registrations(
    const Plan& plan, const Orders& orders);
// The rules for a neighbor, without what the router knows beside its configuration.
[[nodiscard]] session::PeerSettings settings_of(const Plan& plan,
                                                const std::shared_ptr<const policy::Egress>& egress,
                                                Host router, Host neighbor);
[[nodiscard]] pipeline::SessionFacts facts_of(const Plan& plan, Host router, Host neighbor);

// The pairs of places whose costs differ from those in force.
struct CostShift {
  std::vector<policy::EgressCosts::Change> changes;
  policy::CostChange pairs;
};
[[nodiscard]] CostShift shift_to(const Costs& costs, const policy::EgressCosts& in_force);

// ---- Of a partner

[[nodiscard]] PathAttributes attributes_of(const Plan& plan, Partner partner,
                                           const Announced& route);

}  // namespace tern::sim::fleet
