// The state of one rule of health: good or demoted. Pure.
//
// A rule demotes when a part of it has been bad for a while: its sessions, its round trip or its
// probes. The demotion lasts for a least time, and then until all parts have been good for a while.
// A rule that has not been good since it began, as at the start of a daemon, demotes nothing.
#pragma once

#include <chrono>
#include <cstdint>

#include "bgpd/session/hysteresis.h"

namespace tern::session {

class HealthState {
 public:
  struct Times {
    std::chrono::seconds after{5};           // bad for so long
    std::chrono::seconds return_after{300};  // good for so long
    std::chrono::seconds least{60};          // of a demotion, before that counts
    friend bool operator==(const Times&, const Times&) = default;
  };

  // now: steady nanoseconds. True: demoted() changed.
  bool look(bool bad, const Times& times, std::uint64_t now) {
    const bool first = !good_.holds();
    if (first && bad) return false;
    const std::chrono::nanoseconds least = times.least;
    if (demoted() && now < changed_ + static_cast<std::uint64_t>(least.count())) return false;
    if (!good_.look(!bad, now, {times.return_after, times.after}) || first) return false;
    changed_ = now;
    return true;
  }
  // The rule demoted before the daemon began.
  void restore(std::uint64_t now) {
    good_ = {};
    (void)good_.look(false, now, {});
    changed_ = now;
  }
  [[nodiscard]] bool demoted() const { return !good_.holds().value_or(true); }
  // When demoted() last changed, steady nanoseconds.
  [[nodiscard]] std::uint64_t changed() const { return changed_; }

 private:
  Hysteresis good_;
  std::uint64_t changed_ = 0;
};

}  // namespace tern::session
