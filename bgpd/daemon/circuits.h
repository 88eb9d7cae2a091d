// The settings of circuits, of the section `circuits`, and their samples.
#pragma once

#include "bgpd/states/circuit_watch.h"
#include "conf/config.h"
#include "exporter/snapshot.h"

namespace tern::daemon {

// With defaults.
[[nodiscard]] states::CircuitSettings compose_circuits(const conf::Config& config);
// Without circuits, nothing.
void sample_circuits(const states::CircuitBook& book, exporter::Snapshot& snapshot);

}  // namespace tern::daemon
