// What both ends of a simulated session are configured with, from a neighbor of the model.
#pragma once

#include "bgpd/fsm/event.h"
#include "bgpd/fsm/negotiation.h"
#include "bgpd/pipeline/session_facts.h"
#include "tests/model/naive_rib.h"

namespace tern::sim {

inline constexpr std::uint16_t kHoldTime = 30;  // seconds

// Tern's side, and the neighbor's. seed: of the jitter.
[[nodiscard]] fsm::FsmConfig router_config(const model::Client& client, bool passive,
                                           std::uint64_t seed);
[[nodiscard]] fsm::FsmConfig member_config(const model::Client& client, bool passive,
                                           std::uint64_t seed);
// Of the session that was negotiated, as session::Peer makes them.
[[nodiscard]] pipeline::SessionFacts facts_of(const model::Client& client,
                                              const fsm::Negotiated& negotiated);

}  // namespace tern::sim
