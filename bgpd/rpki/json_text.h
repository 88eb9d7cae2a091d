// Shared by the readers of JSON files of this folder: errors with their place, and a check of a
// text before it is read.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tern::rpki {

// Why a file cannot be used, or what in it was left out.
struct JsonError {
  std::string file;
  std::size_t line = 0;  // from 1; 0: the place is a path
  std::string path;      // "roas[17].maxLength"; empty: the line is the place, or the whole file
  std::string message;
  // "slurm.json:12: ...", "slurm.json: prefixFilters[3].asn: ...", one line
  [[nodiscard]] std::string to_string() const;
};

// The line of an octet.
[[nodiscard]] std::size_t line_of(std::string_view text, std::size_t position);

// The message of a JSON parser without its position, which says octets where people count lines.
[[nodiscard]] std::string parser_message(std::string_view what);

// Whether a text is JSON, has no member twice in one object, and is within the bounds.
[[nodiscard]] std::optional<JsonError> json_fault(std::string_view text, std::string_view name,
                                                  std::size_t max_octets);

// Objects and arrays inside one another; no file of these formats has more than six.
inline constexpr std::size_t kMostJsonLevels = 16;

}  // namespace tern::rpki
