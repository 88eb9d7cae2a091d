// A daemon that has been running for a while, as a Snapshot: partners at three PoPs, two of them
// with trouble. Counters grow with the time that is given, so that rates have something to show.
#pragma once

#include <cstddef>

#include "exporter/snapshot.h"

namespace tern::exporter {

[[nodiscard]] Snapshot sample_snapshot(std::size_t peers, double elapsed_seconds);

}  // namespace tern::exporter
