// All prefixes of a benchmark, made before anything runs.
//
// Both families use 24 bits: IPv4 prefixes of /8 to /24 anywhere, IPv6 prefixes of /32 to /48 in
// one /24. Such a prefix has a slot, a number that is computed and not looked up: 1 << length, plus
// the bits. What a session holds is then a bitmap, and counting it exactly costs a few
// instructions.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/bench/load/random.h"

namespace tern::load {

// The first 24 bits of every IPv6 prefix: 2a10::/24.
inline constexpr std::uint32_t kIpv6Block = 0x2A1000;
inline constexpr std::uint32_t kSlotsPerFamily = 1U << 25U;
inline constexpr std::uint32_t kSlots = 2 * kSlotsPerFamily;

struct Prefix {
  std::uint32_t bits = 0;   // left-aligned in 24 bits
  std::uint8_t length = 0;  // of the 24: an IPv6 prefix is 24 longer
  bool ipv6 = false;

  [[nodiscard]] std::uint32_t slot() const {
    return (ipv6 ? kSlotsPerFamily : 0U) + (1U << length) + (bits >> (24U - length));
  }
};

// Neighbouring prefixes of one origin, as an allocation of a registry is announced.
struct Run {
  std::uint32_t first = 0;  // index of its first prefix
  std::uint32_t count = 0;
  std::uint32_t origin = 0;  // AS number
};

struct Universe {
  std::vector<Prefix> prefixes;
  std::vector<Run> runs;
};

// `count` distinct prefixes with the lengths of a real table, mostly /24; half of them are more
// specifics of a short one. Runs have three prefixes in the mean, and none crosses a multiple of
// `stride`: there another sender's prefixes begin. Throws std::runtime_error when the address space
// is used up, at some four million.
[[nodiscard]] Universe make_universe(std::uint32_t count, std::uint32_t stride, double ipv6_share,
                                     Random& random);

// One of the AS numbers that the Internet uses, never AS_TRANS.
[[nodiscard]] std::uint32_t public_asn(Random& random);

}  // namespace tern::load
