#include "tests/lab/replay/mrt.h"

#include <cassert>
#include <optional>

namespace tern::mrt {
namespace {

using wire::Cursor;
using Decoded = Result<Record, Error>;

// TABLE_DUMP: the subtype is the address family.
enum class TableDumpSubtype : std::uint16_t { Ipv4 = 1, Ipv6 = 2 };

enum class TableDumpV2Subtype : std::uint16_t {
  PeerIndexTable = 1,
  RibIpv4Unicast = 2,
  RibIpv6Unicast = 4,
  RibIpv4UnicastAddPath = 8,   // RFC 8050 section 4
  RibIpv6UnicastAddPath = 10,  // RFC 8050 section 4
};

enum class Bgp4mpSubtype : std::uint16_t {
  StateChange = 0,
  Message = 1,
  MessageAs4 = 4,
  StateChangeAs4 = 5,
  MessageLocal = 6,
  MessageAs4Local = 7,
  MessageAddPath = 8,  // RFC 8050 section 3, and the three that follow
  MessageAs4AddPath = 9,
  MessageLocalAddPath = 10,
  MessageAs4LocalAddPath = 11,
};

// Section 4.3.1, bits of the peer type.
constexpr unsigned kPeerIpv6 = 1;
constexpr unsigned kPeerAs4 = 2;

IpAddress read_address(Cursor& cursor, bool v6) {
  const Bytes bytes = cursor.take(v6 ? 16 : 4);
  return cursor.ok() ? IpAddress::from_bytes(bytes) : IpAddress();
}

Asn read_asn(Cursor& cursor, bool four_octets) { return four_octets ? cursor.u32() : cursor.u16(); }

// Length and the octets it covers; host bits mean nothing.
std::optional<Prefix> read_prefix(Cursor& cursor, bool v6) {
  const std::uint8_t length = cursor.u8();
  if (length > (v6 ? 128 : 32)) return std::nullopt;
  const Bytes significant = cursor.take((length + 7U) / 8U);
  if (!cursor.ok()) return std::nullopt;
  std::array<std::byte, 16> address{};
  std::copy(significant.begin(), significant.end(), address.begin());
  return Prefix(IpAddress::from_bytes(std::span(address).first(v6 ? 16 : 4)), length);
}

Error cut_short(const char* what) { return {std::string(what) + " is cut short"}; }

Decoded decode_peer_table(Bytes body) {
  Cursor cursor(body);
  PeerTable table;
  table.collector = cursor.u32();
  for (const std::byte octet : cursor.take(cursor.u16())) {
    table.view.push_back(static_cast<char>(octet));
  }
  const std::size_t count = cursor.u16();
  for (std::size_t i = 0; i < count && cursor.ok(); ++i) {
    const unsigned type = cursor.u8();
    Peer peer;
    peer.identifier = cursor.u32();
    peer.address = read_address(cursor, (type & kPeerIpv6) != 0);
    peer.asn = read_asn(cursor, (type & kPeerAs4) != 0);
    table.peers.push_back(peer);
  }
  if (!cursor.ok()) return cut_short("PEER_INDEX_TABLE");
  return Record(std::move(table));
}

Decoded decode_rib(Bytes body, bool v6, bool add_path) {
  Cursor cursor(body);
  Rib rib;
  rib.sequence = cursor.u32();
  const auto prefix = read_prefix(cursor, v6);
  if (!prefix) return Error{"RIB record with a malformed prefix"};
  rib.prefix = *prefix;
  const std::size_t count = cursor.u16();
  rib.entries.reserve(std::min(count, cursor.remaining() / 8));  // octets of the smallest entry
  for (std::size_t i = 0; i < count && cursor.ok(); ++i) {
    RibEntry entry;
    entry.peer = cursor.u16();
    entry.originated = cursor.u32();
    if (add_path) entry.path_id = cursor.u32();
    entry.attributes = cursor.take(cursor.u16());
    rib.entries.push_back(entry);
  }
  if (!cursor.ok()) return cut_short("RIB record");
  return Record(std::move(rib));
}

Decoded decode_table_dump_v2(std::uint16_t subtype, Bytes body) {
  switch (static_cast<TableDumpV2Subtype>(subtype)) {
    case TableDumpV2Subtype::PeerIndexTable:
      return decode_peer_table(body);
    case TableDumpV2Subtype::RibIpv4Unicast:
      return decode_rib(body, false, false);
    case TableDumpV2Subtype::RibIpv6Unicast:
      return decode_rib(body, true, false);
    case TableDumpV2Subtype::RibIpv4UnicastAddPath:
      return decode_rib(body, false, true);
    case TableDumpV2Subtype::RibIpv6UnicastAddPath:
      return decode_rib(body, true, true);
  }
  return Record(Other{static_cast<std::uint16_t>(Type::TableDumpV2), subtype});
}

Decoded decode_table_dump(std::uint16_t subtype, Bytes body) {
  const bool v6 = subtype == static_cast<std::uint16_t>(TableDumpSubtype::Ipv6);
  if (!v6 && subtype != static_cast<std::uint16_t>(TableDumpSubtype::Ipv4)) {
    return Record(Other{static_cast<std::uint16_t>(Type::TableDump), subtype});
  }
  Cursor cursor(body);
  TableDumpEntry entry;
  (void)cursor.u16();  // view
  (void)cursor.u16();  // sequence, which wraps
  const IpAddress address = read_address(cursor, v6);
  const std::uint8_t length = cursor.u8();
  (void)cursor.u8();  // status, always 1
  entry.originated = cursor.u32();
  entry.peer.address = read_address(cursor, v6);
  entry.peer.asn = cursor.u16();
  entry.attributes = cursor.take(cursor.u16());
  if (!cursor.ok()) return cut_short("TABLE_DUMP record");
  if (length > address.bits()) return Error{"TABLE_DUMP record with a malformed prefix"};
  entry.prefix = Prefix(address, length);
  return Record(entry);
}

// What all BGP4MP records begin with. Nothing: an address family of neither kind.
struct Session {
  Peer peer;
  Asn local_asn = 0;
  IpAddress local;
  bool known_family = false;
};

Session read_session(Cursor& cursor, bool four_octet_as) {
  Session session;
  session.peer.asn = read_asn(cursor, four_octet_as);
  session.local_asn = read_asn(cursor, four_octet_as);
  (void)cursor.u16();  // interface
  const std::uint16_t afi = cursor.u16();
  session.known_family = afi == kAfiIpv4 || afi == kAfiIpv6;
  if (!session.known_family) return session;
  session.peer.address = read_address(cursor, afi == kAfiIpv6);
  session.local = read_address(cursor, afi == kAfiIpv6);
  return session;
}

Decoded decode_state_change(std::uint32_t timestamp, Bytes body, bool four_octet_as) {
  Cursor cursor(body);
  const Session session = read_session(cursor, four_octet_as);
  StateChange change{timestamp, session.peer, cursor.u16(), cursor.u16()};
  if (cursor.ok() && !session.known_family) return Error{"BGP4MP record of an unknown family"};
  if (!cursor.ok()) return cut_short("BGP4MP state change");
  return Record(change);
}

struct MessageForm {
  bool four_octet_as = false;
  bool sent = false;
  bool add_path = false;
};

std::optional<MessageForm> message_form(std::uint16_t subtype) {
  switch (static_cast<Bgp4mpSubtype>(subtype)) {
    case Bgp4mpSubtype::Message:
      return MessageForm{false, false, false};
    case Bgp4mpSubtype::MessageAs4:
      return MessageForm{true, false, false};
    case Bgp4mpSubtype::MessageLocal:
      return MessageForm{false, true, false};
    case Bgp4mpSubtype::MessageAs4Local:
      return MessageForm{true, true, false};
    case Bgp4mpSubtype::MessageAddPath:
      return MessageForm{false, false, true};
    case Bgp4mpSubtype::MessageAs4AddPath:
      return MessageForm{true, false, true};
    case Bgp4mpSubtype::MessageLocalAddPath:
      return MessageForm{false, true, true};
    case Bgp4mpSubtype::MessageAs4LocalAddPath:
      return MessageForm{true, true, true};
    case Bgp4mpSubtype::StateChange:
    case Bgp4mpSubtype::StateChangeAs4:
      break;
  }
  return std::nullopt;
}

Decoded decode_message(std::uint32_t timestamp, Bytes body, const MessageForm& form) {
  Cursor cursor(body);
  const Session session = read_session(cursor, form.four_octet_as);
  if (!cursor.ok()) return cut_short("BGP4MP message");
  if (!session.known_family) return Error{"BGP4MP record of an unknown family"};
  BgpMessage message;
  message.timestamp = timestamp;
  message.peer = session.peer;
  message.local_asn = session.local_asn;
  message.local = session.local;
  message.four_octet_as = form.four_octet_as;
  message.add_path = form.add_path;
  message.sent = form.sent;
  message.message = cursor.rest();
  return Record(message);
}

Decoded decode_bgp4mp(const Header& header, Bytes body) {
  if (header.subtype == static_cast<std::uint16_t>(Bgp4mpSubtype::StateChange)) {
    return decode_state_change(header.timestamp, body, false);
  }
  if (header.subtype == static_cast<std::uint16_t>(Bgp4mpSubtype::StateChangeAs4)) {
    return decode_state_change(header.timestamp, body, true);
  }
  const auto form = message_form(header.subtype);
  if (!form) return Record(Other{header.type, header.subtype});
  return decode_message(header.timestamp, body, *form);
}

Decoded decode_bgp4mp_et(const Header& header, Bytes body) {
  Cursor cursor(body);
  const std::uint32_t microseconds = cursor.u32();
  if (!cursor.ok()) return cut_short("BGP4MP_ET record");
  Decoded decoded = decode_bgp4mp(header, cursor.rest());
  if (!decoded.ok()) return decoded;
  if (auto* message = std::get_if<BgpMessage>(&*decoded)) message->microseconds = microseconds;
  return decoded;
}

}  // namespace

Header decode_header(Bytes bytes) {
  Cursor cursor(bytes);
  Header header;
  header.timestamp = cursor.u32();
  header.type = cursor.u16();
  header.subtype = cursor.u16();
  header.length = cursor.u32();
  assert(cursor.ok());
  return header;
}

Decoded decode_record(const Header& header, Bytes body) {
  switch (static_cast<Type>(header.type)) {
    case Type::TableDump:
      return decode_table_dump(header.subtype, body);
    case Type::TableDumpV2:
      return decode_table_dump_v2(header.subtype, body);
    case Type::Bgp4mp:
      return decode_bgp4mp(header, body);
    case Type::Bgp4mpEt:
      return decode_bgp4mp_et(header, body);
  }
  return Record(Other{header.type, header.subtype});
}

}  // namespace tern::mrt
