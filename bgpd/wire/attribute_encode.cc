#include "bgpd/wire/attribute_encode.h"

#include "bgpd/wire/as_path_codec.h"

namespace tern::wire {
namespace {

constexpr Asn kMaxTwoOctet = 0xFFFF;
constexpr std::size_t kMaxShortValue = 255;

bool encode_optional(const std::optional<std::uint32_t>& number, Writer& value) {
  if (number) value.u32(*number);
  return number.has_value();
}

// Starts an attribute with a one-octet length; returns where it stands.
std::size_t begin_attribute(std::uint8_t flags, std::uint8_t type, Writer& writer) {
  const std::size_t start = writer.position();
  writer.u8(flags);
  writer.u8(type);
  writer.u8(0);
  return start;
}

// Sets the length; the rare long value moves by an octet to make room for a length of two.
void end_attribute(std::size_t start, Writer& writer, std::vector<std::byte>& out) {
  const std::size_t length = out.size() - start - 3;
  if (length <= kMaxShortValue) {
    writer.patch_u8(start + 2, static_cast<std::uint8_t>(length));
    return;
  }
  out[start] |= static_cast<std::byte>(attribute_flag::kExtendedLength);
  out.insert(out.begin() + static_cast<std::ptrdiff_t>(start) + 2, std::byte{0});
  writer.patch_u16(start + 2, static_cast<std::uint16_t>(length));
}

void encode_unknown(const UnknownAttribute& unknown, Writer& writer, std::vector<std::byte>& out) {
  constexpr unsigned kKept = 0xF0U & ~unsigned{attribute_flag::kExtendedLength};
  const std::size_t start =
      begin_attribute(static_cast<std::uint8_t>(unknown.flags & kKept), unknown.type, writer);
  writer.bytes(unknown.value);
  end_attribute(start, writer, out);
}

}  // namespace

bool encode_origin(const PathAttributes& attributes, const AttributeEncoding&, Writer& value) {
  value.u8(static_cast<std::uint8_t>(attributes.origin));
  return true;
}

bool encode_as_path(const PathAttributes& attributes, const AttributeEncoding& encoding,
                    Writer& value) {
  encode_as_path(attributes.as_path, encoding.four_octet_as ? AsWidth::Four : AsWidth::Two, value);
  return true;
}

bool encode_next_hop(const PathAttributes& attributes, const AttributeEncoding& encoding,
                     Writer& value) {
  if (encoding.next_hop) value.bytes(attributes.next_hop.global.bytes());
  return encoding.next_hop;
}

bool encode_med(const PathAttributes& attributes, const AttributeEncoding&, Writer& value) {
  return encode_optional(attributes.med, value);
}

bool encode_local_pref(const PathAttributes& attributes, const AttributeEncoding&, Writer& value) {
  return encode_optional(attributes.local_pref, value);
}

bool encode_atomic_aggregate(const PathAttributes& attributes, const AttributeEncoding&, Writer&) {
  return attributes.atomic_aggregate;
}

bool encode_aggregator(const PathAttributes& attributes, const AttributeEncoding& encoding,
                       Writer& value) {
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

bool encode_communities(const PathAttributes& attributes, const AttributeEncoding&, Writer& value) {
  for (const Community community : attributes.communities) value.u32(community.value);
  return !attributes.communities.empty();
}

bool encode_originator_id(const PathAttributes& attributes, const AttributeEncoding&,
                          Writer& value) {
  if (attributes.originator_id) value.bytes(attributes.originator_id->bytes());
  return attributes.originator_id.has_value();
}

bool encode_cluster_list(const PathAttributes& attributes, const AttributeEncoding&,
                         Writer& value) {
  for (const std::uint32_t id : attributes.cluster_list) value.u32(id);
  return !attributes.cluster_list.empty();
}

bool encode_extended_communities(const PathAttributes& attributes, const AttributeEncoding&,
                                 Writer& value) {
  for (const ExtendedCommunity community : attributes.extended_communities) {
    value.u64(community.value);
  }
  return !attributes.extended_communities.empty();
}

bool encode_as4_path(const PathAttributes& attributes, const AttributeEncoding& encoding,
                     Writer& value) {
  if (encoding.four_octet_as || !needs_as4_path(attributes.as_path)) return false;
  encode_as4_path(attributes.as_path, value);
  return true;
}

bool encode_as4_aggregator(const PathAttributes& attributes, const AttributeEncoding& encoding,
                           Writer& value) {
  const auto& aggregator = attributes.aggregator;
  if (encoding.four_octet_as || !aggregator || aggregator->asn <= kMaxTwoOctet) return false;
  value.u32(aggregator->asn);
  value.bytes(aggregator->address.bytes());
  return true;
}

bool encode_ipv6_extended_communities(const PathAttributes& attributes, const AttributeEncoding&,
                                      Writer& value) {
  for (const Ipv6ExtendedCommunity& community : attributes.ipv6_extended_communities) {
    value.bytes(community.bytes);
  }
  return !attributes.ipv6_extended_communities.empty();
}

bool encode_aigp(const PathAttributes& attributes, const AttributeEncoding&, Writer& value) {
  if (!attributes.aigp) return false;
  value.u8(1);    // the AIGP TLV
  value.u16(11);  // its length, these three octets included (RFC 7311 section 3)
  value.u64(*attributes.aigp);
  return true;
}

bool encode_large_communities(const PathAttributes& attributes, const AttributeEncoding&,
                              Writer& value) {
  for (const LargeCommunity& community : attributes.large_communities) {
    value.u32(community.global);
    value.u32(community.local1);
    value.u32(community.local2);
  }
  return !attributes.large_communities.empty();
}

bool encode_only_to_customer(const PathAttributes& attributes, const AttributeEncoding&,
                             Writer& value) {
  return encode_optional(attributes.only_to_customer, value);
}

void encode_attribute_list(const PathAttributes& attributes, const AttributeEncoding& encoding,
                           std::vector<std::byte>& out) {
  Writer writer(out);
  auto unknown = attributes.unknown.begin();
  const auto unknown_before = [&](unsigned type) {
    for (; unknown != attributes.unknown.end() && unknown->type < type; ++unknown) {
      encode_unknown(*unknown, writer, out);
    }
  };
  for (const AttributeRow& row : attribute_rows()) {
    if (row.encode == nullptr) continue;
    const auto type = static_cast<std::uint8_t>(row.type);
    unknown_before(type);
    const std::size_t start = begin_attribute(row.flags, type, writer);
    if (row.encode(attributes, encoding, writer)) {
      end_attribute(start, writer, out);
    } else {
      out.resize(start);
    }
  }
  unknown_before(256);
}

}  // namespace tern::wire
