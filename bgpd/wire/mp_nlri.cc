// MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760 sections 3 and 4). Every fault here leaves the routes
// in doubt and so is a session reset (RFC 7606 sections 5.3, 7.11 and 7.12).
#include "bgpd/wire/attribute_decode.h"
#include "bgpd/wire/nlri.h"

namespace tern::wire {
namespace {

constexpr std::size_t kIpv4Size = 4;
constexpr std::size_t kIpv6Size = 16;

std::optional<Family> spoken(const AfiSafi& number, const UpdateContext& context) {
  const std::optional<Family> family = family_of(number);
  return family && context.families.contains(*family) ? family : std::nullopt;
}

AfiSafi read_family(Cursor& cursor) {
  AfiSafi family;
  family.afi = cursor.u16();
  family.safi = cursor.u8();
  return family;
}

// 16 octets: one address. 32 octets: a global and a link-local one (RFC 2545 section 3); speakers
// without a global address send the unspecified one or their link-local twice in its place.
NextHop ipv6_next_hop(Bytes octets) {
  NextHop next_hop;
  next_hop.global = IpAddress::from_bytes(octets.first(kIpv6Size));
  if (octets.size() == kIpv6Size) return next_hop;
  const IpAddress second = IpAddress::from_bytes(octets.subspan(kIpv6Size));
  if (!second.is_link_local()) return next_hop;  // the global one alone can be relied upon
  if (next_hop.global.is_unspecified()) {
    next_hop.global = second;
  } else if (!next_hop.global.is_link_local()) {
    next_hop.link_local = second;
  }
  return next_hop;
}

// RFC 4760 section 3, RFC 2545 section 3, RFC 8950 section 3. Nothing for a length that the
// family and the session do not have.
std::optional<NextHop> decode_mp_next_hop(Bytes octets, Family family,
                                          const UpdateContext& context) {
  if (row(family).version == IpVersion::V4 && octets.size() == kIpv4Size) {
    return NextHop{IpAddress::from_bytes(octets), std::nullopt};
  }
  const bool may_be_ipv6 =
      row(family).version == IpVersion::V6 || context.extended_next_hop.contains(family);
  const bool ipv6_size = octets.size() == kIpv6Size || octets.size() == 2 * kIpv6Size;
  if (!may_be_ipv6 || !ipv6_size) return std::nullopt;
  return ipv6_next_hop(octets);
}

}  // namespace

ValueFault decode_mp_reach(Bytes value, Decoding& decoding) {
  Cursor cursor(value);
  const std::optional<Family> family = spoken(read_family(cursor), decoding.context);
  if (!family) {
    decoding.skipped_mp_reach = true;
    return {};
  }
  const Bytes next_hop_octets = cursor.take(cursor.u8());
  cursor.u8();  // reserved: "MUST be ignored upon receipt"
  if (!cursor.ok()) {
    return {"next hop reaches past MP_REACH_NLRI", update_error::kOptionalAttribute};
  }
  const auto next_hop = decode_mp_next_hop(next_hop_octets, *family, decoding.context);
  if (!next_hop) {
    return {"next hop length is not the family's", update_error::kOptionalAttribute};
  }
  UpdateMessage& out = *decoding.message;
  const bool add_path = decoding.context.add_path.contains(*family);
  if (!decode_nlri(cursor.rest(), *family, add_path, out.mp_reach.prefixes)) {
    return {"malformed prefix in MP_REACH_NLRI", update_error::kOptionalAttribute};
  }
  out.mp_reach.family = *family;
  out.mp_reach.next_hop = *next_hop;
  out.has_mp_reach = true;
  return {};
}

ValueFault decode_mp_unreach(Bytes value, Decoding& decoding) {
  Cursor cursor(value);
  const std::optional<Family> family = spoken(read_family(cursor), decoding.context);
  if (!family) {
    decoding.skipped_mp_unreach = true;
    return {};
  }
  UpdateMessage& out = *decoding.message;
  const bool add_path = decoding.context.add_path.contains(*family);
  if (!decode_nlri(cursor.rest(), *family, add_path, out.mp_unreach.prefixes)) {
    return {"malformed prefix in MP_UNREACH_NLRI", update_error::kOptionalAttribute};
  }
  out.mp_unreach.family = *family;
  out.has_mp_unreach = true;
  return {};
}

}  // namespace tern::wire
