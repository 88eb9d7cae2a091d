// AS_PATH on the wire (RFC 4271 section 4.3, RFC 6793 for the two widths of an AS number).
#pragma once

#include <cstdint>
#include <vector>

#include "bgpd/wire/cursor.h"
#include "rib/types/as_path.h"

namespace tern::wire {

enum class AsWidth : std::uint8_t { Two = 2, Four = 4 };

// RFC 7606 section 7.2: an undefined segment type, a segment without an AS number, a segment that
// reaches past the attribute, or an octet left over.
enum class AsPathFault : std::uint8_t { None, SegmentType, EmptySegment, Length };

// What a decoded path holds that some sessions do not take.
struct AsPathTraits {
  AsPathFault fault = AsPathFault::None;
  bool has_zero = false;           // RFC 7607
  bool has_set = false;            // AS_SET or AS_CONFED_SET, RFC 9774
  bool has_confederation = false;  // RFC 5065
};

// Refills `segments` and keeps the memory it has. After a fault its content is meaningless.
[[nodiscard]] AsPathTraits decode_as_path(Bytes value, AsWidth width,
                                          std::vector<AsSegment>& segments);

// Appends the segments. AsWidth::Two writes AS_TRANS for what two octets cannot hold. Segments of
// more than 255 AS numbers are continued in a further one of their type.
void encode_as_path(const AsPath& path, AsWidth width, RawWriter& writer);

// True when a two-octet session must add AS4_PATH (RFC 6793 section 4.2.2): some AS number outside
// the confederation segments needs four octets.
[[nodiscard]] bool needs_as4_path(const AsPath& path);
// AS4_PATH: the path without its confederation segments, which are not valid there (RFC 6793
// section 3).
void encode_as4_path(const AsPath& path, RawWriter& writer);

// RFC 6793 section 4.2.3: puts what old speakers prepended to `path` in front of `as4_path` and
// leaves the result in `path`. Does nothing when AS_PATH is the shorter one.
void merge_as4_path(AsPath& path, const AsPath& as4_path);

}  // namespace tern::wire
