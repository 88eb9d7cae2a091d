#include "bgpd/wire/attribute_encode.h"

#include <cassert>
#include <cstring>

#include "bgpd/wire/as_path_codec.h"

namespace tern::wire {
namespace {

constexpr Asn kMaxTwoOctet = 0xFFFF;
constexpr std::size_t kMaxShortValue = 255;
constexpr std::size_t kShortHeader = 3;  // flags, type, length

bool encode_optional(const std::optional<std::uint32_t>& number, RawWriter& value) {
  if (number) value.u32(*number);
  return number.has_value();
}

// The value stands where a header with a length of one octet ends; puts the header before it. The
// rare long value moves by an octet to make room for a length of two.
void put_header(std::uint8_t flags, std::uint8_t type, const std::byte* end, RawWriter& writer) {
  std::byte* const value = writer.at() + kShortHeader;
  const auto length = static_cast<std::size_t>(end - value);
  const bool extended = length > kMaxShortValue;
  if (extended) {
    std::memmove(value + 1, value, length);
    flags |= attribute_flag::kExtendedLength;
  }
  writer.u8(flags);
  writer.u8(type);
  if (extended) {
    writer.u16(static_cast<std::uint16_t>(length));
  } else {
    writer.u8(static_cast<std::uint8_t>(length));
  }
  writer.go_to(writer.at() + length);
}

void encode_unknown(const UnknownAttribute& unknown, RawWriter& writer) {
  constexpr unsigned kKept = 0xF0U & ~unsigned{attribute_flag::kExtendedLength};
  RawWriter value(writer.at() + kShortHeader);
  value.bytes(unknown.value);
  put_header(static_cast<std::uint8_t>(unknown.flags & kKept), unknown.type, value.at(), writer);
}

std::size_t most_of_unknown(const PathAttributes& attributes) {
  constexpr std::size_t kHeader = 4;
  std::size_t octets = 0;
  for (const UnknownAttribute& each : attributes.unknown) octets += kHeader + each.value.size();
  return octets;
}

}  // namespace

bool encode_origin(const PathAttributes& attributes, const AttributeEncoding&, RawWriter& value) {
  value.u8(static_cast<std::uint8_t>(attributes.origin));
  return true;
}

bool encode_as_path(const PathAttributes& attributes, const AttributeEncoding& encoding,
                    RawWriter& value) {
  encode_as_path(attributes.as_path, encoding.four_octet_as ? AsWidth::Four : AsWidth::Two, value);
  return true;
}

bool encode_next_hop(const PathAttributes& attributes, const AttributeEncoding& encoding,
                     RawWriter& value) {
  const bool present = encoding.next_hop && attributes.next_hop.global.is_v4();
  if (present) value.bytes(attributes.next_hop.global.bytes());
  return present;
}

bool encode_med(const PathAttributes& attributes, const AttributeEncoding&, RawWriter& value) {
  return encode_optional(attributes.med, value);
}

bool encode_local_pref(const PathAttributes& attributes, const AttributeEncoding&,
                       RawWriter& value) {
  return encode_optional(attributes.local_pref, value);
}

bool encode_atomic_aggregate(const PathAttributes& attributes, const AttributeEncoding&,
                             RawWriter&) {
  return attributes.atomic_aggregate;
}

bool encode_aggregator(const PathAttributes& attributes, const AttributeEncoding& encoding,
                       RawWriter& value) {
  if (!attributes.aggregator) return false;
  const Asn asn = attributes.aggregator->asn;
  if (encoding.four_octet_as) {
    value.u32(asn);
  } else {
    value.u16(static_cast<std::uint16_t>(asn > kMaxTwoOctet ? kAsTrans : asn));
  }
  value.bytes(attributes.aggregator->address.bytes());
  return true;
}

bool encode_communities(const PathAttributes& attributes, const AttributeEncoding&,
                        RawWriter& value) {
  for (const Community community : attributes.communities) value.u32(community.value);
  return !attributes.communities.empty();
}

bool encode_originator_id(const PathAttributes& attributes, const AttributeEncoding&,
                          RawWriter& value) {
  if (attributes.originator_id) value.bytes(attributes.originator_id->bytes());
  return attributes.originator_id.has_value();
}

bool encode_cluster_list(const PathAttributes& attributes, const AttributeEncoding&,
                         RawWriter& value) {
  for (const std::uint32_t id : attributes.cluster_list) value.u32(id);
  return !attributes.cluster_list.empty();
}

bool encode_extended_communities(const PathAttributes& attributes, const AttributeEncoding&,
                                 RawWriter& value) {
  for (const ExtendedCommunity community : attributes.extended_communities) {
    value.u64(community.value);
  }
  return !attributes.extended_communities.empty();
}

bool encode_as4_path(const PathAttributes& attributes, const AttributeEncoding& encoding,
                     RawWriter& value) {
  if (encoding.four_octet_as || !needs_as4_path(attributes.as_path)) return false;
  encode_as4_path(attributes.as_path, value);
  return true;
}

bool encode_as4_aggregator(const PathAttributes& attributes, const AttributeEncoding& encoding,
                           RawWriter& value) {
  const auto& aggregator = attributes.aggregator;
  if (encoding.four_octet_as || !aggregator || aggregator->asn <= kMaxTwoOctet) return false;
  value.u32(aggregator->asn);
  value.bytes(aggregator->address.bytes());
  return true;
}

bool encode_ipv6_extended_communities(const PathAttributes& attributes, const AttributeEncoding&,
                                      RawWriter& value) {
  for (const Ipv6ExtendedCommunity& community : attributes.ipv6_extended_communities) {
    value.bytes(community.bytes);
  }
  return !attributes.ipv6_extended_communities.empty();
}

bool encode_aigp(const PathAttributes& attributes, const AttributeEncoding&, RawWriter& value) {
  if (!attributes.aigp) return false;
  value.u8(1);    // the AIGP TLV
  value.u16(11);  // its length, these three octets included (RFC 7311 section 3)
  value.u64(*attributes.aigp);
  return true;
}

bool encode_large_communities(const PathAttributes& attributes, const AttributeEncoding&,
                              RawWriter& value) {
  for (const LargeCommunity& community : attributes.large_communities) {
    value.u32(community.global);
    value.u32(community.local1);
    value.u32(community.local2);
  }
  return !attributes.large_communities.empty();
}

bool encode_only_to_customer(const PathAttributes& attributes, const AttributeEncoding&,
                             RawWriter& value) {
  return encode_optional(attributes.only_to_customer, value);
}

void encode_attribute_list(const PathAttributes& attributes, const AttributeEncoding& encoding,
                           std::vector<std::byte>& out) {
  const std::size_t start = out.size();
  out.resize(start + most_octets(attributes, encoding) + most_of_unknown(attributes));
  RawWriter writer(out.data() + start);
  auto unknown = attributes.unknown.begin();
  const auto unknown_before = [&](unsigned type) {
    for (; unknown != attributes.unknown.end() && unknown->type < type; ++unknown) {
      encode_unknown(*unknown, writer);
    }
  };
  for (const AttributeRow& row : attribute_rows()) {
    if (row.encode == nullptr) continue;
    const auto type = static_cast<std::uint8_t>(row.type);
    unknown_before(type);
    RawWriter value(writer.at() + kShortHeader);
    const bool present = row.encode(attributes, encoding, value);
    assert(value.at() <= writer.at() + kShortHeader + row.most_octets(attributes, encoding));
    if (present) put_header(row.flags, type, value.at(), writer);
  }
  unknown_before(256);
  const auto size = static_cast<std::size_t>(writer.at() - out.data());
  assert(size <= out.size());
  out.resize(size);
}

}  // namespace tern::wire
