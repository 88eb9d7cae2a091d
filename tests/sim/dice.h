// The random numbers of a simulated run: the same seed gives the same run on every machine.
#pragma once

#include <cstdint>

#include "tests/bench/load/random.h"

namespace tern::sim {

class Dice : public load::Random {
 public:
  using Random::Random;

  // 0 to bound - 1. Requires 0 < bound < 2^32.
  std::uint32_t operator()(std::uint64_t bound) { return below(static_cast<std::uint32_t>(bound)); }
  bool one_in(std::uint64_t n) { return (*this)(n) == 0; }
};

}  // namespace tern::sim
