// A set of AS numbers, compiled: disjoint closed ranges in order, searched in log time.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "rib/types/asn.h"

namespace tern::policy {

// Immutable after construction, safe from any thread. Equal sets compare equal however their
// ranges were written.
class AsSet {
 public:
  AsSet() = default;
  // Closed ranges, first <= second, in any order; they may overlap.
  explicit AsSet(std::span<const std::pair<Asn, Asn>> ranges);

  [[nodiscard]] bool contains(Asn asn) const;
  [[nodiscard]] const std::vector<std::pair<Asn, Asn>>& ranges() const { return ranges_; }

  friend bool operator==(const AsSet&, const AsSet&) = default;

 private:
  std::vector<std::pair<Asn, Asn>> ranges_;  // sorted, neither overlapping nor adjacent
};

}  // namespace tern::policy
