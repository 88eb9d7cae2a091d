#include "rib/types/path_attributes.h"

#include <algorithm>

namespace tern {
namespace {

template <typename Value>
void sort_and_unique(std::vector<Value>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace

std::string_view to_string(Origin origin) {
  switch (origin) {
    case Origin::Igp:
      return "igp";
    case Origin::Egp:
      return "egp";
    case Origin::Incomplete:
      return "incomplete";
  }
  return "unknown";
}

void PathAttributes::normalise() {
  // The binding names every field, so that a new field compiles only after a change of this line. A
  // list whose order means nothing is sorted below; clear_values() (bgpd/wire) asserts that it
  // knows the field.
  [[maybe_unused]] const auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15,
                                f16] = *this;
  sort_and_unique(communities);
  sort_and_unique(extended_communities);
  sort_and_unique(ipv6_extended_communities);
  sort_and_unique(large_communities);
  std::stable_sort(
      unknown.begin(), unknown.end(),
      [](const UnknownAttribute& a, const UnknownAttribute& b) { return a.type < b.type; });
}

bool carries(const PathAttributes& attributes, Community community) {
  return std::binary_search(attributes.communities.begin(), attributes.communities.end(),
                            community);
}

}  // namespace tern
