// Bytes as the protocol's people write them.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "rib/types/hex.h"

namespace tern::wire {

using Buffer = std::vector<std::byte>;

// "40 01 01 00": hexadecimal digits; blanks, colons and line breaks are for the reader.
[[nodiscard]] Buffer hex(std::string_view text);
[[nodiscard]] Buffer join(std::initializer_list<Buffer> parts);
// n bytes of the same value.
[[nodiscard]] Buffer repeat(std::size_t n, unsigned value);
// "40 02 <length> <value>" with a one-octet length, or two with the flag for it.
[[nodiscard]] Buffer attribute(unsigned flags, unsigned type, const Buffer& value);
// The body of an UPDATE, with the lengths filled in.
[[nodiscard]] Buffer update_body(const Buffer& withdrawn, const Buffer& attributes,
                                 const Buffer& announced);
// A whole message around a body.
[[nodiscard]] Buffer message(unsigned type, const Buffer& body);
// Whether the body of an UPDATE has an attribute of the type.
[[nodiscard]] bool has_attribute(std::span<const std::byte> body, unsigned type);
// What follows the 19 octets of the header.
[[nodiscard]] Buffer body_of(const Buffer& whole);

}  // namespace tern::wire
