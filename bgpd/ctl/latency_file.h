// The file of `ternctl latency import`: lines
// "PREFIX|ADDRESS|METRO,MILLISECONDS[,MILLISECONDS...]".
//
// Empty lines and lines that begin with '#' say nothing, and so does a first line
// "of,milliseconds". Spaces around a field are ignored. Pure: the text comes from the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rib/types/location.h"
#include "rib/types/result.h"

namespace tern::ctl {

struct LatencyLine {
  std::string of;                        // never empty
  std::vector<EgressCost> microseconds;  // 1 to kMostRoundTrip, at least one
  std::size_t line = 0;                  // from 1
};

inline constexpr std::size_t kMostLatencyFaults = 20;
inline constexpr std::size_t kMostNameOctets = 200;          // of a prefix, an address or a metro
inline constexpr std::size_t kMostLatencyLines = 1'000'000;  // with round trips

// The lines of a file, or its faults: "file.csv:7:12: expected ...", kMostLatencyFaults at most,
// and one that names the line where reading ended. name: of the file, for the faults.
[[nodiscard]] Result<std::vector<LatencyLine>, std::vector<std::string>> read_latency_file(
    std::string_view text, const std::string& name);

}  // namespace tern::ctl
