// Random values for round trips. Every test seeds its own generator, so a failure repeats.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

#include "rib/types/ip_address.h"
#include "rib/types/prefix.h"

namespace tern {

class RandomValues {
 public:
  explicit RandomValues(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t word() { return engine_(); }
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(word() % bound); }
  bool one_in(std::uint32_t n) { return below(n) == 0; }

  IpAddress v4() { return IpAddress::v4(static_cast<std::uint32_t>(word())); }

  // Zeros are frequent, single and in runs: they are what IPv6 text is about.
  IpAddress v6() {
    std::array<std::byte, 16> bytes{};
    const std::uint32_t zero_in = 2 + below(4);
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
      if (one_in(zero_in)) continue;
      if (!one_in(3)) bytes[i] = static_cast<std::byte>(word());
      bytes[i + 1] = static_cast<std::byte>(word());
    }
    return IpAddress::from_bytes(bytes);
  }

  IpAddress address() { return one_in(2) ? v4() : v6(); }

  Prefix prefix() {
    const IpAddress any = address();
    return Prefix(any,
                  static_cast<std::uint8_t>(below(static_cast<std::uint32_t>(any.bits()) + 1)));
  }

  // As often two-octet as four-octet, and now and then on the border.
  std::uint32_t asn() {
    if (one_in(8)) return 65534 + below(4);
    return one_in(2) ? below(65536) : static_cast<std::uint32_t>(word());
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace tern
