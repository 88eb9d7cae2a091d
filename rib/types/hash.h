// Hashing of the values of this folder: quick, every bit of the result usable (a table may take the
// high bits or the low ones). Not seeded and not stored: the numbers may differ in the next
// release.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace tern {

// A bijection in which every input bit moves about half of the output bits. The constants are the
// finaliser of MurmurHash3, x64 variant.
[[nodiscard]] constexpr std::uint64_t mix_bits(std::uint64_t value) {
  value ^= value >> 33U;
  value *= 0xFF51AFD7ED558CCDULL;
  value ^= value >> 33U;
  value *= 0xC4CEB9FE1A85EC53ULL;
  value ^= value >> 33U;
  return value;
}

// Collects a sequence of numbers. A list goes in with its size, so that its end is part of it.
class Hasher {
 public:
  constexpr void add(std::uint64_t value) {
    state_ = (state_ ^ value) * 0x9E3779B97F4A7C15ULL;  // 2^64 divided by the golden ratio, odd
    state_ ^= state_ >> 32U;
  }

  void add(std::span<const std::byte> bytes) {
    add(bytes.size());
    while (bytes.size() >= sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data(), sizeof word);
      add(word);
      bytes = bytes.subspan(sizeof word);
    }
    std::uint64_t rest = 0;
    if (!bytes.empty()) std::memcpy(&rest, bytes.data(), bytes.size());
    add(rest);
  }

  [[nodiscard]] constexpr std::size_t result() const {
    return static_cast<std::size_t>(mix_bits(state_));
  }

 private:
  std::uint64_t state_ = 0x243F6A8885A308D3ULL;  // pi, so that zeros do not hash to zero
};

}  // namespace tern
