// The drains and degradations of neighbors and of the PoP, and the demotions by rules of health,
// kept in the state directory, so that they outlast a restart. A file of lines: "pop", "neighbor
// ADDRESS", "shut-down ADDRESS", "pop-added MICROSECONDS", "added ADDRESS MICROSECONDS", "demoted
// RULE" by the sessions of a group, "demoted-by-rtt RULE" by a round trip, "demoted-by-loss RULE"
// by lost probes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/daemon/kept_file.h"
#include "bgpd/session/drain_list.h"

namespace tern::session {
class Speaker;
}

namespace tern::daemon {

class KeptDrains {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{16} << 20U;  // of the file

  KeptDrains(ConfigThread& thread, session::Loop& loop, session::Speaker& speaker,
             const std::string& configuration);

  // Reads the file and gives the speaker the drain of the PoP, before its first apply(). Logs lines
  // that are no drain.
  void read();
  // Gives the speaker the drains of neighbors, after its first apply() and before the loop runs.
  // Logs neighbors and rules that the configuration does not have, and writes the file without
  // them.
  void restore();

 private:
  void save_if_changed();

  session::Speaker& speaker_;
  session::DrainList kept_;  // what the file has, or will have
  KeptFile file_;
};

[[nodiscard]] std::string to_text(const session::DrainList& list);
// Adds the drains and degradations of the text; other lines are bad.
[[nodiscard]] BadLines read_drains(std::string_view text, session::DrainList& list);

}  // namespace tern::daemon
