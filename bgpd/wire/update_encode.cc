// How UPDATEs are made.
//
// A message holds prefixes of one kind only, and MP_REACH_NLRI or MP_UNREACH_NLRI stands first
// among its attributes: RFC 7606 section 5.1 asks for both, so that a receiver that stumbles over a
// later attribute still knows the prefixes. The attributes are encoded once and copied into each
// message.
#include <algorithm>
#include <cassert>

#include "bgpd/wire/attribute_encode.h"
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
std::size_t value_room(std::size_t room) {
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

void write_prefixes(std::span<const Nlri> prefixes, bool add_path, Writer& writer) {
  for (const Nlri& nlri : prefixes) encode_nlri(nlri, add_path, writer);
}

std::size_t next_hop_size(const NextHop& next_hop) {
  return next_hop.global.bytes().size() + (next_hop.link_local ? 16U : 0U);
}

void write_mp_header(AttributeType type, std::size_t length, Family family, Writer& writer) {
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

// Writes the attribute length of an UPDATE when it is known.
class AttributeField {
 public:
  explicit AttributeField(Writer& writer) : writer_(writer), length_at_(writer.position()) {
    writer_.u16(0);
  }
  void end() {
    writer_.patch_u16(length_at_, static_cast<std::uint16_t>(writer_.position() - length_at_ - 2));
  }

 private:
  Writer& writer_;
  std::size_t length_at_;
};

// IPv4 prefixes with an IPv4 next hop: the fields of RFC 4271 itself.
void classic_announcement(Bytes attributes, std::span<const Nlri> prefixes, bool add_path,
                          std::vector<std::byte>& out) {
  const std::size_t start = begin_message(MessageType::Update, out);
  Writer writer(out);
  writer.u16(0);  // nothing withdrawn
  AttributeField field(writer);
  writer.bytes(attributes);
  field.end();
  write_prefixes(prefixes, add_path, writer);
  end_message(start, out);
}

void mp_announcement(Bytes attributes, const NextHop& next_hop, std::span<const Nlri> prefixes,
                     std::size_t prefix_octets, bool add_path, std::vector<std::byte>& out) {
  const std::size_t start = begin_message(MessageType::Update, out);
  Writer writer(out);
  writer.u16(0);  // nothing withdrawn
  AttributeField field(writer);
  write_mp_header(AttributeType::MpReachNlri,
                  kMpReachFixed + next_hop_size(next_hop) + prefix_octets,
                  prefixes.front().prefix.family(), writer);
  writer.u8(static_cast<std::uint8_t>(next_hop_size(next_hop)));
  writer.bytes(next_hop.global.bytes());
  if (next_hop.link_local) writer.bytes(next_hop.link_local->bytes());
  writer.u8(0);  // reserved
  write_prefixes(prefixes, add_path, writer);
  writer.bytes(attributes);
  field.end();
  end_message(start, out);
}

void classic_withdrawal(std::span<const Nlri> prefixes, std::size_t prefix_octets, bool add_path,
                        std::vector<std::byte>& out) {
  const std::size_t start = begin_message(MessageType::Update, out);
  Writer writer(out);
  writer.u16(static_cast<std::uint16_t>(prefix_octets));
  write_prefixes(prefixes, add_path, writer);
  writer.u16(0);  // no attributes
  end_message(start, out);
}

void mp_withdrawal(Family family, std::span<const Nlri> prefixes, std::size_t prefix_octets,
                   bool add_path, std::vector<std::byte>& out) {
  const std::size_t start = begin_message(MessageType::Update, out);
  Writer writer(out);
  writer.u16(0);  // nothing withdrawn in the message's own field
  AttributeField field(writer);
  write_mp_header(AttributeType::MpUnreachNlri, kMpUnreachFixed + prefix_octets, family, writer);
  write_prefixes(prefixes, add_path, writer);
  field.end();
  end_message(start, out);
}

}  // namespace

std::size_t encode_announcements(const PathAttributes& attributes, std::span<const Nlri> prefixes,
                                 const Encoding& encoding, std::vector<std::byte>& out) {
  if (prefixes.empty()) return 0;
  const bool ipv6_next_hop = attributes.next_hop.global.is_v6();
  const bool ipv6_prefixes = prefixes.front().prefix.family() == Family::Ipv6Unicast;
  if (ipv6_prefixes && !ipv6_next_hop) return 0;  // no RFC has such a route

  std::vector<std::byte> list;
  list.reserve(512);  // nearly every set of the Internet's table fits
  encode_attribute_list(attributes, {encoding.four_octet_as, !ipv6_next_hop}, list);
  const std::size_t fixed = kUpdateOverhead + list.size();
  if (fixed > encoding.max_message) return 0;
  std::size_t room = encoding.max_message - fixed;
  if (ipv6_next_hop) {
    const std::size_t before_prefixes = kMpReachFixed + next_hop_size(attributes.next_hop);
    const std::size_t value = value_room(room);
    if (value < before_prefixes) return 0;
    room = value - before_prefixes;
  }
  // All or nothing, so that the caller never has to find out which prefixes went.
  if (largest(prefixes, encoding.add_path) > room) return 0;

  std::size_t messages = 0;
  for (std::span<const Nlri> rest = prefixes; !rest.empty(); ++messages) {
    const Portion fits = portion(rest, encoding.add_path, room);
    const std::span<const Nlri> now = rest.first(fits.count);
    if (ipv6_next_hop) {
      mp_announcement(list, attributes.next_hop, now, fits.octets, encoding.add_path, out);
    } else {
      classic_announcement(list, now, encoding.add_path, out);
    }
    rest = rest.subspan(fits.count);
  }
  return messages;
}

std::size_t encode_withdrawals(std::span<const Nlri> prefixes, const Encoding& encoding,
                               std::vector<std::byte>& out) {
  assert(encoding.max_message >= 64);
  if (prefixes.empty()) return 0;
  const Family family = prefixes.front().prefix.family();
  const std::size_t all = encoding.max_message - kUpdateOverhead;
  const bool classic = family == Family::Ipv4Unicast;
  const std::size_t room = classic ? all : value_room(all) - kMpUnreachFixed;

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
  if (family == Family::Ipv4Unicast) {
    classic_withdrawal({}, 0, false, out);
  } else {
    mp_withdrawal(family, {}, 0, false, out);
  }
}

void encode_attributes(const PathAttributes& attributes, bool four_octet_as,
                       std::vector<std::byte>& out) {
  encode_attribute_list(attributes, {four_octet_as, false}, out);
}

}  // namespace tern::wire
