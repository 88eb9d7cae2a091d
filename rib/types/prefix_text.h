// A text that should be a prefix, in an error.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "rib/types/one_line.h"

namespace tern {

// "'192.0.2.1/24' is not a prefix without host bits, as 203.0.113.0/24"
[[nodiscard]] inline std::string not_a_prefix(std::string_view text) {
  constexpr std::size_t kMostShown = 80;  // octets
  return "'" + one_line(text, kMostShown) +
         "' is not a prefix without host bits, as 203.0.113.0/24";
}

}  // namespace tern
