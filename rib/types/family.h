// Address families (RFC 4760): a row for each family that Tern routes. The row describes a family
// on the wire, in the configuration, in listings and for next hops. Code reads the row and compares
// no family with a constant.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "rib/types/ip_address.h"

namespace tern {

// The value is the index of the row.
enum class Family : std::uint8_t {
  Ipv4Unicast = 0,
  Ipv6Unicast = 1,
  Ipv4Multicast = 2,
  Ipv6Multicast = 3,
};

// The numbers on the wire: IANA Address Family Numbers and SAFI Values.
struct AfiSafi {
  std::uint16_t afi = 0;
  std::uint8_t safi = 0;
  friend constexpr auto operator<=>(const AfiSafi&, const AfiSafi&) = default;
};

inline constexpr std::uint16_t kAfiIpv4 = 1;
inline constexpr std::uint16_t kAfiIpv6 = 2;
inline constexpr std::uint8_t kSafiUnicast = 1;
inline constexpr std::uint8_t kSafiMulticast = 2;  // unicast routes to sources, for RPF checks

struct FamilyRow {
  AfiSafi number;
  std::string_view name;  // "ipv4-unicast" in configuration and listings: AFI, dash, SAFI
  // "ipv4" is unicast: ternctl, and the metric label afi, as not all series have a label safi.
  std::string_view short_name;
  IpVersion version;     // of prefixes and of next hops (RFC 4760 section 3, RFC 2545 section 3)
  bool classic = false;  // routes are in the fields of the UPDATE itself (RFC 4271 section 4.3)
  bool extended_next_hop = false;  // IPv6 next hops can be negotiated (RFC 8950)
  bool always_shown = false;       // summaries and metrics show the family without routes, too
};

inline constexpr std::array kFamilyRows{
    FamilyRow{{kAfiIpv4, kSafiUnicast}, "ipv4-unicast", "ipv4", IpVersion::V4, true, true, true},
    FamilyRow{{kAfiIpv6, kSafiUnicast}, "ipv6-unicast", "ipv6", IpVersion::V6, false, false, true},
    FamilyRow{
        {kAfiIpv4, kSafiMulticast}, "ipv4-multicast", "ipv4-multicast", IpVersion::V4, false, true},
    FamilyRow{{kAfiIpv6, kSafiMulticast}, "ipv6-multicast", "ipv6-multicast", IpVersion::V6},
};

inline constexpr std::size_t kFamilyCount = kFamilyRows.size();
inline constexpr std::array<Family, kFamilyCount> kFamilies = [] {
  std::array<Family, kFamilyCount> families{};
  for (std::size_t i = 0; i < kFamilyCount; ++i) families[i] = static_cast<Family>(i);
  return families;
}();

[[nodiscard]] constexpr std::size_t index(Family family) {
  return static_cast<std::size_t>(family);
}
[[nodiscard]] constexpr const FamilyRow& row(Family family) { return kFamilyRows[index(family)]; }

[[nodiscard]] constexpr AfiSafi afi_safi(Family family) { return row(family).number; }

// Nothing for a family that Tern does not route (its routes are ignored, RFC 4760 section 7).
[[nodiscard]] constexpr std::optional<Family> family_of(AfiSafi number) {
  for (const Family family : kFamilies) {
    if (row(family).number == number) return family;
  }
  return std::nullopt;
}
// The family whose routes are in the fields of an UPDATE itself.
inline constexpr Family kClassicFamily = Family::Ipv4Unicast;
static_assert(row(kClassicFamily).classic);

// The unicast family of addresses of a version.
[[nodiscard]] constexpr Family unicast(IpVersion version) {
  return version == IpVersion::V4 ? Family::Ipv4Unicast : Family::Ipv6Unicast;
}

// "ipv4-unicast", as in configuration and tables.
[[nodiscard]] constexpr std::string_view to_string(Family family) { return row(family).name; }
// The names of all families, for messages: "ipv4-unicast, ipv6-unicast or ipv4-multicast".
[[nodiscard]] std::string family_names();

// "ipv4" and "unicast": the values of the metric labels afi and safi.
[[nodiscard]] constexpr std::string_view afi_name(Family family) { return row(family).short_name; }
[[nodiscard]] constexpr std::string_view safi_name(Family family) {
  return row(family).name.substr(row(family).name.find('-') + 1);
}

// A small set of families, a value.
class FamilySet {
 public:
  constexpr FamilySet() = default;
  constexpr FamilySet(std::initializer_list<Family> families) {
    for (const Family family : families) insert(family);
  }

  constexpr void insert(Family family) { bits_ |= bit(family); }
  constexpr void erase(Family family) { bits_ &= static_cast<std::uint8_t>(~bit(family)); }
  [[nodiscard]] constexpr bool contains(Family family) const { return (bits_ & bit(family)) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }

  friend constexpr FamilySet operator&(FamilySet a, FamilySet b) {
    a.bits_ &= b.bits_;
    return a;
  }
  friend constexpr bool operator==(const FamilySet&, const FamilySet&) = default;

 private:
  static_assert(kFamilyCount <= 8);
  static constexpr std::uint8_t bit(Family family) {
    return static_cast<std::uint8_t>(1U << index(family));
  }
  std::uint8_t bits_ = 0;
};

}  // namespace tern
