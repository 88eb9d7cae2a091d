#include "policy/as_set.h"

#include <algorithm>

namespace tern::policy {

AsSet::AsSet(std::span<const std::pair<Asn, Asn>> ranges) {
  std::vector<std::pair<Asn, Asn>> sorted(ranges.begin(), ranges.end());
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [first, last] : sorted) {
    // "first - 1" does not wrap, because a smaller number is before it.
    if (!ranges_.empty() &&
        (first <= ranges_.back().second || first - 1 == ranges_.back().second)) {
      ranges_.back().second = std::max(ranges_.back().second, last);
    } else {
      ranges_.emplace_back(first, last);
    }
  }
}

bool AsSet::contains(Asn asn) const {
  const auto after =
      std::upper_bound(ranges_.begin(), ranges_.end(), asn,
                       [](Asn value, const auto& range) { return value < range.first; });
  return after != ranges_.begin() && asn <= std::prev(after)->second;
}

}  // namespace tern::policy
