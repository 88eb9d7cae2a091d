// The drains of a speaker as plain values, for those who ask for them or keep them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tern::session {

// A drain ends the session with Cease/Administrative Shutdown when no best path is the neighbor's
// any more, after Drains::kLeast at the earliest, and after this time at the latest. Unset: the
// session stays.
using ShutDownWithin = std::optional<std::chrono::seconds>;

// The drains that a restart keeps.
struct DrainList {
  bool pop = false;
  std::vector<std::string> drained;    // addresses of neighbors drained by themselves
  std::vector<std::string> shut_down;  // addresses of neighbors whose drain ended the session

  friend bool operator==(const DrainList&, const DrainList&) = default;
};

}  // namespace tern::session
