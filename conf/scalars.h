// The small languages of configuration values: each a function from text to a value of the field.
//
// Pure. Nothing is returned for a text that is not of the form; the loader has checked every value
// of a Config, so that the daemon may take the result of these for granted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "policy/policy.h"
#include "rib/types/asn.h"
#include "rib/types/ip_address.h"

namespace tern::conf {

// "192.0.2.1:179", "[2001:db8::1]:179". Port 0 is any free one.
struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};
[[nodiscard]] std::optional<Endpoint> parse_endpoint(std::string_view text);

// "192.0.2.1", "fe80::1%eth0"
struct PeerAddress {
  IpAddress address;
  std::string zone;  // interface of a link-local address, else empty
  [[nodiscard]] std::string to_string() const;
  friend auto operator<=>(const PeerAddress&, const PeerAddress&) = default;
};
[[nodiscard]] std::optional<PeerAddress> parse_peer_address(std::string_view text);

// "65001", "1.0", "64512-65534"; closed, first <= second.
[[nodiscard]] std::optional<std::pair<Asn, Asn>> parse_asn_range(std::string_view text);

// "10.0.0.0/8", "10.0.0.0/8 le 24", "10.0.0.0/8 ge 16 le 24": length <= ge <= le <= address bits.
[[nodiscard]] std::optional<policy::PrefixRange> parse_prefix_range(std::string_view text);

// "3", "1-5", ">=10", "<=32"; closed.
[[nodiscard]] std::optional<std::pair<std::uint32_t, std::uint32_t>> parse_number_range(
    std::string_view text);

// "100", "+10", "-10"
[[nodiscard]] std::optional<policy::SetNumber> parse_set_number(std::string_view text);
// The same, and "egress-cost" or "egress-cost/1000".
[[nodiscard]] std::optional<policy::SetNumber> parse_metric(std::string_view text);

// "0660" in octal, at most 0777.
[[nodiscard]] std::optional<std::uint32_t> parse_mode(std::string_view text);

// Letters, digits, "-", "_" and ".", at most 64 of them.
[[nodiscard]] bool is_name(std::string_view text);

}  // namespace tern::conf
