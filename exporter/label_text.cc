#include "exporter/label_text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace tern::exporter {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

[[nodiscard]] bool plain(char c) { return (c >= 0x20 && c < 0x7f) || c == '\n'; }

[[nodiscard]] std::uint32_t byte_at(std::string_view text, std::size_t position) {
  return static_cast<unsigned char>(text[position]);
}

// Length of the well-formed sequence of two to four bytes at the start of text, else 0: no overlong
// forms, no surrogates, nothing above U+10FFFF (RFC 3629 section 4).
[[nodiscard]] std::size_t sequence_length(std::string_view text) {
  const std::uint32_t lead = byte_at(text, 0);
  std::size_t length = 0;
  std::uint32_t least = 0;
  std::uint32_t code = 0;
  if (lead >= 0xc2 && lead <= 0xdf) {
    length = 2, least = 0x80, code = lead & 0x1fU;
  } else if ((lead & 0xf0U) == 0xe0) {
    length = 3, least = 0x800, code = lead & 0x0fU;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4, least = 0x10000, code = lead & 0x07U;
  }
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    const std::uint32_t next = byte_at(text, i);
    if ((next & 0xc0U) != 0x80) return 0;
    code = (code << 6U) | (next & 0x3fU);
  }
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  const bool c1_control = code < 0xa0;
  return code < least || code > 0x10ffff || surrogate || c1_control ? 0 : length;
}

}  // namespace

std::string label_text(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), plain)) return std::string(text);
  std::string result;
  result.reserve(text.size() + kReplacement.size());
  while (!text.empty()) {
    const std::size_t length = plain(text.front()) ? 1 : sequence_length(text);
    result += length == 0 ? kReplacement : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

}  // namespace tern::exporter
