#include "bgpd/wire/attribute_decode.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "bgpd/wire/as_path_codec.h"

namespace tern::wire {
namespace {

constexpr ValueFault kSound{};

IpAddress read_ipv4(Cursor& cursor) { return IpAddress::v4(cursor.u32()); }

ValueFault as_path_fault(AsPathFault fault) {
  switch (fault) {
    case AsPathFault::None:
      break;
    case AsPathFault::SegmentType:
      return {"undefined path segment type", update_error::kMalformedAsPath};
    case AsPathFault::EmptySegment:
      return {"path segment without an AS number", update_error::kMalformedAsPath};
    case AsPathFault::Length:
      return {"path segment does not fit the attribute", update_error::kMalformedAsPath};
  }
  return kSound;
}

// What a sound path may still hold that this session does not take.
ValueFault unwanted_in_path(const AsPathTraits& traits, const UpdateContext& context) {
  if (traits.has_zero) return {"AS 0 in the path", update_error::kMalformedAsPath, Reason::AsZero};
  if (traits.has_confederation && !context.ibgp) {  // RFC 5065 section 5
    return {"confederation segment from outside a confederation", update_error::kMalformedAsPath,
            Reason::ConfederationSegment};
  }
  if (traits.has_set && context.reject_as_sets) {
    return {"AS_SET in the path", update_error::kMalformedAsPath, Reason::AsSet};
  }
  return kSound;
}

[[maybe_unused]] bool is_clear(const PathAttributes& attributes) {
  PathAttributes clear;
  clear.as_path = attributes.as_path;
  return attributes == clear;
}

}  // namespace

void clear_values(PathAttributes& attributes) {
  attributes.origin = Origin::Incomplete;
  attributes.next_hop = {};
  attributes.med.reset();
  attributes.local_pref.reset();
  attributes.atomic_aggregate = false;
  attributes.aggregator.reset();
  attributes.communities.clear();
  attributes.extended_communities.clear();
  attributes.ipv6_extended_communities.clear();
  attributes.large_communities.clear();
  attributes.originator_id.reset();
  attributes.cluster_list.clear();
  attributes.aigp.reset();
  attributes.only_to_customer.reset();
  attributes.unknown.clear();
  assert(is_clear(attributes));  // else the next UPDATE would keep a field of this one
}

ValueFault decode_origin(Bytes value, Decoding& decoding) {
  const auto number = std::to_integer<std::uint8_t>(value[0]);
  if (number > static_cast<std::uint8_t>(Origin::Incomplete)) {
    return {"undefined ORIGIN", update_error::kInvalidOrigin};
  }
  decoding.attributes.origin = static_cast<Origin>(number);
  decoding.has_origin = true;
  return kSound;
}

ValueFault decode_as_path(Bytes value, Decoding& decoding) {
  const AsWidth width = decoding.context.four_octet_as ? AsWidth::Four : AsWidth::Two;
  const AsPathTraits traits =
      decode_as_path(value, width, decoding.attributes.as_path.mutable_segments());
  if (traits.fault != AsPathFault::None) return as_path_fault(traits.fault);
  decoding.has_as_path = true;
  return unwanted_in_path(traits, decoding.context);
}

// Whether the address can be a next hop at all is the import pipeline's to judge.
ValueFault decode_next_hop(Bytes value, Decoding& decoding) {
  decoding.attributes.next_hop.global = IpAddress::from_bytes(value);
  decoding.message->has_next_hop = true;
  return kSound;
}

ValueFault decode_med(Bytes value, Decoding& decoding) {
  decoding.attributes.med = Cursor(value).u32();
  return kSound;
}

ValueFault decode_local_pref(Bytes value, Decoding& decoding) {
  decoding.attributes.local_pref = Cursor(value).u32();
  return kSound;
}

ValueFault decode_atomic_aggregate(Bytes, Decoding& decoding) {
  decoding.attributes.atomic_aggregate = true;
  return kSound;
}

ValueFault decode_aggregator(Bytes value, Decoding& decoding) {
  const bool four = decoding.context.four_octet_as;
  if (value.size() != (four ? 8U : 6U)) {  // RFC 7606 section 7.7
    return {"AGGREGATOR does not have the length of this session's AS numbers",
            update_error::kLength};
  }
  Cursor cursor(value);
  Aggregator aggregator;
  aggregator.asn = four ? cursor.u32() : cursor.u16();
  aggregator.address = read_ipv4(cursor);
  if (aggregator.asn == kAsZero && decoding.message != nullptr) {
    return {"AS 0 as aggregator", update_error::kOptionalAttribute, Reason::AsZero};
  }
  decoding.attributes.aggregator = aggregator;
  return kSound;
}

ValueFault decode_communities(Bytes value, Decoding& decoding) {
  std::vector<Community>& list = decoding.attributes.communities;
  list.resize(value.size() / 4);
  Cursor cursor(value);
  for (Community& community : list) community.value = cursor.u32();
  return kSound;
}

ValueFault decode_originator_id(Bytes value, Decoding& decoding) {
  decoding.attributes.originator_id = IpAddress::from_bytes(value);
  return kSound;
}

ValueFault decode_cluster_list(Bytes value, Decoding& decoding) {
  std::vector<std::uint32_t>& list = decoding.attributes.cluster_list;
  list.resize(value.size() / 4);
  Cursor cursor(value);
  for (std::uint32_t& id : list) id = cursor.u32();
  return kSound;
}

ValueFault decode_extended_communities(Bytes value, Decoding& decoding) {
  std::vector<ExtendedCommunity>& list = decoding.attributes.extended_communities;
  list.resize(value.size() / 8);
  Cursor cursor(value);
  for (ExtendedCommunity& community : list) community.value = cursor.u64();
  return kSound;
}

ValueFault decode_as4_path(Bytes value, Decoding& decoding) {
  decoding.as4_path = value;  // judged when it is merged: it may have to be ignored unread
  return kSound;
}

ValueFault decode_as4_aggregator(Bytes value, Decoding& decoding) {
  Cursor cursor(value);
  Aggregator aggregator;
  aggregator.asn = cursor.u32();
  aggregator.address = read_ipv4(cursor);
  if (aggregator.asn == kAsZero) {
    return {"AS 0 as aggregator", update_error::kOptionalAttribute, Reason::AsZero};
  }
  decoding.as4_aggregator = aggregator;
  return kSound;
}

ValueFault decode_ipv6_extended_communities(Bytes value, Decoding& decoding) {
  std::vector<Ipv6ExtendedCommunity>& list = decoding.attributes.ipv6_extended_communities;
  list.resize(value.size() / 20);
  Cursor cursor(value);
  for (Ipv6ExtendedCommunity& community : list) {
    const Bytes octets = cursor.take(community.bytes.size());
    std::copy(octets.begin(), octets.end(), community.bytes.begin());
  }
  return kSound;
}

// RFC 7311 section 3: a list of TLVs whose length counts their own header of three octets. The
// first AIGP TLV counts; further ones and unknown ones are no fault.
ValueFault decode_aigp(Bytes value, Decoding& decoding) {
  constexpr std::uint8_t kAigpTlv = 1;
  constexpr std::size_t kHeader = 3;
  std::optional<std::uint64_t> metric;
  for (Cursor cursor(value); !cursor.at_end();) {
    const std::uint8_t type = cursor.u8();
    const std::size_t length = cursor.u16();
    if (!cursor.ok() || length < kHeader || length - kHeader > cursor.remaining()) {
      return {"AIGP TLV does not fit the attribute", update_error::kOptionalAttribute};
    }
    const Bytes content = cursor.take(length - kHeader);
    if (type != kAigpTlv || metric) continue;
    if (content.size() != 8) {
      return {"AIGP TLV is not of length 11", update_error::kOptionalAttribute};
    }
    metric = Cursor(content).u64();
  }
  const bool maximum = metric == std::numeric_limits<std::uint64_t>::max();
  if (maximum && decoding.message != nullptr) {
    return {"AIGP metric is the maximum", update_error::kOptionalAttribute};
  }
  decoding.attributes.aigp = metric;
  return kSound;
}

ValueFault decode_large_communities(Bytes value, Decoding& decoding) {
  std::vector<LargeCommunity>& list = decoding.attributes.large_communities;
  list.resize(value.size() / 12);
  Cursor cursor(value);
  for (LargeCommunity& community : list) {
    community.global = cursor.u32();
    community.local1 = cursor.u32();
    community.local2 = cursor.u32();
  }
  return kSound;
}

ValueFault decode_only_to_customer(Bytes value, Decoding& decoding) {
  decoding.attributes.only_to_customer = Cursor(value).u32();
  return kSound;
}

}  // namespace tern::wire
