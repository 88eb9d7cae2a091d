// The encode functions of the attribute table: each writes the value of one attribute, or returns
// false and writes nothing when the set has no such attribute.
#pragma once

#include "bgpd/wire/attributes.h"

namespace tern::wire {

bool encode_origin(const PathAttributes&, const AttributeEncoding&, RawWriter& value);
bool encode_as_path(const PathAttributes&, const AttributeEncoding&, RawWriter& value);
bool encode_next_hop(const PathAttributes&, const AttributeEncoding&, RawWriter& value);
bool encode_med(const PathAttributes&, const AttributeEncoding&, RawWriter& value);
bool encode_local_pref(const PathAttributes&, const AttributeEncoding&, RawWriter& value);
bool encode_atomic_aggregate(const PathAttributes&, const AttributeEncoding&, RawWriter& value);
bool encode_aggregator(const PathAttributes&, const AttributeEncoding&, RawWriter& value);
bool encode_communities(const PathAttributes&, const AttributeEncoding&, RawWriter& value);
bool encode_originator_id(const PathAttributes&, const AttributeEncoding&, RawWriter& value);
bool encode_cluster_list(const PathAttributes&, const AttributeEncoding&, RawWriter& value);
bool encode_extended_communities(const PathAttributes&, const AttributeEncoding&, RawWriter& value);
bool encode_as4_path(const PathAttributes&, const AttributeEncoding&, RawWriter& value);
bool encode_as4_aggregator(const PathAttributes&, const AttributeEncoding&, RawWriter& value);
bool encode_ipv6_extended_communities(const PathAttributes&, const AttributeEncoding&,
                                      RawWriter& value);
bool encode_aigp(const PathAttributes&, const AttributeEncoding&, RawWriter& value);
bool encode_large_communities(const PathAttributes&, const AttributeEncoding&, RawWriter& value);
bool encode_only_to_customer(const PathAttributes&, const AttributeEncoding&, RawWriter& value);

// The `most` of the rows whose length is not exact: the most octets that an encode function writes.
// Inline, because encode_attribute_list() adds them up for every set.
template <std::size_t octets>
[[nodiscard]] std::size_t most_of_value(const PathAttributes&, const AttributeEncoding&) {
  return octets;
}
template <auto list, std::size_t octets>  // of an entry
[[nodiscard]] std::size_t most_of_list(const PathAttributes& attributes, const AttributeEncoding&) {
  return octets * (attributes.*list).size();
}
[[nodiscard]] inline std::size_t most_of_as_path(const PathAttributes& attributes,
                                                 const AttributeEncoding&) {
  std::size_t octets = 0;
  for (const AsSegment& segment : attributes.as_path.segments()) {
    octets += 2 * (segment.asns.size() / 255 + 1) + 4 * segment.asns.size();
  }
  return octets;
}
[[nodiscard]] inline std::size_t most_of_as4_path(const PathAttributes& attributes,
                                                  const AttributeEncoding& encoding) {
  return encoding.four_octet_as ? 0 : most_of_as_path(attributes, encoding);
}

// The octets of a next hop: 4 or 16, and 16 more for a link-local address.
[[nodiscard]] inline std::size_t next_hop_size(const NextHop& next_hop) {
  return next_hop.global.bytes().size() + (next_hop.link_local ? 16U : 0U);
}

// All attributes of the set, table rows and unknown ones, in ascending order of type (RFC 4271
// section 5) with canonical flags; the extended length only where it is needed.
void encode_attribute_list(const PathAttributes& attributes, const AttributeEncoding& encoding,
                           std::vector<std::byte>& out);

}  // namespace tern::wire
