// A client's text in an error: what a client sent comes back to a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "rib/types/one_line.h"

namespace tern::api {

inline constexpr std::size_t kMostQuoted = 100;  // octets

// The text in quotes, on one line, cut behind kMostQuoted octets: 'a?b'.
[[nodiscard]] inline std::string quoted(std::string_view text) {
  return "'" + one_line(text, kMostQuoted, Letters::Utf8) + "'";
}

}  // namespace tern::api
