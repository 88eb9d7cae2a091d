// The latency of prefixes, metros and neighbors in the daemon: its settings and its samples.
#pragma once

#include "bgpd/latency/latency_watch.h"
#include "conf/config.h"
#include "exporter/snapshot.h"

namespace tern::daemon {

// The section `latency`, with defaults.
[[nodiscard]] latency::BookSettings compose_latency(const conf::Config& config);

// Of metros, the first kMostSampledMetros in the order of their names have series. A metro costs
// some microseconds of the loop.
inline constexpr std::size_t kMostSampledMetros = 128;
void sample_latency(const latency::LatencyWatch& watch, exporter::Snapshot& snapshot);

}  // namespace tern::daemon
