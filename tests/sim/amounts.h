// The amounts that the numbers of an operation stand for.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "tests/sim/network.h"

namespace tern::sim {

// At most so many milliseconds, octets or minutes.
inline constexpr std::uint32_t kMostSlow = 90'000;
inline constexpr std::uint32_t kMostCutOff = 120'000;
inline constexpr std::uint32_t kMostAway = 60'000;
inline constexpr std::uint32_t kMostRouterAway = 20'000;
inline constexpr std::uint32_t kMostLeft = 600;
inline constexpr std::uint32_t kMostStep = 300;

// The added cost of a Degrade, in microseconds: as much as the costs of the model differ, or 0.
inline std::uint32_t added_cost(std::uint32_t bits) {
  constexpr std::array<std::uint32_t, 4> kAdded{0, 2, 15, 60};
  return kAdded[bits % kAdded.size()];
}

inline Time milliseconds(std::uint32_t bits, std::uint32_t most) {
  return std::chrono::milliseconds(1 + bits % most);
}

}  // namespace tern::sim
