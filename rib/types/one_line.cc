#include "rib/types/one_line.h"

#include <algorithm>

namespace tern {

std::string_view cut_utf8(std::string_view text, std::size_t max_octets) {
  if (text.size() <= max_octets) return text;
  std::size_t end = max_octets;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;
  return text.substr(0, end);
}

std::string one_line(std::string_view text, std::size_t max_octets, Letters letters) {
  const bool utf8 = letters == Letters::Utf8;
  std::string line(utf8 ? cut_utf8(text, max_octets) : text.substr(0, max_octets));
  const bool cut = line.size() < text.size();
  const auto replaced = [utf8](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet < 0x20 || octet == 0x7F || (octet > 0x7F && !utf8);
  };
  std::ranges::replace_if(line, replaced, '?');
  if (cut) line += "...";
  return line;
}

}  // namespace tern
