#include "tests/unit/wire/bytes.h"

#include <cassert>

#include "bgpd/wire/framer.h"

namespace tern::wire {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Buffer hex(std::string_view text) {
  Buffer bytes;
  int high = -1;
  for (const char c : text) {
    const int value = digit(c);
    if (value < 0) continue;
    if (high < 0) {
      high = value;
    } else {
      bytes.push_back(static_cast<std::byte>(high * 16 + value));
      high = -1;
    }
  }
  assert(high < 0);
  return bytes;
}

Buffer join(std::initializer_list<Buffer> parts) {
  Buffer whole;
  for (const Buffer& part : parts) whole.insert(whole.end(), part.begin(), part.end());
  return whole;
}

Buffer repeat(std::size_t n, unsigned value) { return Buffer(n, static_cast<std::byte>(value)); }

Buffer attribute(unsigned flags, unsigned type, const Buffer& value) {
  Buffer bytes;
  Writer writer(bytes);
  const bool extended = value.size() > 255;
  writer.u8(static_cast<std::uint8_t>(flags | (extended ? 0x10U : 0U)));
  writer.u8(static_cast<std::uint8_t>(type));
  if (extended) {
    writer.u16(static_cast<std::uint16_t>(value.size()));
  } else {
    writer.u8(static_cast<std::uint8_t>(value.size()));
  }
  writer.bytes(value);
  return bytes;
}

Buffer update_body(const Buffer& withdrawn, const Buffer& attributes, const Buffer& announced) {
  Buffer bytes;
  Writer writer(bytes);
  writer.u16(static_cast<std::uint16_t>(withdrawn.size()));
  writer.bytes(withdrawn);
  writer.u16(static_cast<std::uint16_t>(attributes.size()));
  writer.bytes(attributes);
  writer.bytes(announced);
  return bytes;
}

Buffer message(unsigned type, const Buffer& body) {
  Buffer bytes;
  const std::size_t start = begin_message(static_cast<MessageType>(type), bytes);
  bytes.insert(bytes.end(), body.begin(), body.end());
  end_message(start, bytes);
  return bytes;
}

bool has_attribute(std::span<const std::byte> body, unsigned type) {
  Cursor cursor(body);
  cursor.take(cursor.u16());
  Cursor list = cursor.sub(cursor.u16());
  while (!list.at_end()) {
    const bool extended = (list.u8() & 0x10U) != 0;
    const bool found = list.u8() == type;
    list.take(extended ? list.u16() : list.u8());
    if (found && list.ok()) return true;
  }
  return false;
}

Buffer body_of(const Buffer& whole) { return {whole.begin() + kHeaderSize, whole.end()}; }

}  // namespace tern::wire
