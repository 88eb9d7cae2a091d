// A prefix of the routing table: an address whose bits past the length are zero.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "rib/types/family.h"
#include "rib/types/ip_address.h"

namespace tern {

class Prefix {
 public:
  // 0.0.0.0/0
  constexpr Prefix() = default;

  // Clears the host bits. Requires length <= address.bits().
  Prefix(const IpAddress& address, std::uint8_t length);

  // An IPv4 prefix from host byte order; clears the host bits. Requires length <= 32.
  [[nodiscard]] static constexpr Prefix v4(std::uint32_t value, std::uint8_t length) {
    Prefix prefix;
    const auto bits = std::uint64_t{0xFFFFFFFF} << (32U - length);
    prefix.address_ = IpAddress::v4(value & static_cast<std::uint32_t>(bits));
    prefix.length_ = length;
    return prefix;
  }

  // "192.0.2.0/24", "2001:db8::/32". Host bits set are not a prefix: nothing is returned.
  [[nodiscard]] static std::optional<Prefix> parse(std::string_view text);

  [[nodiscard]] const IpAddress& address() const { return address_; }
  [[nodiscard]] std::uint8_t length() const { return length_; }
  [[nodiscard]] Family family() const {
    return address_.is_v4() ? Family::Ipv4Unicast : Family::Ipv6Unicast;
  }
  // The bytes of the address that the length covers, rounded up (RFC 4271 section 4.3 NLRI).
  [[nodiscard]] std::span<const std::byte> significant_bytes() const {
    return address_.bytes().first((length_ + 7U) / 8U);
  }

  [[nodiscard]] bool contains(const IpAddress& address) const;
  // True of itself and of every more specific prefix.
  [[nodiscard]] bool covers(const Prefix& other) const;

  [[nodiscard]] std::string to_string() const;

  // By family, address, length: a covering prefix sorts before what it covers.
  friend auto operator<=>(const Prefix&, const Prefix&) = default;

 private:
  IpAddress address_;
  std::uint8_t length_ = 0;
};

[[nodiscard]] std::size_t hash_value(const Prefix& prefix);

// A prefix as it stands in an UPDATE. path_id is 0 on sessions without Add-Path (RFC 7911).
struct Nlri {
  Prefix prefix;
  std::uint32_t path_id = 0;
  friend auto operator<=>(const Nlri&, const Nlri&) = default;
};

}  // namespace tern

template <>
struct std::hash<tern::Prefix> {
  std::size_t operator()(const tern::Prefix& prefix) const { return tern::hash_value(prefix); }
};
