// A prefix: an address whose bits past the length are zero. With its family it is a destination of
// the routing table and of the routes in an UPDATE (Nlri).
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
  // The bytes of the address that the length covers, rounded up (RFC 4271 section 4.3 NLRI).
  [[nodiscard]] std::span<const std::byte> significant_bytes() const {
    return address_.bytes().first((length_ + 7U) / 8U);
  }

  [[nodiscard]] bool contains(const IpAddress& address) const;
  // True of itself and of every more specific prefix.
  [[nodiscard]] bool covers(const Prefix& other) const;

  [[nodiscard]] std::string to_string() const;

  // By IP version, address, length: a covering prefix sorts before what it covers.
  friend auto operator<=>(const Prefix&, const Prefix&) = default;

 private:
  IpAddress address_;
  std::uint8_t length_ = 0;
};

[[nodiscard]] std::size_t hash_value(const Prefix& prefix);

// The prefix that contains the address alone.
[[nodiscard]] inline Prefix alone(const IpAddress& address) {
  return {address, static_cast<std::uint8_t>(address.bits())};
}

// 0.0.0.0/0 or ::/0, which covers all prefixes of the version.
[[nodiscard]] inline Prefix default_route(IpVersion version) {
  return {IpAddress::unspecified(version), 0};
}

// The destination of a route, as an UPDATE has it: a prefix of a family. The same prefix in two
// families is two destinations. path_id is 0 on sessions without Add-Path (RFC 7911).
struct Nlri {
  Family family = Family::Ipv4Unicast;
  Prefix prefix;
  std::uint32_t path_id = 0;

  Nlri() = default;
  // Requires a family whose prefixes have the version.
  Nlri(const Prefix& of, Family in, std::uint32_t id = 0) : family(in), prefix(of), path_id(id) {}
  friend auto operator<=>(const Nlri&, const Nlri&) = default;
};
static_assert(sizeof(Nlri) == 24);

// Of the unicast family of the prefix's version.
[[nodiscard]] inline Nlri unicast(const Prefix& of, std::uint32_t path_id = 0) {
  return {of, unicast(of.address().version()), path_id};
}

// Whether both have the same destination; path ids are ignored.
[[nodiscard]] inline bool same_destination(const Nlri& a, const Nlri& b) {
  return a.prefix == b.prefix && a.family == b.family;
}
// Equal for one destination. Of no two destinations of IPv4 prefixes equal.
[[nodiscard]] std::size_t destination_hash(const Nlri& nlri);

}  // namespace tern

template <>
struct std::hash<tern::Prefix> {
  std::size_t operator()(const tern::Prefix& prefix) const { return tern::hash_value(prefix); }
};
