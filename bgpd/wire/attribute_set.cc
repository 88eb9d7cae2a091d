#include "bgpd/wire/attribute_set.h"

#include <cassert>
#include <limits>

#include "bgpd/wire/attribute_decode.h"
#include "bgpd/wire/attribute_encode.h"

namespace tern::wire {
namespace {

constexpr std::size_t kIpv4Size = 4;
constexpr std::size_t kIpv6Size = 16;

// Every attribute is taken as it is: it was judged when its UPDATE came.
UpdateContext any_session() {
  UpdateContext context;
  context.ibgp = true;
  context.aigp = true;
  context.reject_as_sets = false;
  return context;
}

NextHop next_hop_of(Bytes octets) {
  NextHop next_hop;
  if (octets.empty()) return next_hop;
  const std::size_t global = octets.size() % kIpv6Size == kIpv4Size ? kIpv4Size : kIpv6Size;
  next_hop.global = IpAddress::from_bytes(octets.first(global));
  if (octets.size() > global) {
    next_hop.link_local = IpAddress::from_bytes(octets.subspan(global));
  }
  return next_hop;
}

void take_unknown(std::uint8_t flags, std::uint8_t type, Bytes value, PathAttributes& out) {
  constexpr unsigned kKept = 0xFFU & ~unsigned{attribute_flag::kExtendedLength};
  UnknownAttribute& unknown = out.unknown.emplace_back();
  unknown.flags = static_cast<std::uint8_t>(flags & kKept);
  unknown.type = type;
  unknown.value.assign(value.begin(), value.end());
}

}  // namespace

bool encode_set(const PathAttributes& attributes, std::vector<std::byte>& out) {
  const std::size_t start = out.size();
  const NextHop& next_hop = attributes.next_hop;
  Writer writer(out);
  if (next_hop == NextHop{}) {
    writer.u8(0);
  } else {
    writer.u8(static_cast<std::uint8_t>(next_hop_size(next_hop)));
    writer.bytes(next_hop.global.bytes());
    if (next_hop.link_local) writer.bytes(next_hop.link_local->bytes());
  }
  const std::size_t list = out.size();
  encode_attribute_list(attributes, {true, false}, out);
  if (out.size() - list <= std::numeric_limits<std::uint16_t>::max()) return true;
  out.resize(start);
  return false;
}

SetParts set_parts(Bytes set) {
  Cursor cursor(set);
  const Bytes next_hop = cursor.take(cursor.u8());
  assert(cursor.ok());
  return {next_hop, cursor.rest()};
}

Bytes as_path_of(Bytes set) {
  Cursor cursor(set_parts(set).attributes);
  while (!cursor.at_end()) {
    const bool extended = (cursor.u8() & attribute_flag::kExtendedLength) != 0;
    const auto type = static_cast<AttributeType>(cursor.u8());
    const Bytes value = cursor.take(extended ? cursor.u16() : cursor.u8());
    assert(cursor.ok());
    if (type == AttributeType::AsPath) return value;
  }
  return {};
}

void decode_set(Bytes set, PathAttributes& out) {
  static const UpdateContext kContext = any_session();
  const SetParts octets = set_parts(set);
  clear_values(out);
  out.next_hop = next_hop_of(octets.next_hop);
  Decoding decoding{kContext, out};
  Cursor cursor(octets.attributes);
  while (!cursor.at_end()) {
    const std::uint8_t flags = cursor.u8();
    const std::uint8_t type = cursor.u8();
    const bool extended = (flags & attribute_flag::kExtendedLength) != 0;
    const Bytes value = cursor.take(extended ? cursor.u16() : cursor.u8());
    assert(cursor.ok());
    const AttributeRow* row = attribute_row(type);
    if (row == nullptr) {
      take_unknown(flags, type, value, out);
      continue;
    }
    assert(row->encode != nullptr && row->type != AttributeType::NextHop);
    assert(row->length.allows(value.size()));
    (void)row->decode(value, decoding);  // a fault would be one of taste, like an AS_SET
  }
  assert(decoding.has_as_path);
}

}  // namespace tern::wire
