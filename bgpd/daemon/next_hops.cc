#include "bgpd/daemon/next_hops.h"

#include <algorithm>
#include <functional>

#include "bgpd/daemon/kernel.h"
#include "conf/scalars.h"
#include "rib/types/prefix_text.h"

namespace tern::daemon {

pipeline::NextHopSettings compose_next_hops(const conf::Config& config) {
  pipeline::NextHopSettings settings;
  const conf::proto::NextHops& section = config.file.next_hops();
  settings.enabled = config.file.has_next_hops();
  settings.via_default = section.via_default();
  settings.via_bgp = section.via_bgp();
  for (const conf::proto::StaticNextHop& entry : section.static_()) {
    settings.statics.push_back({*parse_prefix_or_address(entry.prefix()), entry.metric(),
                                IpAddress::parse(entry.via()), entry.interface(),
                                entry.unreachable()});
  }
  std::ranges::stable_sort(settings.statics, std::greater{},
                           [](const auto& entry) { return entry.prefix.length(); });
  const conf::proto::NextHopDamping& damping = section.damping();
  if (settings.enabled) {
    settings.damping = {damping.first_hold(), damping.longest_hold(), damping.window()};
  }
  return settings;
}

void apply_next_hops(const conf::Config& config, kernel::NextHopWatch& watch) {
  const auto kernel = compose_kernel(config);
  watch.apply(compose_next_hops(config),
              kernel ? std::optional(kernel->place.protocol) : std::nullopt);
}

std::optional<exporter::NextHopSample> sample_next_hops(const kernel::NextHopWatch& watch) {
  if (!watch.enabled()) return std::nullopt;
  const auto counts =
      watch.next_hops()->with([](const pipeline::NextHops& table) { return table.counts(); });
  exporter::NextHopSample sample;
  for (std::size_t i = 0; i < pipeline::kNextHopStateCount; ++i) {
    sample.by_state.emplace_back(to_string(static_cast<pipeline::NextHopState>(i)),
                                 counts.by_state[i]);
  }
  sample.held = counts.held;
  sample.changes = counts.changes;
  sample.flaps = counts.flaps;
  sample.refused = counts.refused;
  return sample;
}

}  // namespace tern::daemon
