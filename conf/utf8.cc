#include "conf/utf8.h"

#include <algorithm>

namespace tern::conf {

std::size_t first_bad_byte(std::string_view text) {
  const auto byte = [&](std::size_t at) -> unsigned {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
  };
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] > 0) {  // ASCII, as most text is
      ++at;
      continue;
    }
    const unsigned lead = byte(at);
    std::size_t more = 0;
    if (lead == 0 || (lead >= 0x80 && lead < 0xC2) || lead > 0xF4) return at;
    if (lead >= 0xC2) more = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    for (std::size_t i = 1; i <= more; ++i) {
      if ((byte(at + i) & 0xC0U) != 0x80U) return at;
    }
    const unsigned second = byte(at + 1);
    const bool too_long = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
    const bool no_character = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
    if (too_long || no_character) return at;
    at += more + 1;
  }
  return at;
}

Place place_of_byte(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto start = before.rfind('\n') + 1;  // npos + 1 is 0
  return {static_cast<int>(line), static_cast<int>(at - start) + 1};
}

}  // namespace tern::conf
