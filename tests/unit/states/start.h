// The time at which the simulated clocks of these tests begin.
#pragma once

#include <cstdint>

namespace tern::states {

inline constexpr std::uint32_t kStart = 1'800'000'000;  // seconds since 1970

}  // namespace tern::states
