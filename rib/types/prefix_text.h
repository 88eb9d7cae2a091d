// A text that should be a prefix, and the error where it is none.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rib/types/prefix.h"
#include "rib/types/quoted.h"

namespace tern {

// An address is a prefix of all its bits.
[[nodiscard]] inline std::optional<Prefix> parse_prefix_or_address(std::string_view text) {
  if (const auto address = IpAddress::parse(text)) return alone(*address);
  return Prefix::parse(text);
}

// "'192.0.2.1/24' is not a prefix without host bits, as 203.0.113.0/24"
[[nodiscard]] inline std::string not_a_prefix(std::string_view text) {
  return quoted(text) + " is not a prefix without host bits, as 203.0.113.0/24";
}
// "'x' is neither a prefix nor an address"
[[nodiscard]] inline std::string not_a_prefix_or_address(std::string_view text) {
  return quoted(text) + " is neither a prefix nor an address";
}

}  // namespace tern
