// The first steps of the decision process in 32 bits, kept with a path, so that most comparisons
// need not read the attribute set, which is elsewhere in memory.
//
// From the top: eight bits of LOCAL_PREF; then a zero and the egress cost, or a one and, for the
// many paths without a cost: whether there is an AIGP, the length of the AS_PATH, ORIGIN. The lower
// digest is preferred. A value that does not fit its field ends the digest with zeros. Different
// digests decide as the steps would, in the order of EgressPosition::AfterLocalPref; equal digests
// decide nothing. A route of this router has the digest 0, which no other route has. A path with a
// PinRank has eight ones, then sixteen bits of the rank, then the eight bits of LOCAL_PREF: such
// paths are behind the paths without a rank.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "rib/attr_table.h"
#include "rib/decision.h"
#include "rib/types/hash.h"

namespace tern::rib {

enum class Digest : std::uint32_t {};

namespace digest_bits {
inline constexpr unsigned kLocalPref = 24;  // lowest bit of each field
inline constexpr unsigned kNoCost = 23;
inline constexpr unsigned kNoAigp = 22;
inline constexpr unsigned kLength = 12;
inline constexpr unsigned kOrigin = 10;
inline constexpr unsigned kPin = 8;  // in place of the three above
inline constexpr std::uint32_t kPinned = 0xFF;
}  // namespace digest_bits

inline constexpr Digest kOwnDigest{};

[[nodiscard]] constexpr Digest digest_of(const DecisionKey& key) {
  using namespace digest_bits;
  // LOCAL_PREF 227 and above is 1, 226 to -26 are 2 to 254, none is below: higher is preferred.
  constexpr std::uint32_t kMiddle = 228;
  const std::uint32_t preference = kMiddle - std::min(key.local_pref, kMiddle - 1);
  if (key.pin != kNoPin) {
    return static_cast<Digest>(kPinned << kLocalPref | std::uint32_t{key.pin} << kPin | preference);
  }
  std::uint32_t bits = preference << kLocalPref;
  if (preference == 1) return static_cast<Digest>(bits);
  if (key.egress_cost != kUnknownCost) {
    constexpr std::uint32_t kMost = (1U << kNoCost) - 1;
    return static_cast<Digest>(bits | std::min(key.egress_cost, kMost));
  }
  bits |= 1U << kNoCost;
  if (key.aigp != DecisionKey{}.aigp) return static_cast<Digest>(bits);
  bits |= 1U << kNoAigp;
  constexpr std::uint32_t kLongest = (1U << (kNoAigp - kLength)) - 1;
  const std::uint32_t length = std::min<std::uint32_t>(key.as_path_length, kLongest);
  bits |= length << kLength;
  if (length == kLongest) return static_cast<Digest>(bits);
  return static_cast<Digest>(bits | static_cast<std::uint32_t>(key.origin) << kOrigin);
}

// The rank of the path.
[[nodiscard]] constexpr PinRank pin_of(Digest digest) {
  using namespace digest_bits;
  const auto bits = static_cast<std::uint32_t>(digest);
  return bits >> kLocalPref == kPinned ? static_cast<PinRank>(bits >> kPin & 0xFFFFU) : kNoPin;
}

// The step that decides between the two. Requires different digests.
[[nodiscard]] constexpr Step step_between(Digest a, Digest b) {
  using namespace digest_bits;
  if (a == kOwnDigest || b == kOwnDigest) return Step::Own;
  if (pin_of(a) != pin_of(b)) return Step::Pin;
  if (pin_of(a) != kNoPin) return Step::LocalPref;
  const auto unlike = static_cast<std::uint32_t>(a) ^ static_cast<std::uint32_t>(b);
  const auto top = static_cast<unsigned>(std::bit_width(unlike)) - 1;
  if (top >= kLocalPref) return Step::LocalPref;
  if (top == kNoCost) return Step::EgressCost;
  const bool costs = (static_cast<std::uint32_t>(a) & (1U << kNoCost)) == 0;
  if (costs) return Step::EgressCost;
  if (top == kNoAigp) return Step::Aigp;
  return top >= kLength ? Step::AsPathLength : Step::Origin;
}

[[nodiscard]] constexpr bool without_cost(Digest digest) {
  // A PinRank leaves this bit 0.
  return (static_cast<std::uint32_t>(digest) & (1U << digest_bits::kNoCost)) != 0;
}

// Paths with equal digests of this kind are equal in every step up to ORIGIN.
[[nodiscard]] constexpr bool is_complete(Digest digest) {
  using namespace digest_bits;
  constexpr std::uint32_t kBoth = (1U << kNoCost) | (1U << kNoAigp);
  constexpr std::uint32_t kLongest = (1U << (kNoAigp - kLength)) - 1;
  const auto bits = static_cast<std::uint32_t>(digest);
  return (bits & kBoth) == kBoth && ((bits >> kLength) & kLongest) != kLongest;
}

// An eight-bit hash of the neighboring AS.
[[nodiscard]] constexpr std::uint8_t mark_of(const DecisionKey& key) {
  return static_cast<std::uint8_t>(mix_bits(key.neighbour));
}

}  // namespace tern::rib
