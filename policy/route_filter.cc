#include "policy/route_filter.h"

#include <algorithm>
#include <utility>

namespace tern::policy {
namespace {

FilterCommunities without_repeats(FilterCommunities all) {
  FilterCommunities once;
  for (FilterCommunity& one : all) {
    if (std::ranges::find(once, one) == once.end()) once.push_back(std::move(one));
  }
  return once;
}

// A matcher compares patterns in their order.
CommunityMatcher matcher_of(FilterCommunities communities) {
  std::ranges::sort(communities, {}, &FilterCommunity::text);
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
