// How UPDATEs are made.
//
// A message holds prefixes of one kind only, and MP_REACH_NLRI or MP_UNREACH_NLRI stands first
// among its attributes: RFC 7606 section 5.1 asks for both, so that a receiver that stumbles over a
// later attribute still knows the prefixes. The attributes are encoded once and copied into each
// message.
#include <algorithm>
#include <array>
#include <cassert>

#include "bgpd/wire/attribute_encode.h"
#include "bgpd/wire/attribute_set.h"
#include "bgpd/wire/framer.h"
#include "bgpd/wire/nlri.h"
#include "bgpd/wire/update.h"

namespace tern::wire {
namespace {

constexpr std::size_t kUpdateOverhead = kHeaderSize + 2 + 2;  // the two lengths of an UPDATE
constexpr std::size_t kShortHeader = 3;                       // flags, type, length
constexpr std::size_t kLongHeader = 4;
constexpr std::size_t kMaxShortValue = 255;

// The value an attribute can have in `room` octets, header included.
std::size_t value_capacity(std::size_t room) {
  if (room < kShortHeader) return 0;
  if (room - kShortHeader <= kMaxShortValue) return room - kShortHeader;
  return std::max(kMaxShortValue, room - kLongHeader);
}

// How many of the first prefixes fit into `room`, and their size.
struct Portion {
  std::size_t count = 0;
  std::size_t octets = 0;
};

Portion portion(std::span<const Nlri> prefixes, bool add_path, std::size_t room) {
  Portion fits;
  for (const Nlri& nlri : prefixes) {
    const std::size_t size = nlri_size(nlri, add_path);
    if (fits.octets + size > room) break;
    fits.octets += size;
    ++fits.count;
  }
  return fits;
}

std::size_t largest(std::span<const Nlri> prefixes, bool add_path) {
  std::size_t size = 0;
  for (const Nlri& nlri : prefixes) size = std::max(size, nlri_size(nlri, add_path));
  return size;
}

void write_mp_header(AttributeType type, std::size_t length, Family family, RawWriter& writer) {
  const bool extended = length > kMaxShortValue;
  writer.u8(attribute_flag::kOptional | (extended ? attribute_flag::kExtendedLength : 0));
  writer.u8(static_cast<std::uint8_t>(type));
  if (extended) {
    writer.u16(static_cast<std::uint16_t>(length));
  } else {
    writer.u8(static_cast<std::uint8_t>(length));
  }
  writer.u16(afi_safi(family).afi);
  writer.u8(afi_safi(family).safi);
}

constexpr std::size_t kMpReachFixed = 2 + 1 + 1 + 1;  // AFI, SAFI, next hop length, reserved
constexpr std::size_t kMpUnreachFixed = 2 + 1;

std::size_t mp_header_size(std::size_t length) {
  return length > kMaxShortValue ? kLongHeader : kShortHeader;
}

// Appends the header of an UPDATE and `octets` more for its body to be written, with the slack of
// encode_nlri(). Returns where the message starts.
std::size_t begin_update(std::size_t octets, std::vector<std::byte>& out) {
  const std::size_t start = begin_message(MessageType::Update, out);
  out.resize(start + kHeaderSize + octets + kNlriSlack);
  return start;
}

RawWriter body_writer(std::size_t start, std::vector<std::byte>& out) {
  return RawWriter(out.data() + start + kHeaderSize);
}

void end_update(std::size_t start, const RawWriter& writer, std::vector<std::byte>& out) {
  const auto size = static_cast<std::size_t>(writer.at() - out.data());
  assert(size + kNlriSlack == out.size());
  out.resize(size);
  end_message(start, out);
}

void write_prefixes(std::span<const Nlri> prefixes, bool add_path, RawWriter& writer) {
  writer.go_to(encode_nlri(prefixes, add_path, writer.at()));
}

// What announcements say beside their prefixes.
struct RouteOctets {
  Bytes mp_next_hop;                  // empty: the prefixes stand in the message's own field
  std::array<Bytes, 3> attributes{};  // one after the other, without MP_REACH_NLRI
  [[nodiscard]] std::size_t attributes_size() const {
    return attributes[0].size() + attributes[1].size() + attributes[2].size();
  }
};

void write_attributes(const RouteOctets& route, RawWriter& writer) {
  for (const Bytes part : route.attributes) writer.bytes(part);
}

// IPv4 prefixes with an IPv4 next hop: the fields of RFC 4271 itself.
void classic_announcement(const RouteOctets& route, std::span<const Nlri> prefixes,
                          std::size_t prefix_octets, bool add_path, std::vector<std::byte>& out) {
  const std::size_t attributes = route.attributes_size();
  const std::size_t start = begin_update(2 + 2 + attributes + prefix_octets, out);
  RawWriter writer = body_writer(start, out);
  writer.u16(0);  // nothing withdrawn
  writer.u16(static_cast<std::uint16_t>(attributes));
  write_attributes(route, writer);
  write_prefixes(prefixes, add_path, writer);
  end_update(start, writer, out);
}

void mp_announcement(const RouteOctets& route, std::span<const Nlri> prefixes,
                     std::size_t prefix_octets, bool add_path, std::vector<std::byte>& out) {
  const std::size_t value = kMpReachFixed + route.mp_next_hop.size() + prefix_octets;
  const std::size_t attributes = mp_header_size(value) + value + route.attributes_size();
  const std::size_t start = begin_update(2 + 2 + attributes, out);
  RawWriter writer = body_writer(start, out);
  writer.u16(0);  // nothing withdrawn
  writer.u16(static_cast<std::uint16_t>(attributes));
  write_mp_header(AttributeType::MpReachNlri, value, prefixes.front().family, writer);
  writer.u8(static_cast<std::uint8_t>(route.mp_next_hop.size()));
  writer.bytes(route.mp_next_hop);
  writer.u8(0);  // reserved
  write_prefixes(prefixes, add_path, writer);
  write_attributes(route, writer);
  end_update(start, writer, out);
}

void classic_withdrawal(std::span<const Nlri> prefixes, std::size_t prefix_octets, bool add_path,
                        std::vector<std::byte>& out) {
  const std::size_t start = begin_update(2 + prefix_octets + 2, out);
  RawWriter writer = body_writer(start, out);
  writer.u16(static_cast<std::uint16_t>(prefix_octets));
  write_prefixes(prefixes, add_path, writer);
  writer.u16(0);  // no attributes
  end_update(start, writer, out);
}

void mp_withdrawal(Family family, std::span<const Nlri> prefixes, std::size_t prefix_octets,
                   bool add_path, std::vector<std::byte>& out) {
  const std::size_t value = kMpUnreachFixed + prefix_octets;
  const std::size_t attributes = mp_header_size(value) + value;
  const std::size_t start = begin_update(2 + 2 + attributes, out);
  RawWriter writer = body_writer(start, out);
  writer.u16(0);  // nothing withdrawn in the message's own field
  writer.u16(static_cast<std::uint16_t>(attributes));
  write_mp_header(AttributeType::MpUnreachNlri, value, family, writer);
  write_prefixes(prefixes, add_path, writer);
  end_update(start, writer, out);
}

// The octets that a message has for prefixes beside attributes of that size and, for
// MP_REACH_NLRI, a next hop; 0 when it has not even room for those.
std::size_t prefix_capacity(std::size_t attributes, std::size_t mp_next_hop,
                            std::size_t max_message) {
  const std::size_t fixed = kUpdateOverhead + attributes;
  if (fixed > max_message) return 0;
  const std::size_t room = max_message - fixed;
  if (mp_next_hop == 0) return room;
  const std::size_t value = value_capacity(room);
  const std::size_t before = kMpReachFixed + mp_next_hop;
  return value > before ? value - before : 0;
}

std::size_t announce(const RouteOctets& route, std::span<const Nlri> prefixes,
                     const Encoding& encoding, std::vector<std::byte>& out) {
  const std::size_t room =
      prefix_capacity(route.attributes_size(), route.mp_next_hop.size(), encoding.max_message);
  // All or nothing, so that the caller never has to find out which prefixes went.
  if (room < kMaxNlriSize && largest(prefixes, encoding.add_path) > room) return 0;

  std::size_t messages = 0;
  for (std::span<const Nlri> rest = prefixes; !rest.empty(); ++messages) {
    const Portion fits = portion(rest, encoding.add_path, room);
    const std::span<const Nlri> now = rest.first(fits.count);
    if (route.mp_next_hop.empty()) {
      classic_announcement(route, now, fits.octets, encoding.add_path, out);
    } else {
      mp_announcement(route, now, fits.octets, encoding.add_path, out);
    }
    rest = rest.subspan(fits.count);
  }
  return messages;
}

bool is_ipv6(Bytes next_hop) { return !next_hop.empty() && next_hop.size() % 16 == 0; }

// Whether MP_REACH_NLRI of the family may have it: no RFC has IPv6 prefixes with an IPv4 next hop.
bool understands(Bytes next_hop, const FamilyRow& family) {
  return is_ipv6(next_hop) || family.version == IpVersion::V4;
}

// The octets in MP_REACH_NLRI of a set's next hop.
Bytes mp_octets(Bytes next_hop) {
  static constexpr std::array<std::byte, 4> kNone{};  // 0.0.0.0
  return next_hop.empty() ? Bytes(kNone) : next_hop;
}

// NEXT_HOP is of type 3: what stands before it in a list of ascending types.
Bytes before_next_hop(Bytes list) {
  Cursor cursor(list);
  while (cursor.remaining() >= kShortHeader &&
         cursor.rest()[1] < static_cast<std::byte>(AttributeType::NextHop)) {
    const std::uint8_t flags = cursor.u8();
    cursor.u8();
    const bool extended = (flags & attribute_flag::kExtendedLength) != 0;
    cursor.take(extended ? cursor.u16() : cursor.u8());
  }
  return list.first(list.size() - cursor.remaining());
}

using NextHopAttribute = std::array<std::byte, 7>;

NextHopAttribute next_hop_attribute(Bytes next_hop) {
  NextHopAttribute attribute{};
  RawWriter writer(attribute.data());
  writer.u8(attribute_flag::kTransitive);
  writer.u8(static_cast<std::uint8_t>(AttributeType::NextHop));
  writer.u8(4);
  if (!next_hop.empty()) writer.bytes(next_hop.first(4));  // none is 0.0.0.0
  return attribute;
}

}  // namespace

std::size_t encode_announcements(const PathAttributes& attributes, std::span<const Nlri> prefixes,
                                 const Encoding& encoding, std::vector<std::byte>& out) {
  if (prefixes.empty()) return 0;
  const NextHop& next_hop = attributes.next_hop;
  const FamilyRow& family = row(prefixes.front().family);
  const bool ipv6_next_hop = next_hop.global.is_v6();
  // No RFC has an IPv4 next hop of IPv6 prefixes.
  if (family.version == IpVersion::V6 && !ipv6_next_hop) return 0;
  const bool mp = ipv6_next_hop || !family.classic;

  std::vector<std::byte> list;
  list.reserve(512);  // nearly every set of the Internet's table fits
  if (mp) {
    Writer writer(list);
    writer.bytes(next_hop.global.bytes());
    if (next_hop.link_local) writer.bytes(next_hop.link_local->bytes());
  }
  const std::size_t mp_next_hop = list.size();
  encode_attribute_list(attributes, {encoding.four_octet_as, !mp}, list);
  RouteOctets route;
  route.mp_next_hop = Bytes(list).first(mp_next_hop);
  route.attributes[0] = Bytes(list).subspan(mp_next_hop);
  return announce(route, prefixes, encoding, out);
}

std::size_t encode_announcements(Bytes set, std::span<const Nlri> prefixes,
                                 const Encoding& encoding, std::vector<std::byte>& out) {
  if (prefixes.empty()) return 0;
  if (!encoding.four_octet_as) {
    PathAttributes attributes;
    decode_set(set, attributes);
    return encode_announcements(attributes, prefixes, encoding, out);
  }
  const SetParts octets = set_parts(set);
  RouteOctets route;
  const FamilyRow& family = row(prefixes.front().family);
  if (is_ipv6(octets.next_hop) || !family.classic) {
    if (!understands(octets.next_hop, family)) return 0;
    route.mp_next_hop = mp_octets(octets.next_hop);
    route.attributes[0] = octets.attributes;
    return announce(route, prefixes, encoding, out);
  }
  const NextHopAttribute next_hop = next_hop_attribute(octets.next_hop);
  const Bytes before = before_next_hop(octets.attributes);
  route.attributes = {before, next_hop, octets.attributes.subspan(before.size())};
  return announce(route, prefixes, encoding, out);
}

bool fits(Bytes set, Family family, const Encoding& encoding) {
  const SetParts octets = set_parts(set);
  const bool mp = is_ipv6(octets.next_hop) || !row(family).classic;
  if (mp && !understands(octets.next_hop, row(family))) return false;
  std::size_t attributes = octets.attributes.size();
  if (!encoding.four_octet_as) {
    PathAttributes decoded;
    decode_set(set, decoded);
    std::vector<std::byte> list;
    encode_attribute_list(decoded, {false, false}, list);
    attributes = list.size();
  }
  if (!mp) attributes += std::tuple_size_v<NextHopAttribute>;
  const std::size_t longest =
      (encoding.add_path ? 4U : 0U) + 1U + (row(family).version == IpVersion::V4 ? 4U : 16U);
  return prefix_capacity(attributes, mp ? mp_octets(octets.next_hop).size() : 0,
                         encoding.max_message) >= longest;
}

std::size_t encode_withdrawals(std::span<const Nlri> prefixes, const Encoding& encoding,
                               std::vector<std::byte>& out) {
  assert(encoding.max_message >= 64);
  if (prefixes.empty()) return 0;
  const Family family = prefixes.front().family;
  const std::size_t all = encoding.max_message - kUpdateOverhead;
  const bool classic = row(family).classic;
  const std::size_t room = classic ? all : value_capacity(all) - kMpUnreachFixed;

  std::size_t messages = 0;
  for (std::span<const Nlri> rest = prefixes; !rest.empty(); ++messages) {
    const Portion fits = portion(rest, encoding.add_path, room);
    const std::span<const Nlri> now = rest.first(fits.count);
    if (classic) {
      classic_withdrawal(now, fits.octets, encoding.add_path, out);
    } else {
      mp_withdrawal(family, now, fits.octets, encoding.add_path, out);
    }
    rest = rest.subspan(fits.count);
  }
  return messages;
}

void encode_end_of_rib(Family family, std::vector<std::byte>& out) {
  if (row(family).classic) {
    classic_withdrawal({}, 0, false, out);
  } else {
    mp_withdrawal(family, {}, 0, false, out);
  }
}

}  // namespace tern::wire
