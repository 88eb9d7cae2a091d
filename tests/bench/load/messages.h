// The few BGP messages that a benchmark sends, written straight into bytes (RFC 4271 section 4).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tests/bench/load/universe.h"

namespace tern::load {

using Octets = std::vector<std::uint8_t>;

inline constexpr std::uint8_t kOpen = 1;
inline constexpr std::uint8_t kUpdate = 2;
inline constexpr std::uint8_t kNotification = 3;
inline constexpr std::uint8_t kKeepalive = 4;
inline constexpr std::uint8_t kRouteRefresh = 5;
inline constexpr std::size_t kHeader = 19;
inline constexpr std::size_t kMaxMessage = 4096;

struct LargeCommunity {
  std::uint32_t global = 0, local1 = 0, local2 = 0;
};

// Who speaks: an address of each family and an AS number of four octets.
struct Speaker {
  std::uint32_t address = 0;  // IPv4, host order; also the identifier
  std::uint32_t asn = 0;
  bool ipv6 = false;  // speaks both families, over its IPv4 session
};

struct Attributes {
  std::vector<std::uint32_t> as_path;
  std::uint32_t next_hop = 0;  // IPv4; the IPv6 one is made of it
  std::uint32_t med = 0;
  std::vector<std::uint32_t> communities;
  std::vector<LargeCommunity> large_communities;
};

[[nodiscard]] Octets open_message(const Speaker& speaker, std::uint16_t hold_time_seconds);
[[nodiscard]] Octets keepalive_message();
[[nodiscard]] Octets end_of_rib(bool ipv6);

// Appends one UPDATE; all prefixes are of one family and fit a message. Returns where in `out` the
// four octets of MED are.
std::size_t append_update(const Attributes& attributes, std::span<const Prefix> prefixes,
                          Octets& out);

inline void write_u32(std::uint8_t* at, std::uint32_t value) {
  at[0] = static_cast<std::uint8_t>(value >> 24U);
  at[1] = static_cast<std::uint8_t>(value >> 16U);
  at[2] = static_cast<std::uint8_t>(value >> 8U);
  at[3] = static_cast<std::uint8_t>(value);
}
inline std::uint32_t read_u16(const std::uint8_t* at) {
  return (std::uint32_t{at[0]} << 8U) | at[1];
}
inline std::uint32_t read_u32(const std::uint8_t* at) {
  std::uint32_t value = 0;
  __builtin_memcpy(&value, at, sizeof value);
  return __builtin_bswap32(value);
}

}  // namespace tern::load
