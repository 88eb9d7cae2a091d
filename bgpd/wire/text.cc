#include "bgpd/wire/text.h"

#include <cstdint>

namespace tern::wire {
namespace {

struct Character {
  std::uint32_t code_point = 0;
  std::size_t octets = 0;  // 0: not UTF-8
};

// RFC 3629 section 4: no overlong forms, no surrogates, nothing past U+10FFFF.
Character first_character(Bytes bytes) {
  const auto lead = std::to_integer<std::uint32_t>(bytes[0]);
  if (lead < 0x80) return {lead, 1};
  const std::size_t octets = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || bytes.size() < octets) return {};
  std::uint32_t code_point = lead & (0xFFU >> (octets + 1));
  for (const std::byte byte : bytes.subspan(1, octets - 1)) {
    const auto next = std::to_integer<std::uint32_t>(byte);
    if ((next & 0xC0U) != 0x80) return {};
    code_point = (code_point << 6U) | (next & 0x3FU);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < kSmallest[octets] || surrogate || code_point > 0x10FFFF) return {};
  return {code_point, octets};
}

bool printable(std::uint32_t c) {
  const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0);
  const bool invisible = (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
                         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
  return !control && !invisible;
}

}  // namespace

std::string printable_text(Bytes bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const Character character = first_character(bytes);
    const std::size_t octets = character.octets == 0 ? 1 : character.octets;
    if (character.octets != 0 && printable(character.code_point)) {
      for (const std::byte byte : bytes.first(octets)) text += std::to_integer<char>(byte);
    } else {
      text += '?';
    }
    bytes = bytes.subspan(octets);
  }
  return text;
}

}  // namespace tern::wire
