// The route filter of a neighbor: the communities of the routes that the neighbor is advertised. A
// route passes if it carries at least one of them. A filter without communities passes no route.
//
// A RouteFilter is immutable after construction and safe from any thread; passes() allocates
// nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/community_match.h"
#include "policy/policy.h"

namespace tern::policy {

// A community of any kind, or a pattern for some.
struct FilterCommunity {
  std::string text;  // as the operator wrote it
  AnyCommunityPattern pattern;
  // "65535:65281" is "no-export".
  friend bool operator==(const FilterCommunity& a, const FilterCommunity& b) {
    return a.pattern == b.pattern;
  }
};
using FilterCommunities = std::vector<FilterCommunity>;

// Nothing: the text is no pattern.
[[nodiscard]] std::optional<FilterCommunity> parse_filter_community(std::string_view text);

class RouteFilter {
 public:
  static constexpr std::size_t kMost = 256;     // communities of a configuration or a command
  static constexpr std::size_t kMostText = 80;  // octets of a community

  // Leaves out repeats.
  explicit RouteFilter(FilterCommunities communities);

  // attributes: of a path in the table, before export policies.
  [[nodiscard]] bool passes(const PathAttributes& attributes) const {
    return matcher_.any(attributes);
  }
  [[nodiscard]] const FilterCommunities& communities() const { return communities_; }
  [[nodiscard]] bool has(const FilterCommunity& community) const;

  // Whether the two pass the same routes, as far as their patterns show. The order of communities
  // makes no difference.
  friend bool operator==(const RouteFilter& a, const RouteFilter& b) {
    return a.matcher_ == b.matcher_;
  }

 private:
  FilterCommunities communities_;  // in the order of the constructor
  CommunityMatcher matcher_;
};

}  // namespace tern::policy
