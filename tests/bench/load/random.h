// A small random generator (splitmix64) with the same sequence on every machine and library.
#pragma once

#include <cstdint>

namespace tern::load {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  // 0 .. bound-1
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32U) * bound) >> 32U);
  }
  bool chance(double share) { return static_cast<double>(next() >> 11U) * 0x1p-53 < share; }

  // 1, 2, 3 ... with this mean, each as likely as a coin that is tossed again says; at most
  // `limit`.
  std::uint32_t geometric(double mean, std::uint32_t limit) {
    std::uint32_t count = 1;
    while (count < limit && chance(1.0 - 1.0 / mean)) ++count;
    return count;
  }

 private:
  std::uint64_t state_;
};

}  // namespace tern::load
