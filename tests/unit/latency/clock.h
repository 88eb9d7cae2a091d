// The clock of these tests, in seconds.
#pragma once

#include <cstdint>

namespace tern::latency {

inline constexpr std::uint32_t kMinute = 60;
inline constexpr std::uint32_t kHour = 3600;
inline constexpr std::uint32_t kStart = 490'000 * kHour;  // at the beginning of an hour

}  // namespace tern::latency
