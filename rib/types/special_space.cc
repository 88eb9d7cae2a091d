#include "rib/types/special_space.h"

#include <cstring>

namespace tern {
namespace {

constexpr std::uint8_t bit(Use use) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(use));
}

constexpr std::uint8_t kNone = 0;
constexpr std::uint8_t kIdentifier = bit(Use::Identifier);
constexpr std::uint8_t kHost = bit(Use::Host);
constexpr std::uint8_t kNextHop = bit(Use::NextHop);
constexpr std::uint8_t kAll = bit(Use::Prefix) | kNextHop | kIdentifier | kHost;

constexpr SpecialBlock v4(unsigned a, unsigned b, unsigned c, unsigned d, std::uint8_t length,
                          std::uint8_t uses, std::string_view name, std::string_view rfc) {
  const std::uint64_t value = (a << 24U) | (b << 16U) | (c << 8U) | d;
  return {value << 32U, 0, length, false, uses, name, rfc};
}

// high: the first four groups of an address.
constexpr SpecialBlock v6(std::uint64_t high, std::uint64_t low, std::uint8_t length,
                          std::uint8_t uses, std::string_view name, std::string_view rfc) {
  return {high, low, length, true, uses, name, rfc};
}

constexpr std::string_view kAnycast = "port control protocol anycast";
constexpr std::string_view kDocumentation = "documentation";
constexpr std::string_view kDiscovery = "NAT64/DNS64 discovery";
constexpr std::string_view kPrivate = "private use";
constexpr std::string_view kAssignments = "IETF protocol assignments";

