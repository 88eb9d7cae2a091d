// The hours of subjects as text, which outlasts a restart. A line a subject, with a tab between the
// fields:
//
//   prefix 203.0.113.0/24 490001:2900:20000:22000:25000,490002:3010:20000:22000:25000
//
// The fields: the kind, the prefix or the name, and the hours: number of the hour since 1970, round
// trips, and p50, p95 and p99 in microseconds, with a `d` behind p99 where the latency was degraded
// (Track::Hour). A further field has the Unix seconds since which the latency has been degraded.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/latency/subject.h"
#include "bgpd/latency/track.h"

namespace tern::latency {

struct SubjectHistory {
  Subject subject;
  std::shared_ptr<const Track::Hours> hours;  // never null
  std::uint32_t degraded_since = 0;           // Unix seconds; 0: the latency is not degraded
};
using Histories = std::vector<SubjectHistory>;

// Without the end of the line.
[[nodiscard]] std::string history_line(const SubjectHistory& history);
// Nothing: the line is no history. The hours are in order, and at most Track::kHistory.
[[nodiscard]] std::optional<SubjectHistory> parse_history_line(std::string_view line);

}  // namespace tern::latency
