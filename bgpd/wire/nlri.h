// NLRI: prefixes as an UPDATE carries them (RFC 4271 section 4.3, RFC 4760 section 5, with the path
// id of RFC 7911 section 3 where the session has Add-Path).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "bgpd/wire/cursor.h"
#include "rib/types/prefix.h"

namespace tern::wire {

inline constexpr std::size_t kMaxNlriSize = 4 + 1 + 16;  // path id, length, an IPv6 /128

// Appends the prefixes of a whole field to `out`. False when the field is syntactically incorrect
// (RFC 7606 section 5.3): a length past 32 or 128, or a prefix that reaches past the field. Bits
// after the length are cleared, for they mean nothing (RFC 4271 section 4.3).
[[nodiscard]] bool decode_nlri(Bytes field, Family family, bool add_path, std::vector<Nlri>& out);

[[nodiscard]] inline std::size_t nlri_size(const Nlri& nlri, bool add_path) {
  return (add_path ? 4U : 0U) + 1U + (nlri.prefix.length() + 7U) / 8U;
}
void encode_nlri(const Nlri& nlri, bool add_path, Writer& writer);

// Writes prefixes of one family from `at` on and returns where they end. Up to kNlriSlack octets
// behind that are overwritten: whole addresses are copied, which is faster than counting octets.
inline constexpr std::size_t kNlriSlack = 16;
std::byte* encode_nlri(std::span<const Nlri> prefixes, bool add_path, std::byte* at);

}  // namespace tern::wire
