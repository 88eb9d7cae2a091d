// The clock of the baseline: counts the time in which the daemon ran, and goes on after a restart
// where it was. So a wall clock that jumps makes nothing usual, and nothing forgotten.
#pragma once

#include <algorithm>
#include <cstdint>

namespace tern::baseline {

class LearnClock {
 public:
  // Of one advance(). A machine that slept, or a thread that hung, saw no routes meanwhile.
  static constexpr std::uint64_t kMostStep = 10'000'000'000;  // nanoseconds

  // The time of an earlier run, in milliseconds.
  void set(std::uint64_t milliseconds) { nanoseconds_ = milliseconds * kMillisecond; }
  // steady: nanoseconds of a clock that does not jump; never less than before.
  void advance(std::uint64_t steady) {
    if (last_ != 0 && steady > last_) nanoseconds_ += std::min(steady - last_, kMostStep);
    last_ = steady;
  }
  [[nodiscard]] std::uint64_t milliseconds() const { return nanoseconds_ / kMillisecond; }
  // From 0 on.
  [[nodiscard]] std::uint64_t day(std::uint32_t day_seconds) const {
    return milliseconds() / 1000 / day_seconds;
  }

 private:
  static constexpr std::uint64_t kMillisecond = 1'000'000;
  std::uint64_t nanoseconds_ = 0;
  std::uint64_t last_ = 0;
};

}  // namespace tern::baseline
