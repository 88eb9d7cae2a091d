#include "tests/model/naive_vrps.h"

#include <algorithm>
#include <array>

#include "rib/types/hash.h"
#include "tests/model/naive_rib.h"

namespace tern::model {
namespace {

constexpr std::uint64_t kNoState = 0x4300000000000000U;

}  // namespace

std::vector<policy::Vrp> vrps_of(std::uint32_t bits) {
  constexpr std::array<Asn, 8> kOrigins{65101, 65101, 65101, 4200000001, 65102, 65001, kOurAsn, 0};
  std::vector<policy::Vrp> vrps;
  std::uint64_t state = bits;
  const auto take = [&state](std::uint64_t bound) {
    state += 0x9E3779B97F4A7C15U;
    return mix_bits(state) % bound;
  };
  for (const Prefix& prefix : prefixes()) {
    // A VRP that covers all addresses leaves no route whose state is not-found.
    if (prefix.length() == 0 && take(8) != 0) continue;
    for (std::uint64_t n = take(3); n > 0; --n) {
      const auto most = static_cast<std::uint8_t>(prefix.address().is_v4() ? 32 : 128);
      const auto length = static_cast<std::uint8_t>(prefix.length() + 8 * take(3));
      vrps.push_back({prefix, std::min(length, most), kOrigins[take(kOrigins.size())]});
    }
  }
  return vrps;
}

policy::OriginState state_of(const Vrps& vrps, const Prefix& prefix, const AsPath& path) {
  if (!vrps) return policy::OriginState::NotValidated;
  Asn origin = kOurAsn;
  for (const AsSegment& segment : path.segments()) origin = segment.asns.back();
  policy::OriginState state = policy::OriginState::NotFound;
  for (const policy::Vrp& vrp : *vrps) {
    if (!vrp.prefix.covers(prefix)) continue;
    state = policy::OriginState::Invalid;
    if (vrp.asn != 0 && vrp.asn == origin && prefix.length() <= vrp.max_length) {
      return policy::OriginState::Valid;
    }
  }
  return state;
}

ExtendedCommunity community_of(policy::OriginState state) {
  return {kNoState + static_cast<std::uint64_t>(state)};
}

std::optional<policy::OriginState> state_of(ExtendedCommunity community) {
  if (community.value < kNoState || community.value > kNoState + 2) return std::nullopt;
  return static_cast<policy::OriginState>(community.value - kNoState);
}

}  // namespace tern::model
