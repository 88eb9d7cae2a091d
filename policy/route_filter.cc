#include "policy/route_filter.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace tern::policy {
namespace {

FilterCommunities without_repeats(FilterCommunities all) {
  FilterCommunities once;
  for (FilterCommunity& one : all) {
    if (std::ranges::find(once, one) == once.end()) once.push_back(std::move(one));
  }
  return once;
}

void append_numbers(std::span<const NumberPattern> fields, std::vector<std::uint64_t>& key) {
  for (const NumberPattern& field : fields) key.insert(key.end(), {field.low, field.high});
}

// Equal for equal patterns, whatever their texts are.
std::vector<std::uint64_t> order_of(const FilterCommunity& community) {
  std::vector<std::uint64_t> key{community.pattern.index()};
  if (const auto* extended = std::get_if<ExtendedCommunityPattern>(&community.pattern)) {
    key.insert(key.end(), {extended->value, extended->mask});
    append_numbers({&extended->local, 1}, key);
  } else if (const auto* large = std::get_if<LargeCommunityPattern>(&community.pattern)) {
    append_numbers(large->fields, key);
  } else {
    append_numbers(std::get<CommunityPattern>(community.pattern).fields, key);
  }
  return key;
}

// A matcher compares patterns in their order.
CommunityMatcher matcher_of(FilterCommunities communities) {
  std::ranges::sort(communities, {}, order_of);
  std::vector<AnyCommunityPattern> patterns;
  patterns.reserve(communities.size());
  for (const FilterCommunity& one : communities) patterns.push_back(one.pattern);
  return CommunityMatcher(patterns);
}

}  // namespace

std::optional<FilterCommunity> parse_filter_community(std::string_view text) {
  const auto pattern = parse_community_pattern(text);
  if (!pattern) return std::nullopt;
  return FilterCommunity{std::string(text), *pattern};
}

RouteFilter::RouteFilter(FilterCommunities communities)
    : communities_(without_repeats(std::move(communities))), matcher_(matcher_of(communities_)) {}

bool RouteFilter::has(const FilterCommunity& community) const {
  return std::ranges::find(communities_, community) != communities_.end();
}

}  // namespace tern::policy