// An identifier is a number (RFC 6286), so of 0.0.0.0/8 only 0 itself is invalid. 127.0.0.0/8 and
// 240.0.0.0/4 may be ends of sessions: tests and laboratories use them, and Linux allows it.
// 169.254.0.0/16 may be a next hop and a prefix: clouds number the links to their customers from
// it.
constexpr SpecialBlock kBlocks[] = {
    v4(0, 0, 0, 0, 8, kIdentifier, "this network", "RFC 791"),
    v4(0, 0, 0, 0, 32, kNone, "unspecified address", "RFC 1122"),
    v4(10, 0, 0, 0, 8, kAll, kPrivate, "RFC 1918"),
    v4(100, 64, 0, 0, 10, kAll, "shared address space", "RFC 6598"),
    v4(127, 0, 0, 0, 8, kIdentifier | kHost, "loopback", "RFC 1122"),
    v4(169, 254, 0, 0, 16, kAll, "link-local", "RFC 3927"),
    v4(172, 16, 0, 0, 12, kAll, kPrivate, "RFC 1918"),
    v4(192, 0, 0, 0, 24, kAll, kAssignments, "RFC 6890"),
    v4(192, 0, 0, 0, 29, kAll, "IPv4 service continuity", "RFC 7335"),
    v4(192, 0, 0, 8, 32, kAll, "IPv4 dummy address", "RFC 7600"),
    v4(192, 0, 0, 9, 32, kAll, kAnycast, "RFC 7723"),
    v4(192, 0, 0, 10, 32, kAll, "TURN anycast", "RFC 8155"),
    v4(192, 0, 0, 170, 32, kAll, kDiscovery, "RFC 7050"),
    v4(192, 0, 0, 171, 32, kAll, kDiscovery, "RFC 7050"),
    v4(192, 0, 2, 0, 24, kAll, kDocumentation, "RFC 5737"),
    v4(192, 31, 196, 0, 24, kAll, "AS112", "RFC 7535"),
    v4(192, 52, 193, 0, 24, kAll, "AMT", "RFC 7450"),
    v4(192, 88, 99, 0, 24, kAll, "former 6to4 relay anycast", "RFC 7526"),
    v4(192, 168, 0, 0, 16, kAll, kPrivate, "RFC 1918"),
    v4(192, 175, 48, 0, 24, kAll, "direct delegation AS112", "RFC 7534"),
    v4(198, 18, 0, 0, 15, kAll, "benchmarking", "RFC 2544"),
    v4(198, 51, 100, 0, 24, kAll, kDocumentation, "RFC 5737"),
    v4(203, 0, 113, 0, 24, kAll, kDocumentation, "RFC 5737"),
    v4(224, 0, 0, 0, 3, kNone, "multicast and reserved", "RFC 1112"),
    v4(224, 0, 0, 0, 4, kNone, "multicast", "RFC 5771"),
    v4(240, 0, 0, 0, 4, kHost, "reserved", "RFC 1112"),
    v4(255, 255, 255, 255, 32, kNone, "limited broadcast", "RFC 919"),

    v6(0, 0, 128, kNone, "unspecified address", "RFC 4291"),
    v6(0, 1, 128, kHost, "loopback", "RFC 4291"),
    v6(0, 0x0000'ffff'0000'0000, 96, kNone, "IPv4-mapped", "RFC 4291"),
    v6(0x0064'ff9b'0000'0000, 0, 96, kAll, "IPv4-IPv6 translation", "RFC 6052"),
    v6(0x0064'ff9b'0001'0000, 0, 48, kAll, "local IPv4-IPv6 translation", "RFC 8215"),
    v6(0x0100'0000'0000'0000, 0, 64, kAll, "discard-only", "RFC 6666"),
    v6(0x2001'0000'0000'0000, 0, 23, kAll, kAssignments, "RFC 2928"),
    v6(0x2001'0000'0000'0000, 0, 32, kAll, "Teredo", "RFC 4380"),
    v6(0x2001'0001'0000'0000, 1, 128, kAll, kAnycast, "RFC 7723"),
    v6(0x2001'0001'0000'0000, 2, 128, kAll, "TURN anycast", "RFC 8155"),
    v6(0x2001'0001'0000'0000, 3, 128, kAll, "DNS-SD registration anycast", "RFC 9665"),
    v6(0x2001'0002'0000'0000, 0, 48, kAll, "benchmarking", "RFC 5180"),
    v6(0x2001'0003'0000'0000, 0, 32, kAll, "AMT", "RFC 7450"),
    v6(0x2001'0004'0112'0000, 0, 48, kAll, "AS112", "RFC 7535"),
    v6(0x2001'0010'0000'0000, 0, 28, kAll, "former ORCHID", "RFC 4843"),
    v6(0x2001'0020'0000'0000, 0, 28, kAll, "ORCHIDv2", "RFC 7343"),
    v6(0x2001'0030'0000'0000, 0, 28, kAll, "drone remote identification", "RFC 9374"),
    v6(0x2001'0db8'0000'0000, 0, 32, kAll, kDocumentation, "RFC 3849"),
    v6(0x2002'0000'0000'0000, 0, 16, kAll, "6to4", "RFC 3056"),
    v6(0x2620'004f'8000'0000, 0, 48, kAll, "direct delegation AS112", "RFC 7534"),
    v6(0x3fff'0000'0000'0000, 0, 20, kAll, kDocumentation, "RFC 9637"),
    v6(0x5f00'0000'0000'0000, 0, 16, kAll, "segment routing identifiers", "RFC 9602"),
    v6(0xfc00'0000'0000'0000, 0, 7, kAll, "unique local", "RFC 4193"),
    v6(0xfe80'0000'0000'0000, 0, 10, kNextHop | kHost, "link-local", "RFC 4291"),
    v6(0xff00'0000'0000'0000, 0, 8, kNone, "multicast", "RFC 4291"),
};

constexpr special::Suspects suspects() {
  special::Suspects made{};
  for (const SpecialBlock& block : kBlocks) {
    const auto first = static_cast<std::size_t>(block.high >> 56U);
    const std::size_t octets = block.length < 8 ? std::size_t{1} << (8U - block.length) : 1;
    for (std::size_t octet = first; octet < first + octets; ++octet) {
      auto& bits = made[block.v6 ? 1 : 0][octet];
      bits = static_cast<std::uint8_t>(bits | (kAll & ~block.uses));
    }
  }
  return made;
}

// The bits of a word that come before number `count`, 0 to 64.
constexpr std::uint64_t word_mask(unsigned count) {
  return count == 0 ? 0 : ~std::uint64_t{0} << (64U - count);
}

struct Bits {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
};

Bits bits_of(const IpAddress& address) {
  Bits bits;
  std::size_t i = 0;
  for (const std::byte octet : address.bytes()) {
    std::uint64_t& word = i < 8 ? bits.high : bits.low;
    word |= std::to_integer<std::uint64_t>(octet) << (56U - 8U * (i % 8));
    ++i;
  }
  return bits;
}

bool contains(const SpecialBlock& block, const Bits& bits) {
  const unsigned length = block.length;
  const std::uint64_t high = word_mask(length < 64 ? length : 64);
  const std::uint64_t low = word_mask(length < 64 ? 0 : length - 64);
  return ((bits.high ^ block.high) & high) == 0 && ((bits.low ^ block.low) & low) == 0;
}

}  // namespace

constexpr special::Suspects special::kSuspects = suspects();

std::span<const SpecialBlock> special_space() { return kBlocks; }

Prefix SpecialBlock::prefix() const {
  if (!v6) return Prefix::v4(static_cast<std::uint32_t>(high >> 32U), length);
  std::array<std::byte, 16> octets{};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    octets[i] = static_cast<std::byte>((i < 8 ? high : low) >> (56U - 8U * (i % 8)));
  }
  return Prefix(IpAddress::from_bytes(octets), length);
}

std::string SpecialBlock::to_string() const {
  std::string text = prefix().to_string();
  text += ", ";
  text += name;
  text += " (";
  text += rfc;
  return text + ')';
}

// Rows are in the order of prefixes, so the last that fits is the smallest.
const SpecialBlock* special::find_forbidding(const IpAddress& address, std::uint8_t length,
                                             Use use) {
  const Bits bits = bits_of(address);
  const SpecialBlock* smallest = nullptr;
  for (const SpecialBlock& block : kBlocks) {
    if (block.v6 != address.is_v6() || block.length > length || !contains(block, bits)) continue;
    smallest = &block;
  }
  return smallest != nullptr && !smallest->allows(use) ? smallest : nullptr;
}

}  // namespace tern
