#include "conf/latency_checks.h"

#include <cstdint>
#include <string>

#include "conf/probe_checks.h"

namespace tern::conf {

void check_latency(const YamlDocument& document, const proto::Configuration& file, Report& report) {
  constexpr std::uint32_t kWindow = 300;  // seconds
  constexpr std::uint32_t kSamples = 20;  // by default
  const proto::Probes& probes = file.egress().probes();
  if (probes.targets().empty() || !file.has_latency()) return;
  const bool has_samples = file.latency().has_samples();
  const std::uint32_t samples = has_samples ? file.latency().samples() : kSamples;
  const std::uint32_t most = kWindow / probe_interval(probes);
  if (samples <= most) return;
  const Path path = has_samples ? Path() / "latency" / "samples" : Path() / "latency";
  report.warn(document.place(path), path.to_string(),
              "probes give " + std::to_string(most) +
                  " round trips in five minutes (egress.probes.interval), and a degraded latency "
                  "needs " +
                  std::to_string(samples) + ": reports must bring the others");
}

}  // namespace tern::conf
