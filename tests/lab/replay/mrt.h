// MRT, the format of routing table dumps and update archives (RFC 6396, RFC 8050 for Add-Path).
//
// Sans I/O: bytes in, values out; mrt_file.h reads files. Kinds of record that hold no IPv4 or IPv6
// unicast route and no BGP message of theirs (OSPF, IS-IS, multicast, RIB_GENERIC, the deprecated
// ones) are Other, and no error. What is malformed is an Error with a sentence.
//
// Views: the Bytes inside a record point into the bytes that were given and live as long as they.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "bgpd/wire/cursor.h"
#include "rib/types/asn.h"
#include "rib/types/ip_address.h"
#include "rib/types/prefix.h"
#include "rib/types/result.h"

namespace tern::mrt {

using wire::Bytes;

inline constexpr std::size_t kHeaderSize = 12;
// No record of real life comes near: a prefix with 65535 paths of 4096 octets would.
inline constexpr std::size_t kMaxRecord = std::size_t{1} << 24U;

// Section 4, numbers of the record types that are read here.
enum class Type : std::uint16_t {
  TableDump = 12,
  TableDumpV2 = 13,
  Bgp4mp = 16,
  Bgp4mpEt = 17,  // section 3: with microseconds
};

struct Header {
  std::uint32_t timestamp = 0;  // Unix time
  std::uint16_t type = 0;
  std::uint16_t subtype = 0;
  std::uint32_t length = 0;  // of what follows
};

struct Error {
  std::string what;
};

struct Peer {
  std::uint32_t identifier = 0;  // 0 where the record does not tell
  IpAddress address;
  Asn asn = 0;
  friend bool operator==(const Peer&, const Peer&) = default;
};

// PEER_INDEX_TABLE, section 4.3.1: the peers that RibEntry::peer counts.
struct PeerTable {
  std::uint32_t collector = 0;
  std::string view;
  std::vector<Peer> peers;
};

struct RibEntry {
  std::uint16_t peer = 0;
  std::uint32_t originated = 0;  // Unix time
  std::uint32_t path_id = 0;     // 0 in records without Add-Path
  Bytes attributes;              // AS numbers of four octets
};

// RIB_IPV4_UNICAST, RIB_IPV6_UNICAST and their Add-Path forms, section 4.3.2.
struct Rib {
  std::uint32_t sequence = 0;
  Prefix prefix;
  std::vector<RibEntry> entries;
};

// TABLE_DUMP, section 4.2: one path of one peer.
struct TableDumpEntry {
  Prefix prefix;
  Peer peer;
  std::uint32_t originated = 0;
  Bytes attributes;  // AS numbers of two octets
};

// BGP4MP_MESSAGE and its forms, section 4.4.2: a message as it was on the wire.
struct BgpMessage {
  std::uint32_t timestamp = 0;
  std::uint32_t microseconds = 0;
  Peer peer;
  Asn local_asn = 0;
  IpAddress local;
  bool four_octet_as = false;
  bool add_path = false;
  bool sent = false;  // by the collector: the _LOCAL forms
  Bytes message;      // with its header
};

// BGP4MP_STATE_CHANGE, section 4.4.1; states by their numbers in RFC 4271's MIB.
struct StateChange {
  std::uint32_t timestamp = 0;
  Peer peer;
  std::uint16_t from = 0;
  std::uint16_t to = 0;
};

struct Other {
  std::uint16_t type = 0;
  std::uint16_t subtype = 0;
};

using Record = std::variant<PeerTable, Rib, TableDumpEntry, BgpMessage, StateChange, Other>;

// Requires kHeaderSize octets.
[[nodiscard]] Header decode_header(Bytes bytes);

// body: the header's `length` octets behind it.
[[nodiscard]] Result<Record, Error> decode_record(const Header& header, Bytes body);

}  // namespace tern::mrt
