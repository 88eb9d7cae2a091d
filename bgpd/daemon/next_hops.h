// The resolution of next hops in the daemon: its settings and its numbers.
#pragma once

#include <optional>

#include "bgpd/kernel/next_hop_watch.h"
#include "bgpd/pipeline/next_hop_route.h"
#include "conf/config.h"
#include "exporter/snapshot.h"

namespace tern::daemon {

// The section `next_hops` with its defaults.
[[nodiscard]] pipeline::NextHopSettings compose_next_hops(const conf::Config& config);

// Applies the section, with the protocol number of our routes in the kernel.
void apply_next_hops(const conf::Config& config, kernel::NextHopWatch& watch);

// For the metrics. Nothing: there is no section.
[[nodiscard]] std::optional<exporter::NextHopSample> sample_next_hops(
    const kernel::NextHopWatch& watch);

}  // namespace tern::daemon
