// The rank that the registration of a prefix gives a path: the step `pin` of the decision process
// (docs/adr/0029-the-pin-is-a-rank-of-the-path.md).
//
// A rank follows from the path as the PoP receives it, the registration and the VRPs. PoPs that
// have these in common, by iBGP, give a path the same rank.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tern {

// The lower rank is preferred. From the top: the last resort, paths that leave, the partner, the
// PoP. Below 2^12 (rib/digest.h).
using PinRank = std::uint16_t;
// Of paths that no registration ranks, and of paths that our own network originates: these come
// before all others.
inline constexpr PinRank kNoPin = 0;

namespace pin_bits {
inline constexpr unsigned kPartner = 4;  // lowest bit of each field; the PoP has the bits below
inline constexpr unsigned kLeaving = 9;
inline constexpr unsigned kLastResort = 10;
inline constexpr unsigned kRanked = 11;  // set in every rank but kNoPin
}  // namespace pin_bits

// Behind each partner, and each PoP, that the registration names.
inline constexpr std::size_t kOtherPartner = 31;
inline constexpr std::size_t kOtherPop = 15;

// partner, pop: places in the lists of the registration, from 0 on, or kOtherPartner, kOtherPop.
[[nodiscard]] constexpr PinRank pin_rank(std::size_t partner, std::size_t pop) {
  using namespace pin_bits;
  return static_cast<PinRank>(std::size_t{1} << kRanked | partner << kPartner | pop);
}
// A path that the guard has something against, and that is used where no other path is left.
[[nodiscard]] constexpr PinRank last_resort(PinRank rank) {
  using namespace pin_bits;
  return static_cast<PinRank>(rank | 1U << kRanked | 1U << kLastResort);
}
[[nodiscard]] constexpr bool is_last_resort(PinRank rank) {
  return (rank >> pin_bits::kLastResort & 1U) != 0;
}
// A path with LOCAL_PREF 0, which leaves (RFC 8326): behind the paths that stay, whoever the
// partner is, and before the last resort.
[[nodiscard]] constexpr PinRank leaving(PinRank rank) {
  return rank == kNoPin ? kNoPin : static_cast<PinRank>(rank | 1U << pin_bits::kLeaving);
}
[[nodiscard]] constexpr bool is_leaving(PinRank rank) {
  return (rank >> pin_bits::kLeaving & 1U) != 0;
}
[[nodiscard]] constexpr std::size_t partner_of(PinRank rank) {
  return rank >> pin_bits::kPartner & kOtherPartner;
}
[[nodiscard]] constexpr std::size_t pop_of(PinRank rank) { return rank & kOtherPop; }

}  // namespace tern
