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

bool is_origin_state(ExtendedCommunity community) {
  return community.value >> kTypesShift == kTypes;
}

// The greatest value of the communities; nothing where there is none.
std::optional<std::uint64_t> greatest_value(std::span<const ExtendedCommunity> communities) {
  std::optional<std::uint64_t> greatest;
  for (const ExtendedCommunity community : communities) {
    if (!is_origin_state(community)) continue;
    greatest = std::max(greatest.value_or(0), community.value & kState);
  }
  return greatest;
}

}  // namespace

OriginState brought_state(std::span<const ExtendedCommunity> communities) {
  const auto value = greatest_value(communities);
  if (!value || *value > kMostState) return OriginState::NotValidated;
  return static_cast<OriginState>(*value);
}

void remove_origin_states(std::vector<ExtendedCommunity>& communities) {
  std::erase_if(communities, is_origin_state);
}

void remove_meaningless_states(std::vector<ExtendedCommunity>& communities) {
  if (greatest_value(communities).value_or(0) > kMostState) remove_origin_states(communities);
}

void set_origin_state(OriginState state, std::vector<ExtendedCommunity>& communities) {
  assert(state != OriginState::NotValidated);
  remove_origin_states(communities);
  const ExtendedCommunity community{kTypes << kTypesShift | static_cast<std::uint64_t>(state)};
  communities.insert(std::ranges::lower_bound(communities, community), community);
}

}  // namespace tern::policy
