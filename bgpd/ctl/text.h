// How values read in tables and sentences. Pure functions of their arguments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tern::ctl {

// "1,234,567"
[[nodiscard]] std::string count_text(std::uint64_t count);
// "1 route", "2,000 routes": the plural is the noun with an s.
[[nodiscard]] std::string count_of(std::uint64_t count, std::string_view noun);
// The two largest units: "42s", "12m 5s", "3h 12m", "3d 4h", "412d".
[[nodiscard]] std::string duration_text(std::uint64_t seconds);
// Age of a Unix time; empty for 0 (never), "0s" for the future (clocks differ).
[[nodiscard]] std::string age_text(std::uint64_t since_seconds, std::uint64_t now_seconds);
// Microseconds as "850 us", "1.2 ms", "12.3 ms", "123 ms".
[[nodiscard]] std::string cost_text(std::uint64_t microseconds);
// "512 B", "34.2 MiB"
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);

// With blanks up to `width` octets.
[[nodiscard]] std::string padded(std::string text, std::size_t width);
[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view between);

// Columns on a terminal, one for each code point of UTF-8.
[[nodiscard]] std::size_t display_width(std::string_view text);
// The first `width` columns, the last of them "…" where something was cut. Requires width > 0.
[[nodiscard]] std::string cut_to(std::string_view text, std::size_t width);

// Words in lines of at most `width` columns; a longer word has a line of its own.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t width);

}  // namespace tern::ctl
