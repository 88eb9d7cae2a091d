// Address families (RFC 4760): the two Tern routes, and their IANA numbers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace tern {

enum class Family : std::uint8_t { Ipv4Unicast = 0, Ipv6Unicast = 1 };

inline constexpr std::size_t kFamilyCount = 2;
inline constexpr std::array<Family, kFamilyCount> kFamilies{Family::Ipv4Unicast,
                                                            Family::Ipv6Unicast};

// The numbers on the wire: IANA Address Family Numbers and SAFI Values.
struct AfiSafi {
  std::uint16_t afi = 0;
  std::uint8_t safi = 0;
  friend constexpr auto operator<=>(const AfiSafi&, const AfiSafi&) = default;
};

inline constexpr std::uint16_t kAfiIpv4 = 1;
inline constexpr std::uint16_t kAfiIpv6 = 2;
inline constexpr std::uint8_t kSafiUnicast = 1;

[[nodiscard]] constexpr std::size_t index(Family family) {
  return static_cast<std::size_t>(family);
}

[[nodiscard]] constexpr AfiSafi afi_safi(Family family) {
  return {family == Family::Ipv4Unicast ? kAfiIpv4 : kAfiIpv6, kSafiUnicast};
}

// Nothing for a family that Tern does not route (its routes are ignored, RFC 4760 section 7).
[[nodiscard]] constexpr std::optional<Family> family_of(AfiSafi number) {
  if (number == AfiSafi{kAfiIpv4, kSafiUnicast}) return Family::Ipv4Unicast;
  if (number == AfiSafi{kAfiIpv6, kSafiUnicast}) return Family::Ipv6Unicast;
  return std::nullopt;
}

// "ipv4-unicast", as in configuration and tables.
[[nodiscard]] constexpr std::string_view to_string(Family family) {
  return family == Family::Ipv4Unicast ? "ipv4-unicast" : "ipv6-unicast";
}

// "ipv4", the value of the metric label afi.
[[nodiscard]] constexpr std::string_view afi_name(Family family) {
  return family == Family::Ipv4Unicast ? "ipv4" : "ipv6";
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
  static constexpr std::uint8_t bit(Family family) {
    return static_cast<std::uint8_t>(1U << index(family));
  }
  std::uint8_t bits_ = 0;
};

}  // namespace tern
