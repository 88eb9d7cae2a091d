// The drains of a speaker as plain values, for those who ask for them or keep them.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rib/types/location.h"

namespace tern::session {

// A drain ends the session with Cease/Administrative Shutdown when no best path is the neighbor's
// any more, after Drains::kLeast at the earliest, and after this time at the latest. Unset: the
// session stays.
using ShutDownWithin = std::optional<std::chrono::seconds>;

// The most that a degradation adds to a cost, in microseconds, so that sums of two stay costs.
inline constexpr EgressCost kMostAddedCost = kMostRoundTrip;

// The part of a rule of health that was bad when the rule demoted.
enum class HealthCause : std::uint8_t { Sessions, RoundTrip, ProbeLoss };

// The drains, degradations and demotions that a restart keeps.
struct DrainList {
  bool pop = false;
  std::vector<std::string> drained;    // addresses of neighbors drained by themselves
  std::vector<std::string> shut_down;  // addresses of neighbors whose drain ended the session
  EgressCost pop_added = 0;            // what the exits of the PoP cost more
  std::map<std::string, EgressCost> added{};  // what the paths of neighbors cost more, by address
  std::map<std::string, std::set<HealthCause>> demoted{};  // rules of health that demote, by name

  friend bool operator==(const DrainList&, const DrainList&) = default;
};

}  // namespace tern::session
