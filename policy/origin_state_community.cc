#include "policy/origin_state_community.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <optional>

namespace tern::policy {
namespace {

constexpr std::uint64_t kTypes = 0x4300;  // type 0x43 and sub-type 0
constexpr unsigned kTypesShift = 48;
constexpr std::uint64_t kState = 0xFF;  // the last octet; the four before it mean nothing
constexpr std::uint64_t kMostState = static_cast<std::uint64_t>(OriginState::Invalid);

}  // namespace

ExtendedCommunity origin_state_community(OriginState state) {
  assert(state != OriginState::NotValidated);
  return {kTypes << kTypesShift | static_cast<std::uint64_t>(state)};
}

bool is_origin_state(ExtendedCommunity community) {
  return community.value >> kTypesShift == kTypes;
}

OriginState brought_state(std::span<const ExtendedCommunity> communities) {
  std::optional<std::uint64_t> greatest;
  for (const ExtendedCommunity community : communities) {
    const std::uint64_t state = community.value & kState;
    if (is_origin_state(community) && state <= kMostState) {
      greatest = std::max(greatest.value_or(0), state);
    }
  }
  return greatest ? static_cast<OriginState>(*greatest) : OriginState::NotValidated;
}

void remove_origin_states(std::vector<ExtendedCommunity>& communities) {
  std::erase_if(communities, is_origin_state);
}

void set_origin_state(OriginState state, std::vector<ExtendedCommunity>& communities) {
  remove_origin_states(communities);
  const ExtendedCommunity community = origin_state_community(state);
  communities.insert(std::ranges::lower_bound(communities, community), community);
}

}  // namespace tern::policy
