// Community patterns compiled for matching: single communities in sorted lists, searched in log
// time, and a list of patterns with wildcards or ranges.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "policy/policy.h"
#include "rib/types/path_attributes.h"

namespace tern::policy {

[[nodiscard]] bool matches(const CommunityPattern& pattern, Community community);
[[nodiscard]] bool matches(const ExtendedCommunityPattern& pattern, ExtendedCommunity community);
[[nodiscard]] bool matches(const LargeCommunityPattern& pattern, const LargeCommunity& community);

// The bits of the last field of the text form: 32 for the two-octet AS layout (RFC 4360
// section 3.1), 16 for the others (section 3.2, RFC 5668).
[[nodiscard]] std::uint32_t local_part_mask(ExtendedCommunity community);

// Immutable after construction, safe from any thread, matching does not allocate. IPv6-specific
// extended communities match no pattern: there is no text form for them.
class CommunityMatcher {
 public:
  CommunityMatcher() = default;
  explicit CommunityMatcher(std::span<const AnyCommunityPattern> patterns);

  // Calls fn(pattern, community) for each community that matches a pattern, with the index of the
  // first pattern that it matches.
  template <typename Fn>
  void for_each(const PathAttributes& attributes, Fn&& fn) const {
    each_of(standard_, attributes.communities, fn);
    each_of(extended_, attributes.extended_communities, fn);
    each_of(large_, attributes.large_communities, fn);
  }
  // Whether one of the communities matches one of the patterns.
  [[nodiscard]] bool any(const PathAttributes& attributes) const;

  [[nodiscard]] bool matches(Community community) const;
  [[nodiscard]] bool matches(ExtendedCommunity community) const;
  [[nodiscard]] bool matches(const LargeCommunity& community) const;

  friend bool operator==(const CommunityMatcher&, const CommunityMatcher&) = default;

 private:
  // One kind of community; each pattern with its place in the order.
  template <typename Value, typename Pattern>
  struct Kind {
    std::vector<std::pair<Value, std::uint32_t>> exact;   // sorted, the first of equals only
    std::vector<std::pair<Pattern, std::uint32_t>> wide;  // in order
    [[nodiscard]] std::optional<std::uint32_t> find(const Value& value) const;
    [[nodiscard]] bool empty() const { return exact.empty() && wide.empty(); }
    friend bool operator==(const Kind&, const Kind&) = default;
  };
  template <typename OneKind, typename Values, typename Fn>
  static void each_of(const OneKind& kind, const Values& communities, Fn& fn) {
    if (kind.empty()) return;
    for (const auto& community : communities) {
      if (const auto pattern = kind.find(community)) fn(std::size_t{*pattern}, community);
    }
  }

  Kind<Community, CommunityPattern> standard_;
  Kind<ExtendedCommunity, ExtendedCommunityPattern> extended_;
  Kind<LargeCommunity, LargeCommunityPattern> large_;
};

template <typename Value, typename Pattern>
std::optional<std::uint32_t> CommunityMatcher::Kind<Value, Pattern>::find(
    const Value& value) const {
  std::optional<std::uint32_t> order;
  const auto place =
      std::lower_bound(exact.begin(), exact.end(), value,
                       [](const auto& entry, const Value& wanted) { return entry.first < wanted; });
  if (place != exact.end() && place->first == value) order = place->second;
  for (const auto& [pattern, position] : wide) {
    if (order && *order < position) break;
    if (policy::matches(pattern, value)) {
      order = position;
      break;
    }
  }
  return order;
}

}  // namespace tern::policy
