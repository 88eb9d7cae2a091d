// egress.rtt_file: measured round trips as lines of "pop,metro-or-pop,milliseconds".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/report.h"
#include "policy/egress.h"

namespace tern::conf {

// Nothing for a value that is no round trip: at most ten seconds, at least a microsecond.
[[nodiscard]] std::optional<std::uint32_t> microseconds_of(double milliseconds);

inline constexpr std::size_t kMostRttBytes = std::size_t{64} << 20U;  // of the file

// Blank lines and those that start with # are skipped. Names are compared with `pops` and `metros`,
// pairs with those that `rtts` has already; errors carry the file's own name and line. A line with
// an error adds nothing.
void read_rtts(std::string_view text, const std::string& name, const std::vector<std::string>& pops,
               const std::vector<std::string>& metros, std::vector<policy::RttSource>& rtts,
               Report& report);

}  // namespace tern::conf
