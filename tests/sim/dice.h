// The random numbers of a simulated run: the same seed gives the same run on every machine.
#pragma once

#include <cstdint>

#include "rib/types/hash.h"

namespace tern::sim {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    return mix_bits(state_);
  }
  // 0 to bound - 1. Requires bound > 0.
  std::uint64_t operator()(std::uint64_t bound) { return (next() >> 11U) % bound; }
  bool one_in(std::uint64_t n) { return (*this)(n) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace tern::sim
