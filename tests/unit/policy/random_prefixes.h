// Random prefixes and ranges that often meet and cover each other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "policy/policy.h"
#include "random_numbers.h"

namespace tern::policy {

class RandomPrefixes {
 public:
  RandomPrefixes(std::uint32_t seed, bool v6) : random_(seed), v6_(v6) {}

  // Few distinct bits at a few places of the address: prefixes often meet and cover each other.
  Prefix next() {
    std::array<std::byte, 16> bytes{};
    const std::size_t size = v6_ ? 16 : 4;
    for (const std::size_t place : {std::size_t{0}, size / 2, size - 1}) {
      bytes[place] = static_cast<std::byte>((random_() % 4) << (random_() % 7));
    }
    const auto bits = static_cast<std::uint32_t>(size * 8);
    return {IpAddress::from_bytes(std::span(bytes).first(size)),
            static_cast<std::uint8_t>(random_() % (bits + 1))};
  }
  PrefixRange range() {
    const Prefix p = next();
    const std::uint32_t bits = v6_ ? 128 : 32;
    const std::uint32_t ge = p.length() + random_() % (bits - p.length() + 1);
    const std::uint32_t le = ge + random_() % (bits - ge + 1);
    return {p, static_cast<std::uint8_t>(ge), static_cast<std::uint8_t>(le)};
  }
  RandomNumbers& random() { return random_; }

 private:
  RandomNumbers random_;
  bool v6_;
};

}  // namespace tern::policy
