#include "policy/community_match.h"

#include <algorithm>

namespace tern::policy {
namespace {

bool is_single(const NumberPattern& field) { return field.low == field.high; }

// The community that a pattern without wildcards stands for.
std::optional<Community> single(const CommunityPattern& pattern) {
  if (!is_single(pattern.fields[0]) || !is_single(pattern.fields[1])) return std::nullopt;
  if (pattern.fields[0].low > 0xFFFF || pattern.fields[1].low > 0xFFFF) return std::nullopt;
  return Community::of(static_cast<std::uint16_t>(pattern.fields[0].low),
                       static_cast<std::uint16_t>(pattern.fields[1].low));
}

std::optional<ExtendedCommunity> single(const ExtendedCommunityPattern& pattern) {
  if (pattern.mask != ~std::uint64_t{0} || pattern.local != NumberPattern{}) return std::nullopt;
  return ExtendedCommunity{pattern.value};
}

std::optional<LargeCommunity> single(const LargeCommunityPattern& pattern) {
  if (!std::all_of(pattern.fields.begin(), pattern.fields.end(), is_single)) return std::nullopt;
  return LargeCommunity{pattern.fields[0].low, pattern.fields[1].low, pattern.fields[2].low};
}

// Sorted by community and order; of equal communities the first in the order stays.
template <typename Value>
void sort_exact(std::vector<std::pair<Value, std::uint32_t>>& exact) {
  std::sort(exact.begin(), exact.end());
  const auto end = std::unique(exact.begin(), exact.end(),
                               [](const auto& a, const auto& b) { return a.first == b.first; });
  exact.erase(end, exact.end());
}

}  // namespace

std::uint32_t local_part_mask(ExtendedCommunity community) {
  constexpr unsigned kLayout = 0x3F;  // the type without the IANA authority and transitive bits
  return (community.type() & kLayout) == 0 ? 0xFFFFFFFF : 0xFFFF;
}

bool matches(const CommunityPattern& pattern, Community community) {
  return pattern.fields[0].matches(community.high()) && pattern.fields[1].matches(community.low());
}

bool matches(const ExtendedCommunityPattern& pattern, ExtendedCommunity community) {
  const auto local = static_cast<std::uint32_t>(community.value) & local_part_mask(community);
  return ((community.value ^ pattern.value) & pattern.mask) == 0 && pattern.local.matches(local);
}

bool matches(const LargeCommunityPattern& pattern, const LargeCommunity& community) {
  return pattern.fields[0].matches(community.global) &&
         pattern.fields[1].matches(community.local1) && pattern.fields[2].matches(community.local2);
}

CommunityMatcher::CommunityMatcher(std::span<const AnyCommunityPattern> patterns) {
  std::uint32_t order = 0;
  const auto sort_in = [&order](auto& kind, const auto& pattern) {
    if (const auto value = single(pattern)) {
      kind.exact.emplace_back(*value, order);
    } else {
      kind.wide.emplace_back(pattern, order);
    }
  };
  for (const AnyCommunityPattern& pattern : patterns) {
    if (const auto* standard = std::get_if<CommunityPattern>(&pattern)) {
      sort_in(standard_, *standard);
    } else if (const auto* extended = std::get_if<ExtendedCommunityPattern>(&pattern)) {
      sort_in(extended_, *extended);
    } else if (const auto* large = std::get_if<LargeCommunityPattern>(&pattern)) {
      sort_in(large_, *large);
    }
    ++order;
  }
  sort_exact(standard_.exact);
  sort_exact(extended_.exact);
  sort_exact(large_.exact);
}

bool CommunityMatcher::any(const PathAttributes& attributes) const {
  const auto has = [](const auto& kind, const auto& communities) {
    return !kind.empty() && std::any_of(communities.begin(), communities.end(),
                                        [&](const auto& c) { return kind.find(c).has_value(); });
  };
  return has(standard_, attributes.communities) ||
         has(extended_, attributes.extended_communities) ||
         has(large_, attributes.large_communities);
}

bool CommunityMatcher::matches(Community community) const {
  return standard_.find(community).has_value();
}

bool CommunityMatcher::matches(ExtendedCommunity community) const {
  return extended_.find(community).has_value();
}

bool CommunityMatcher::matches(const LargeCommunity& community) const {
  return large_.find(community).has_value();
}

}  // namespace tern::policy
