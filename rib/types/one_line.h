// Text from outside, made fit for a line of a log, a listing or an error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tern {

// The longest beginning of `text` of at most max_octets that does not end inside a character of
// UTF-8.
[[nodiscard]] std::string_view cut_utf8(std::string_view text, std::size_t max_octets);

enum class Letters : std::uint8_t {
  Ascii,  // of a stranger: any other octet is replaced
  Utf8,   // of the operator: control characters of ASCII are replaced
};

// The text with '?' for each octet that is replaced, so that the text can neither end nor forge a
// line. A text of more than max_octets is cut and ends with "...".
[[nodiscard]] std::string one_line(std::string_view text, std::size_t max_octets,
                                   Letters letters = Letters::Ascii);

}  // namespace tern
