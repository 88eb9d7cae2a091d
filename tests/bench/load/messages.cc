#include "tests/bench/load/messages.h"

namespace tern::load {
namespace {

constexpr std::uint32_t kAsTrans = 23'456;
constexpr std::uint8_t kTransitive = 0x40;
constexpr std::uint8_t kOptional = 0x80;
constexpr std::uint8_t kExtended = 0x10;

void u8(Octets& out, std::uint32_t value) { out.push_back(static_cast<std::uint8_t>(value)); }
void u16(Octets& out, std::uint32_t value) {
  u8(out, value >> 8U);
  u8(out, value);
}
void u32(Octets& out, std::uint32_t value) {
  u16(out, value >> 16U);
  u16(out, value);
}

std::size_t begin(Octets& out, std::uint8_t type) {
  const std::size_t start = out.size();
  out.insert(out.end(), 16, 0xFF);
  u16(out, 0);
  u8(out, type);
  return start;
}

void patch_u16(Octets& out, std::size_t at, std::size_t value) {
  out[at] = static_cast<std::uint8_t>(value >> 8U);
  out[at + 1] = static_cast<std::uint8_t>(value);
}

void end(Octets& out, std::size_t start) { patch_u16(out, start + 16, out.size() - start); }

void family_code(Octets& out, bool ipv6) {
  u16(out, ipv6 ? 2 : 1);
  u8(out, 1);  // unicast
}

void prefix(Octets& out, const Prefix& what) {
  const std::uint32_t octets = (what.length + 7U) / 8U;
  u8(out, what.ipv6 ? what.length + 24U : what.length);
  if (what.ipv6) {
    u8(out, kIpv6Block >> 16U);
    u16(out, kIpv6Block);
  }
  for (std::uint32_t i = 0; i < octets; ++i) u8(out, what.bits >> (16U - 8U * i));
}

// fd00::10:1:2:3 for 10.1.2.3 with hexadecimal digits of the octets.
void ipv6_next_hop(Octets& out, std::uint32_t address) {
  u16(out, 0xFD00);
  out.insert(out.end(), 6, 0);
  for (std::uint32_t i = 0; i < 4; ++i) u16(out, (address >> (24U - 8U * i)) & 0xFFU);
}

void attribute(Octets& out, std::uint8_t flags, std::uint8_t type, std::size_t length) {
  const bool extended = length > 255;
  u8(out, flags | (extended ? kExtended : 0U));
  u8(out, type);
  if (extended) {
    u16(out, static_cast<std::uint32_t>(length));
  } else {
    u8(out, static_cast<std::uint32_t>(length));
  }
}

// In ascending order of types, but for MP_REACH_NLRI: that comes first (RFC 7606 section 5.1).
void mp_reach(Octets& out, const Attributes& attributes, std::span<const Prefix> prefixes) {
  u8(out, kOptional | kExtended);
  u8(out, 14);
  const std::size_t length = out.size();
  u16(out, 0);
  family_code(out, true);
  u8(out, 16);
  ipv6_next_hop(out, attributes.next_hop);
  u8(out, 0);
  for (const Prefix& what : prefixes) prefix(out, what);
  patch_u16(out, length, out.size() - length - 2);
}

}  // namespace

Octets open_message(const Speaker& speaker, std::uint16_t hold_time_seconds) {
  Octets out;
  const std::size_t start = begin(out, kOpen);
  u8(out, 4);
  u16(out, speaker.asn > 0xFFFF ? kAsTrans : speaker.asn);
  u16(out, hold_time_seconds);
  u32(out, speaker.address);
  Octets capabilities;
  for (int family = 0; family < (speaker.ipv6 ? 2 : 1); ++family) {
    u16(capabilities, 0x0104);  // Multiprotocol, RFC 4760
    u16(capabilities, family == 0 ? 1 : 2);
    u16(capabilities, 1);
  }
  u16(capabilities, 0x0200);  // Route Refresh, RFC 2918
  u16(capabilities, 0x4104);  // four-octet AS numbers, RFC 6793
  u32(capabilities, speaker.asn);
  u8(out, static_cast<std::uint32_t>(capabilities.size() + 2));
  u8(out, 2);
  u8(out, static_cast<std::uint32_t>(capabilities.size()));
  out.insert(out.end(), capabilities.begin(), capabilities.end());
  end(out, start);
  return out;
}

Octets keepalive_message() {
  Octets out;
  end(out, begin(out, kKeepalive));
  return out;
}

Octets end_of_rib(bool ipv6) {
  Octets out;
  const std::size_t start = begin(out, kUpdate);
  u16(out, 0);
  u16(out, ipv6 ? 6 : 0);
  if (ipv6) {
    attribute(out, kOptional, 15, 3);
    family_code(out, true);
  }
  end(out, start);
  return out;
}

std::size_t append_update(const Attributes& attributes, std::span<const Prefix> prefixes,
                          Octets& out) {
  const bool ipv6 = prefixes.front().ipv6;
  const std::size_t start = begin(out, kUpdate);
  u16(out, 0);
  const std::size_t length = out.size();
  u16(out, 0);
  if (ipv6) mp_reach(out, attributes, prefixes);
  attribute(out, kTransitive, 1, 1);
  u8(out, 0);  // IGP
  attribute(out, kTransitive, 2, 2 + 4 * attributes.as_path.size());
  u8(out, 2);  // AS_SEQUENCE
  u8(out, static_cast<std::uint32_t>(attributes.as_path.size()));
  for (const std::uint32_t asn : attributes.as_path) u32(out, asn);
  if (!ipv6) {
    attribute(out, kTransitive, 3, 4);
    u32(out, attributes.next_hop);
  }
  attribute(out, kOptional, 4, 4);
  const std::size_t med = out.size();
  u32(out, attributes.med);
  if (!attributes.communities.empty()) {
    attribute(out, kOptional | kTransitive, 8, 4 * attributes.communities.size());
    for (const std::uint32_t community : attributes.communities) u32(out, community);
  }
  if (!attributes.large_communities.empty()) {
    attribute(out, kOptional | kTransitive, 32, 12 * attributes.large_communities.size());
    for (const LargeCommunity& large : attributes.large_communities) {
      u32(out, large.global);
      u32(out, large.local1);
      u32(out, large.local2);
    }
  }
  patch_u16(out, length, out.size() - length - 2);
  if (!ipv6) {
    for (const Prefix& what : prefixes) prefix(out, what);
  }
  end(out, start);
  return med;
}

}  // namespace tern::load
