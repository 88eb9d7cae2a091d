// An IPv4 or IPv6 address, a value.
#pragma once

#include <array>
#include <bit>
#include <cassert>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tern {

enum class IpVersion : std::uint8_t { V4 = 0, V6 = 1 };
inline constexpr std::size_t kIpVersionCount = 2;
[[nodiscard]] constexpr std::size_t index(IpVersion version) {
  return static_cast<std::size_t>(version);
}

// Of an address: 32 or 128.
[[nodiscard]] constexpr int address_bits(IpVersion version) {
  return version == IpVersion::V4 ? 32 : 128;
}

class IpAddress {
 public:
  // 0.0.0.0
  constexpr IpAddress() = default;

  // From host byte order: 0xC0000201 is 192.0.2.1.
  [[nodiscard]] static constexpr IpAddress v4(std::uint32_t value) {
    IpAddress address;
    address.bytes_ = {static_cast<std::byte>(value >> 24U), static_cast<std::byte>(value >> 16U),
                      static_cast<std::byte>(value >> 8U), static_cast<std::byte>(value)};
    return address;
  }
  // 0.0.0.0 or ::
  [[nodiscard]] static constexpr IpAddress unspecified(IpVersion version) {
    IpAddress address;
    address.v6_ = version == IpVersion::V6;
    return address;
  }
  // From 4 or 16 bytes in network order; anything else is a mistake of the caller.
  [[nodiscard]] static IpAddress from_bytes(std::span<const std::byte> bytes);
  // Dotted quad or RFC 4291 text; no zone, no prefix length.
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);

  [[nodiscard]] bool is_v4() const { return !v6_; }
  [[nodiscard]] bool is_v6() const { return v6_; }
  [[nodiscard]] IpVersion version() const { return v6_ ? IpVersion::V6 : IpVersion::V4; }
  // Host byte order. Requires is_v4().
  [[nodiscard]] std::uint32_t v4_value() const {
    assert(is_v4());
    return (std::to_integer<std::uint32_t>(bytes_[0]) << 24U) |
           (std::to_integer<std::uint32_t>(bytes_[1]) << 16U) |
           (std::to_integer<std::uint32_t>(bytes_[2]) << 8U) |
           std::to_integer<std::uint32_t>(bytes_[3]);
  }
  // 4 or 16 bytes in network order.
  [[nodiscard]] std::span<const std::byte> bytes() const {
    return std::span(bytes_).first(v6_ ? 16 : 4);
  }
  [[nodiscard]] int bits() const { return address_bits(version()); }

  [[nodiscard]] bool is_unspecified() const;
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] bool is_multicast() const;
  [[nodiscard]] bool is_link_local() const;  // fe80::/10, 169.254.0.0/16

  // RFC 5952 text.
  [[nodiscard]] std::string to_string() const;

  // IPv4 before IPv6, then by value: the order of RFC 4271 section 9.1.2.2 g.
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
  // Two words instead of 16 octets, for the comparison in a look-up of a prefix.
  friend constexpr bool operator==(const IpAddress& a, const IpAddress& b) {
    using Words = std::array<std::uint64_t, 2>;
    return a.v6_ == b.v6_ && std::bit_cast<Words>(a.bytes_) == std::bit_cast<Words>(b.bytes_);
  }

 private:
  bool v6_ = false;  // first: it leads the order
  std::array<std::byte, 16> bytes_{};
};

[[nodiscard]] std::size_t hash_value(const IpAddress& address);

}  // namespace tern

template <>
struct std::hash<tern::IpAddress> {
  std::size_t operator()(const tern::IpAddress& address) const { return tern::hash_value(address); }
};
