#include "tests/bench/load/universe.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace tern::load {
namespace {

constexpr double kMeanRun = 3.0;
constexpr std::uint32_t kLongestRun = 40;
constexpr std::uint8_t kCovering = 20;  // prefixes this short have more specifics

// Of a hundred prefixes, as in the default-free zone of 2024.
struct Share {
  std::uint8_t length;
  std::uint32_t percent;
};
constexpr std::array<Share, 8> kLengths{
    {{24, 60}, {23, 11}, {22, 13}, {21, 5}, {20, 5}, {19, 3}, {18, 2}, {16, 1}}};

std::uint8_t draw_length(Random& random) {
  std::uint32_t at = random.below(100);
  for (const Share& share : kLengths) {
    if (at < share.percent) return share.length;
    at -= share.percent;
  }
  return 24;
}

// First octets that daemons hold for martians or that the benchmark itself uses.
bool reserved(std::uint32_t octet) {
  static constexpr std::array<std::uint32_t, 8> kReserved{0, 10, 100, 127, 169, 172, 192, 198};
  return std::find(kReserved.begin(), kReserved.end(), octet) != kReserved.end();
}

// Hands out the prefixes of one family in ascending order.
class Allocator {
 public:
  explicit Allocator(bool ipv6) : ipv6_(ipv6), next_(ipv6 ? 0 : 1U << 16U) {}

  Prefix take(Random& random) {
    const std::uint8_t length = draw_length(random);
    const std::uint32_t size = 1U << (24U - length);
    // The block that we are in, where it has no prefix of this length yet; else the next one.
    std::uint32_t at = next_ / size * size;
    if (at < free_[length]) at = free_[length];
    while (!ipv6_ && reserved(at >> 16U)) at = ((at >> 16U) + 1) << 16U;
    if (at + size > (ipv6_ ? 1U << 24U : 223U << 16U)) {
      throw std::runtime_error("there are not as many prefixes in the address space");
    }
    free_[length] = at + size;
    // More specifics follow within a short one.
    next_ = std::max(next_, length <= kCovering ? at : at + size);
    return Prefix{at, length, ipv6_};
  }

 private:
  bool ipv6_;
  std::uint32_t next_;
  std::array<std::uint32_t, 25> free_{};  // by length, the first block that has no prefix of it
};

}  // namespace

std::uint32_t public_asn(Random& random) {
  const std::uint32_t asn = 1 + random.below(60'000);
  return asn == 23'456 ? 23'457 : asn;
}

Universe make_universe(std::uint32_t count, std::uint32_t stride, double ipv6_share,
                       Random& random) {
  Universe universe;
  universe.prefixes.reserve(count);
  Allocator ipv4(false);
  Allocator ipv6(true);
  while (universe.prefixes.size() < count) {
    Run run;
    run.first = static_cast<std::uint32_t>(universe.prefixes.size());
    const std::uint32_t room = std::min(stride - run.first % stride, count - run.first);
    run.count = std::min(random.geometric(kMeanRun, kLongestRun), room);
    run.origin = public_asn(random);
    Allocator& family = random.chance(ipv6_share) ? ipv6 : ipv4;
    for (std::uint32_t i = 0; i < run.count; ++i) universe.prefixes.push_back(family.take(random));
    universe.runs.push_back(run);
  }
  return universe;
}

}  // namespace tern::load
