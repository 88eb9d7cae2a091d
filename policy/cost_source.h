// Where a cost comes from.
#pragma once

#include <cstdint>
#include <string_view>

namespace tern::policy {

enum class CostSource : std::uint8_t {
  Distance,       // estimated
  Configuration,  // egress.rtts
  Probe,          // our own probes, egress.probes
  File,           // egress.rtt_file, egress.prefix_rtt_file
  Operator,       // ternctl rtt set, or a program that uses the control API
};
[[nodiscard]] std::string_view to_string(CostSource source);  // "probe", "file", "api"
// Whether the cost is a measurement that moves while the daemon runs.
[[nodiscard]] constexpr bool is_live(CostSource source) {
  return source > CostSource::Configuration;
}

}  // namespace tern::policy
