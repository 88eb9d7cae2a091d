// Octets as text for people, where no name exists for them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tern {

// Two digits an octet, lower case, nothing between.
[[nodiscard]] inline std::string to_hex(std::span<const std::byte> octets) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * octets.size());
  for (const std::byte octet : octets) {
    text += kDigits[std::to_integer<unsigned>(octet) >> 4U];
    text += kDigits[std::to_integer<unsigned>(octet) & 0xFU];
  }
  return text;
}

}  // namespace tern
