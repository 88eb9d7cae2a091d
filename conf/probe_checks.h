// Checks of egress.probes over several fields: rates, places, ports.
#pragma once

#include <cstddef>
#include <cstdint>

#include "conf/report.h"
#include "conf/tern.pb.h"
#include "conf/yaml_document.h"

namespace tern::conf {

inline constexpr std::size_t kMostProbeTargets = 256;
inline constexpr std::uint32_t kMostProbes = 64;  // a second

// With their defaults.
[[nodiscard]] std::uint32_t probe_interval(const proto::Probes& probes);  // seconds
[[nodiscard]] std::uint32_t probe_timeout(const proto::Probes& probes);   // milliseconds

void check_probes(const YamlDocument& document, const proto::Configuration& file, Report& report);

}  // namespace tern::conf
