// The configuration of both ends of a simulated session, from a neighbor of the model.
#pragma once

#include "bgpd/fsm/event.h"
#include "bgpd/fsm/negotiation.h"
#include "bgpd/pipeline/session_facts.h"
#include "tests/model/naive_rib.h"

namespace tern::sim {

inline constexpr std::uint16_t kHoldTime = 30;  // seconds

// The configuration of Tern's end, and of the neighbor's. seed: of the jitter.
[[nodiscard]] fsm::FsmConfig router_config(const model::Client& client, bool passive,
                                           std::uint64_t seed);
[[nodiscard]] fsm::FsmConfig member_config(const model::Client& client, bool passive,
                                           std::uint64_t seed);
// The facts of the negotiated session.
[[nodiscard]] pipeline::SessionFacts facts_of(const model::Client& client,
                                              const fsm::Negotiated& negotiated);

}  // namespace tern::sim
