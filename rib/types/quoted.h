// Text from outside in an error that goes to a terminal or into a log.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "rib/types/one_line.h"

namespace tern {

inline constexpr std::size_t kMostQuoted = 100;  // octets

// The text in quotes, on one line, cut behind kMostQuoted octets: 'a?b'.
[[nodiscard]] inline std::string quoted(std::string_view text) {
  return "'" + one_line(text, kMostQuoted, Letters::Utf8) + "'";
}

}  // namespace tern
