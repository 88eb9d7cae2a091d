// New verdicts on stored paths of one destination, with the attribute sets that they name.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "rib/attr_table.h"
#include "rib/rib.h"

namespace tern::pipeline {

class Revisions {
 public:
  // path: index in the destination's paths. set: the effective set of `import`, or an empty handle.
  void add(std::size_t path, const rib::Import& import, rib::AttrHandle set) {
    revisions_.emplace_back(path, import);
    if (set.ref() != rib::AttrRef::None) sets_.push_back(std::move(set));
  }
  [[nodiscard]] bool empty() const { return revisions_.empty(); }
  // Gives the paths their verdicts, and leaves the object empty, with its memory. Returns how many.
  std::size_t apply(rib::Rib& rib, rib::DestId id) {
    const std::size_t count = revisions_.size();
    if (count > 0) rib.revise(id, revisions_);
    revisions_.clear();
    sets_.clear();
    return count;
  }

 private:
  std::vector<rib::Rib::Revision> revisions_;
  std::vector<rib::AttrHandle> sets_;
};

}  // namespace tern::pipeline
