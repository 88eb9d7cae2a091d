// A Hysteresis damps a finding that may flap: the first finding counts at once, another one when it
// has lasted. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

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

  // The next finding counts at once, because it answers another question.
  void begin_anew() { anew_ = true; }

  // now: steady nanoseconds. True: holds() changed.
  bool look(bool found, std::uint64_t now, const Times& times) {
    const bool damped = !std::exchange(anew_, false);
    if (found == holds_) {
      changes_at_ = 0;
      return false;
    }
    const std::chrono::nanoseconds wait = found ? times.up_after : times.down_after;
    if (changes_at_ == 0) changes_at_ = now + static_cast<std::uint64_t>(wait.count());
    if (damped && now < changes_at_) return false;
    changes_at_ = 0;
    holds_ = found;
    return true;
  }

 private:
  std::optional<bool> holds_;
  std::uint64_t changes_at_ = 0;
  bool anew_ = true;
};

}  // namespace tern::session
