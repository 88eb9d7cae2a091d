// The hours of latency, kept in the state directory, so that what is usual outlasts a restart. A
// file of lines (bgpd/latency/history_text.h), written when an hour is over and after degradations
// began or ended.
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

struct LatencyText {
  std::string text;
  std::size_t left_out = 0;  // subjects whose lines would pass the bound
};
// Metros come first, then prefixes, then neighbors.
[[nodiscard]] LatencyText latency_text(const latency::Histories& histories, std::size_t most_bytes);
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
  bool has_hours_ = false;                          // the file has some
  // Subjects that the last text left out, of which a change is logged. Of ConfigThread.
  const std::shared_ptr<std::size_t> left_out_ = std::make_shared<std::size_t>(0);
  KeptFile file_;
};

}  // namespace tern::daemon
