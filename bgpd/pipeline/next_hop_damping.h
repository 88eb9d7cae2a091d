// Damping of one next hop that comes and goes. A change for the worse counts at once: the next hop
// is lost, or has a higher metric. A change for the better counts after a hold time, which doubles
// with each change for the worse within a window. Without a change for the worse within the window,
// a change for the better counts at once.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "bgpd/pipeline/next_hop_route.h"

namespace tern::pipeline {

[[nodiscard]] inline bool is_worse(const NextHopRoute& a, const NextHopRoute& than) {
  if (a.resolved() != than.resolved()) return than.resolved();
  return a.resolved() && a.metric > than.metric;
}

class NextHopDamping {
 public:
  using Time = std::chrono::nanoseconds;  // steady

  void worsened(Time now, const NextHopDampingSettings& settings) {
    if (forgets(now, settings)) recent_ = 0;
    recent_ = std::min(recent_ + 1, kMostRecent);
    last_ = now;
    ++flaps_;
  }
  // The time for which a better state must last before it counts.
  [[nodiscard]] Time hold(Time now, const NextHopDampingSettings& settings) const {
    if (recent_ == 0 || forgets(now, settings)) return Time{0};
    const std::uint64_t wanted = std::uint64_t{settings.first_hold} << (recent_ - 1);
    return std::chrono::seconds(std::min<std::uint64_t>(wanted, settings.longest_hold));
  }
  // Changes for the worse in all.
  [[nodiscard]] std::uint64_t flaps() const { return flaps_; }

 private:
  static constexpr std::uint32_t kMostRecent = 32;  // more flaps do not lengthen the hold time

  [[nodiscard]] bool forgets(Time now, const NextHopDampingSettings& settings) const {
    return now - last_ > std::chrono::seconds(settings.window);
  }

  Time last_{0};
  std::uint64_t flaps_ = 0;
  std::uint32_t recent_ = 0;
};

}  // namespace tern::pipeline
