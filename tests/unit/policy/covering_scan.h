// For tests that compare a table of prefixes that cover one another with a scan.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "policy/policy.h"

namespace tern::policy {

// Short prefixes, so that they cover one another often.
inline Prefix short_prefix(std::mt19937& random) {
  const auto length = static_cast<std::uint8_t>(random() % 9);
  if (random() % 3 == 0) {
    return {IpAddress::parse(random() % 2 == 0 ? "2001:db8::" : "3fff::").value(),
            static_cast<std::uint8_t>(random() % 20)};
  }
  return Prefix::v4(static_cast<std::uint32_t>(random()) & 0x0F000000U, length);
}

// The value of the longest prefix that covers `asked`.
template <typename Value>
std::optional<Value> longest(const std::map<Prefix, Value>& values, const Prefix& asked) {
  std::optional<Value> found;
  int length = -1;
  for (const auto& [prefix, value] : values) {
    if (!prefix.covers(asked) || prefix.length() <= length) continue;
    length = prefix.length();
    found = value;
  }
  return found;
}

inline bool is_in(const std::vector<PrefixRange>& ranges, const Prefix& asked) {
  return std::ranges::any_of(ranges, [&](const PrefixRange& range) {
    return range.prefix.covers(asked) && asked.length() >= range.ge && asked.length() <= range.le;
  });
}

}  // namespace tern::policy
