// Communities: standard (RFC 1997), extended (RFC 4360, IPv6-specific RFC 5701), large (RFC 8092).
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tern {

struct Community {
  std::uint32_t value = 0;

  [[nodiscard]] static constexpr Community of(std::uint16_t high, std::uint16_t low) {
    return {(std::uint32_t{high} << 16U) | low};
  }
  [[nodiscard]] constexpr std::uint16_t high() const {
    return static_cast<std::uint16_t>(value >> 16U);
  }
  [[nodiscard]] constexpr std::uint16_t low() const { return static_cast<std::uint16_t>(value); }
  friend constexpr auto operator<=>(const Community&, const Community&) = default;
};

inline constexpr Community kGracefulShutdown{0xFFFF0000};   // RFC 8326
inline constexpr Community kBlackhole{0xFFFF029A};          // RFC 7999
inline constexpr Community kNoExport{0xFFFFFF01};           // RFC 1997
inline constexpr Community kNoAdvertise{0xFFFFFF02};        // RFC 1997
inline constexpr Community kNoExportSubconfed{0xFFFFFF03};  // RFC 1997
inline constexpr Community kNoPeer{0xFFFFFF04};             // RFC 3765

// Eight octets in network order: type, (sub-type,) value.
struct ExtendedCommunity {
  std::uint64_t value = 0;

  [[nodiscard]] constexpr std::uint8_t type() const {
    return static_cast<std::uint8_t>(value >> 56U);
  }
  [[nodiscard]] constexpr std::uint8_t subtype() const {
    return static_cast<std::uint8_t>(value >> 48U);
  }
  // RFC 4360 section 2: the T bit clear means transitive across ASes.
  [[nodiscard]] constexpr bool transitive() const { return (type() & 0x40U) == 0; }
  friend constexpr auto operator<=>(const ExtendedCommunity&, const ExtendedCommunity&) = default;
};

// Twenty octets (RFC 5701), network order.
struct Ipv6ExtendedCommunity {
  std::array<std::byte, 20> bytes{};
  friend auto operator<=>(const Ipv6ExtendedCommunity&, const Ipv6ExtendedCommunity&) = default;
};

struct LargeCommunity {
  std::uint32_t global = 0;
  std::uint32_t local1 = 0;
  std::uint32_t local2 = 0;
  friend constexpr auto operator<=>(const LargeCommunity&, const LargeCommunity&) = default;
};

// "65000:100", or a name of the RFCs above ("no-export", "blackhole", ...).
[[nodiscard]] std::string to_string(Community community);
// "rt:65000:100", "ro:192.0.2.1:5", "generic:0x43000001:0x00000002" where no shorter form exists.
[[nodiscard]] std::string to_string(ExtendedCommunity community);
[[nodiscard]] std::string to_string(const Ipv6ExtendedCommunity& community);
// "65000:1:2"
[[nodiscard]] std::string to_string(const LargeCommunity& community);

// The inverse of to_string; also accepts the numbers of a named community.
[[nodiscard]] std::optional<Community> parse_community(std::string_view text);
[[nodiscard]] std::optional<ExtendedCommunity> parse_extended_community(std::string_view text);
[[nodiscard]] std::optional<LargeCommunity> parse_large_community(std::string_view text);

}  // namespace tern
