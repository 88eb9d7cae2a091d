#include "bgpd/daemon/circuits.h"

#include <string>

namespace tern::daemon {

states::CircuitSettings compose_circuits(const conf::Config& config) {
  const conf::proto::Circuits& file = config.file.circuits();
  states::CircuitSettings settings;
  using Derive = states::CircuitSettings::Derive;
  if (file.derive() == conf::proto::Circuits::ALL) settings.derive = Derive::All;
  if (file.derive() == conf::proto::Circuits::NONE) settings.derive = Derive::None;
  if (file.has_hold()) settings.hold = file.hold();
  return settings;
}

void sample_circuits(const states::CircuitBook& book, exporter::Snapshot& snapshot) {
  if (book.circuits().empty()) return;
  exporter::CircuitSample& sample = snapshot.circuits.emplace();
  for (std::size_t i = 0; i < states::kCircuitStates; ++i) {
    sample.states.push_back({std::string(to_string(static_cast<states::CircuitState>(i))),
                             book.counts().all[i], book.counts().maintenance[i]});
  }
}

}  // namespace tern::daemon
