// A time for people, in UTC.
#pragma once

#include <cstdint>
#include <string>

namespace tern {

// "2026-11-30 18:00:00 UTC". format: of strftime(), for a text below 64 octets. Empty: the year has
// no number.
[[nodiscard]] std::string utc_text(std::int64_t unix_seconds,
                                   const char* format = "%Y-%m-%d %H:%M:%S UTC");

}  // namespace tern
