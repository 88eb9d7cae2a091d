// MRT records made by hand.
#pragma once

#include <string_view>

#include "tests/lab/replay/mrt.h"
#include "tests/unit/wire/bytes.h"

namespace tern::mrt {

using wire::Buffer;
using wire::hex;
using wire::join;

inline Buffer number(std::uint64_t value, unsigned octets) {
  Buffer out;
  while (octets-- > 0) out.push_back(static_cast<std::byte>(value >> (8U * octets)));
  return out;
}

// A whole record: timestamp 1203725640 (2008-02-23), type, subtype, length, body.
inline Buffer record(unsigned type, unsigned subtype, const Buffer& body) {
  return join(
      {number(1203725640, 4), number(type, 2), number(subtype, 2), number(body.size(), 4), body});
}

inline Result<Record, Error> decode(const Buffer& whole) {
  const wire::Bytes bytes(whole);
  return decode_record(decode_header(bytes), bytes.subspan(kHeaderSize));
}

// ORIGIN IGP, AS_PATH 65001 65002 of four octets, NEXT_HOP 192.0.2.1
inline Buffer plain_attributes() {
  return hex("40 01 01 00  40 02 0a 02 02 0000fde9 0000fdea  40 03 04 c0000201");
}

// One peer: 192.0.2.1, AS 65001, identifier 10.0.0.1, four-octet AS; collector 198.51.100.1.
inline Buffer peer_table() { return hex("c6336401 0000 0001  02 0a000001 c0000201 0000fde9"); }

// 203.0.113.0/24 from peer 0 with these attributes
inline Buffer rib_of(const Buffer& attributes) {
  return join(
      {hex("00000007 18 cb0071 0001  0000 47bf6300"), number(attributes.size(), 2), attributes});
}

// A table with one path.
inline Buffer two_records() {
  return join({record(13, 1, peer_table()), record(13, 2, rib_of(plain_attributes()))});
}

}  // namespace tern::mrt
