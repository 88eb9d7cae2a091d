#include "bgpd/states/circuit.h"

namespace tern::states {

std::string_view to_string(CircuitState state) {
  constexpr std::array<std::string_view, kCircuitStates> kNames{
      "unknown", "redundant", "single-homed", "pair-degraded", "down"};
  return kNames[static_cast<std::size_t>(state)];
}

std::string_view state_word(const CircuitSession& session) {
  if (session.drained) return session.established ? "drained" : "drained, down";
  if (session.established) return "up";
  return session.shut_down ? "shut down" : "down";
}

}  // namespace tern::states
