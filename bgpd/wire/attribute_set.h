// Attribute sets as octets: what the attribute table keeps and what announcements are made of.
//
// The octets of a set are one octet with the size of its next hop (0, 4, 16 or 32), the next hop,
// and then the attributes as they stand in a message between speakers of four-octet AS numbers:
// ascending types, canonical flags, without NEXT_HOP and MP attributes. Sizes say which addresses
// the next hop is: 0 stands for 0.0.0.0, 32 for a global and a link-local address.
//
// Equal sets have equal octets and unequal sets unequal ones, so octets can be compared and hashed
// in place of PathAttributes. This wants sets as decode_update() and the policies make them: path
// segments of 1 to 255 AS numbers, unknown attributes sorted by type.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "bgpd/wire/cursor.h"
#include "bgpd/wire/update.h"
#include "rib/types/family.h"
#include "rib/types/path_attributes.h"
#include "rib/types/prefix.h"

namespace tern::wire {

// Appends the octets of the set. False, and nothing appended, when the attributes take more than
// the 65535 octets that a message has for them: with an extended message (RFC 8654) a peer comes so
// near that what a policy adds can pass it. Such a set has no octets and cannot be announced.
[[nodiscard]] bool encode_set(const PathAttributes& attributes, std::vector<std::byte>& out);

// The inverse, for what encode_set() wrote. Refills `out` in place and keeps its memory.
void decode_set(Bytes set, PathAttributes& out);

// As encode_announcements() of update.h, for the octets of a set. With four-octet AS numbers they
// are copied as they are; for others they are decoded and encoded anew.
std::size_t encode_announcements(Bytes set, std::span<const Nlri> prefixes,
                                 const Encoding& encoding, std::vector<std::byte>& out);

// Whether every prefix of the family can be announced with the set: the longest one has room beside
// the attributes, and the next hop is one that the family can have.
[[nodiscard]] bool fits(Bytes set, Family family, const Encoding& encoding);

// The parts of a set, which point into its octets.
struct SetParts {
  Bytes next_hop;
  Bytes attributes;
};
[[nodiscard]] SetParts set_parts(Bytes set);
// The value of the AS_PATH of a set, with AS numbers of four octets.
[[nodiscard]] Bytes as_path_of(Bytes set);

}  // namespace tern::wire
