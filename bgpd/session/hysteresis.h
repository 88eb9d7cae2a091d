// Damps a finding that may flap: the first one counts at once, another one when it has lasted.
// Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace tern::session {

class Hysteresis {
 public:
  struct Times {
    std::chrono::seconds up_after{0};
    std::chrono::seconds down_after{0};
    friend bool operator==(const Times&, const Times&) = default;
  };

  // Nothing before the first look.
  [[nodiscard]] std::optional<bool> holds() const { return holds_; }
  // When the last finding takes effect, steady nanoseconds; 0: it has its effect.
  [[nodiscard]] std::uint64_t changes_at() const { return changes_at_; }

  // now: steady nanoseconds. True: holds() changed.
  bool look(bool found, std::uint64_t now, const Times& times) {
    if (found == holds_) {
      changes_at_ = 0;
      return false;
    }
    const std::chrono::nanoseconds wait = found ? times.up_after : times.down_after;
    if (holds_ && changes_at_ == 0) changes_at_ = now + static_cast<std::uint64_t>(wait.count());
    if (now < changes_at_) return false;
    changes_at_ = 0;
    holds_ = found;
    return true;
  }

 private:
  std::optional<bool> holds_;
  std::uint64_t changes_at_ = 0;
};

}  // namespace tern::session
