#include "policy/usual_paths.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "rib/types/trim_to_size.h"

namespace tern::policy {

bool UsualPath::is_usual_origin(Asn asn) const {
  const auto end = origins.begin() + origin_count;
  return std::find(origins.begin(), end, asn) != end;
}

bool UsualPath::is_usual_upstream(Asn asn) const {
  const auto end = upstreams.begin() + upstream_count;
  return std::find(upstreams.begin(), end, asn) != end;
}

bool is_new_upstream(const UsualPath& usual, const PathFacts& path) {
  return !usual.many_upstreams && usual.upstream_count != 0 && usual.is_usual_origin(path.origin) &&
         !usual.is_usual_upstream(path.upstream);
}

bool is_far_longer(const UsualPath& usual, const PathFacts& path) {
  return usual.longest != 0 && path.length > usual.longest + usual.longer_by;
}

UsualPaths::UsualPaths(std::vector<UsualPath> paths) : paths_(std::move(paths)) {
  std::ranges::stable_sort(paths_, std::less{}, &UsualPath::prefix);
  const auto same = [](const auto& a, const auto& b) { return a.prefix == b.prefix; };
  paths_.erase(std::unique(paths_.begin(), paths_.end(), same), paths_.end());
  trim_to_size(paths_);
}

const UsualPath* UsualPaths::find(const Prefix& prefix) const {
  const auto found = std::ranges::lower_bound(paths_, prefix, std::less{}, &UsualPath::prefix);
  return found != paths_.end() && found->prefix == prefix ? &*found : nullptr;
}

std::vector<PrefixRange> UsualPaths::difference(const UsualPaths& a, const UsualPaths& b) {
  std::vector<PrefixRange> changed;
  auto of_a = a.paths_.begin();
  auto of_b = b.paths_.begin();
  while (of_a != a.paths_.end() || of_b != b.paths_.end()) {
    const bool ends_a = of_a == a.paths_.end();
    const bool ends_b = of_b == b.paths_.end();
    const bool has_a = !ends_a && (ends_b || !(of_b->prefix < of_a->prefix));
    const bool has_b = !ends_b && (ends_a || !(of_a->prefix < of_b->prefix));
    const Prefix& prefix = has_a ? of_a->prefix : of_b->prefix;
    if (!has_a || !has_b || *of_a != *of_b) {
      changed.push_back({prefix, prefix.length(), prefix.length()});
    }
    of_a += has_a ? 1 : 0;
    of_b += has_b ? 1 : 0;
  }
  return changed;
}

}  // namespace tern::policy
