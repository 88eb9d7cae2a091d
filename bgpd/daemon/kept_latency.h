// The hours of latency, kept in the state directory, so that what is usual outlasts a restart. A
// file of lines (bgpd/latency/history_text.h), written when an hour is over.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "bgpd/daemon/kept_file.h"
#include "bgpd/latency/history_text.h"

namespace tern::latency {
class LatencyWatch;
}

namespace tern::daemon {

// Subjects whose lines would pass most_bytes are left out.
[[nodiscard]] std::string latency_text(const latency::Histories& histories, std::size_t most_bytes);
// Adds the histories of the text; lines that are none are bad.
[[nodiscard]] BadLines read_latency(std::string_view text, latency::Histories& histories);

// Keeps the file up to date. Loop thread only.
class KeptLatency {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20U;  // of the file

  KeptLatency(ConfigThread& thread, session::Loop& loop, latency::LatencyWatch& watch,
              const std::string& configuration);

  // At the start, behind the watch's first apply() and before the loop runs. Logs lines that are no
  // history.
  void restore();

 private:
  void keep(latency::Histories histories);

  latency::LatencyWatch& watch_;
  std::shared_ptr<const latency::Histories> last_;  // that a write has yet to take
  KeptFile file_;
};

}  // namespace tern::daemon
