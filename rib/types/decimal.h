// Decimal numbers inside the texts of this folder: one spelling each, so that a parsed text is
// printed back unchanged.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace tern {

// All of text is the number. No sign, no blanks, no leading zeros (elsewhere they mean octal), and
// nothing where it does not fit.
template <typename Number>
[[nodiscard]] std::optional<Number> parse_decimal(std::string_view text) {
  static_assert(std::is_unsigned_v<Number>);
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

}  // namespace tern
