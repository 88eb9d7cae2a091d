// The losses among the last 16 probes to a target. A value.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace tern::probes {

class LossWindow {
 public:
  static constexpr std::uint32_t kLength = 16;

  void add(bool lost) {
    bits_ = static_cast<std::uint16_t>((std::uint32_t{bits_} << 1U) | (lost ? 1U : 0U));
    probes_ = std::min(probes_ + 1, kLength);
  }
  [[nodiscard]] std::uint32_t probes() const { return probes_; }
  [[nodiscard]] std::uint32_t lost() const {
    return static_cast<std::uint32_t>(std::popcount(bits_));
  }

 private:
  std::uint16_t bits_ = 0;  // the last probe is bit 0
  std::uint32_t probes_ = 0;
};

}  // namespace tern::probes
