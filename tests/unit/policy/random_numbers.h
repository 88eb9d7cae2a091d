// Numbers of 32 bits from a seed, the same on every machine.
#pragma once

#include <cstdint>
#include <random>

namespace tern::policy {

class RandomNumbers {
 public:
  explicit RandomNumbers(std::uint32_t seed) : engine_(seed) {}
  std::uint32_t operator()() { return static_cast<std::uint32_t>(engine_()); }

 private:
  std::mt19937 engine_;
};

}  // namespace tern::policy
