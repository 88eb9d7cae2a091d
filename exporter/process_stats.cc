#include "exporter/process_stats.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace tern::exporter {
namespace {

// The fields of proc(5) /proc/self/stat from the third on: the second is the program's name, which
// may hold spaces and parentheses.
[[nodiscard]] std::vector<double> stat_fields() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream rest(line.substr(name_end + 1));
  std::string state;
  rest >> state;
  std::vector<double> fields{0};
  for (double value = 0; rest >> value;) fields.push_back(value);
  return fields;
}

[[nodiscard]] std::optional<double> boot_time_seconds() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, 6, "btime ") != 0) continue;
    std::istringstream text(line.substr(6));
    double seconds = 0;
    if (text >> seconds) return seconds;
  }
  return std::nullopt;
}

[[nodiscard]] std::optional<double> open_descriptors() {
  struct Close {
    void operator()(DIR* directory) const { closedir(directory); }
  };
  const std::unique_ptr<DIR, Close> directory(opendir("/proc/self/fd"));
  if (!directory) return std::nullopt;
  int entries = 0;
  while (readdir(directory.get()) != nullptr) ++entries;
  return entries - 3;  // ".", ".." and the descriptor that lists them
}

}  // namespace

ProcessStats read_process_stats() {
  ProcessStats stats;
  // Positions by proc(5), counted from 1; our vector begins at field 3.
  constexpr std::size_t kUtime = 14, kStime = 15, kThreads = 20, kStart = 22, kVsize = 23,
                        kRss = 24;
  const std::vector<double> fields = stat_fields();
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  if (fields.size() > kRss - 3 && ticks > 0) {
    stats.cpu_seconds = (fields[kUtime - 3] + fields[kStime - 3]) / ticks;
    stats.threads = fields[kThreads - 3];
    stats.virtual_memory_bytes = fields[kVsize - 3];
    stats.resident_memory_bytes = fields[kRss - 3] * static_cast<double>(sysconf(_SC_PAGESIZE));
    static const std::optional<double> kBoot = boot_time_seconds();
    if (kBoot) stats.start_time_seconds = *kBoot + fields[kStart - 3] / ticks;
  }
  stats.open_fds = open_descriptors();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) stats.max_fds = static_cast<double>(limit.rlim_cur);
  return stats;
}

}  // namespace tern::exporter
