// VRPs in few words, and the records of a table.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "policy/vrp_table.h"

namespace tern::policy {

// max_length: that of the prefix where it is less.
inline Vrp vrp(const std::string& prefix, Asn asn, std::uint8_t max_length = 0) {
  const Prefix parsed = *Prefix::parse(prefix);
  return {parsed, std::max(max_length, parsed.length()), asn};
}

inline std::vector<Vrp> list(const VrpTable& table) {
  std::vector<Vrp> all;
  table.for_each([&](const Vrp& one) {
    all.push_back(one);
    return true;
  });
  return all;
}

// Prefixes apart from those of the tests, so many that a table has VrpStretches.
inline std::vector<Vrp> far_vrps() {
  std::vector<Vrp> vrps;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    vrps.push_back({Prefix::v4(0x2C000000U + (i << 8U), 24), 24, 1});
    const std::array<std::byte, 16> octets{std::byte{0x2a}, std::byte{0},
                                           static_cast<std::byte>(i >> 8U),
                                           static_cast<std::byte>(i & 0xFFU)};
    vrps.push_back({Prefix(IpAddress::from_bytes(octets), 32), 32, 1});
  }
  return vrps;
}

}  // namespace tern::policy
