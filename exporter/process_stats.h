// The kernel's facts about this process: the process_* metrics that every Prometheus client shows.
#pragma once

#include <optional>

namespace tern::exporter {

// A field is absent if /proc does not have it.
struct ProcessStats {
  std::optional<double> cpu_seconds;
  std::optional<double> resident_memory_bytes;
  std::optional<double> virtual_memory_bytes;
  std::optional<double> start_time_seconds;  // since the Unix epoch
  std::optional<double> open_fds;
  std::optional<double> max_fds;  // the soft limit
  std::optional<double> threads;
};

// Reads /proc/self; about 50 µs and a little more for every hundred open descriptors.
[[nodiscard]] ProcessStats read_process_stats();

}  // namespace tern::exporter
