// Autonomous System numbers: four octets everywhere inside Tern (RFC 6793). The codec converts for
// two-octet sessions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tern {

using Asn = std::uint32_t;

inline constexpr Asn kAsTrans = 23456;  // RFC 6793 section 9
inline constexpr Asn kAsZero = 0;       // RFC 7607: never on the wire

// RFC 6996: for private use.
[[nodiscard]] constexpr bool is_private_asn(Asn asn) {
  return (asn >= 64512 && asn <= 65534) || (asn >= 4200000000U && asn <= 4294967294U);
}

// Of no network: AS 0, AS_TRANS, RFC 5398 (documentation), RFC 7300 (the last ones).
[[nodiscard]] constexpr bool is_bogon_asn(Asn asn) {
  return asn == kAsZero || asn == kAsTrans || (asn >= 64496 && asn <= 64511) ||
         (asn >= 65535 && asn <= 65551) || asn == 4294967295U;
}

// Never seen in a healthy AS path of the Internet.
[[nodiscard]] constexpr bool is_reserved_asn(Asn asn) {
  return is_bogon_asn(asn) || is_private_asn(asn);
}

// asplain ("65536") or asdot ("1.0"), RFC 5396.
[[nodiscard]] std::optional<Asn> parse_asn(std::string_view text);

}  // namespace tern
