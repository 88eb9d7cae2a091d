// RFC 4271 section 10: timers are multiplied by a random factor between 0.75 and 1, so that the
// speakers of a network do not synchronize. The same seed gives the same factors.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace tern::fsm {

class Jitter {
 public:
  explicit Jitter(std::uint64_t seed) : state_(seed) {}

  // At least 1 ms, so that repeated failures always pause.
  [[nodiscard]] std::chrono::milliseconds operator()(std::chrono::milliseconds delay) {
    const auto factor = static_cast<std::int64_t>(768 + next() % 257);  // of 1024
    return std::max(delay * factor / 1024, std::chrono::milliseconds{1});
  }

 private:
  // SplitMix64 (Steele, Lea, Flood 2014): works with any seed, one word of state.
  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }

  std::uint64_t state_;
};

}  // namespace tern::fsm
