// Judges the sessions of a circuit: how many connections are configured, and how many are in
// service. Pure. Internal to bgpd/states.
#pragma once

#include <vector>

#include "bgpd/states/circuit.h"

namespace tern::states {

// sessions: of one circuit, at least one. The state is that of the family with the worst one.
[[nodiscard]] CircuitFinding judge_circuit(const std::vector<const CircuitSession*>& sessions);

}  // namespace tern::states
