// Visits the destinations of one shard in some ranges of prefixes, of all families, a slice at a
// time. It uses the ordered index, so its cost grows with the destinations that it finds, not with
// the table.
//
// Used by the runner of the shard's strand. The table may change between two slices. A destination
// that exists all the time is visited once for each range that it is in.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "policy/policy.h"
#include "rib/rib.h"

namespace tern::pipeline {

class RangeWalk {
 public:
  using Ranges = std::vector<policy::PrefixRange>;

  // Calls visit(id) for the next destinations, until it has looked at `most` prefixes or somewhat
  // more. Returns how many; fewer than `most`: the walk is over. Each call of a walk has the same
  // ranges.
  template <typename Fn>
  std::size_t slice(const rib::Rib& rib, const Ranges& ranges, std::size_t most, Fn&& visit);

 private:
  std::size_t next_ = 0;           // index of the range
  std::size_t family_ = 0;         // index in kFamilies
  std::optional<IpAddress> from_;  // within it: the address to go on at
  std::vector<rib::DestId> found_;
};

template <typename Fn>
std::size_t RangeWalk::slice(const rib::Rib& rib, const Ranges& ranges, std::size_t most,
                             Fn&& visit) {
  std::size_t looks = 0;
  while (looks < most && next_ < ranges.size()) {
    const policy::PrefixRange& range = ranges[next_];
    const Family family = kFamilies[family_];
    if (row(family).version == range.prefix.address().version()) {
      if (range.le == range.prefix.length()) {  // one prefix
        ++looks;
        if (const auto id = rib.find_id({range.prefix, family})) visit(*id);
      } else {
        found_.clear();
        from_ = rib.next(family, from_.value_or(range.prefix.address()), found_);
        looks += found_.size() + 1;
        for (const rib::DestId id : found_) {
          const Prefix& prefix = rib.prefix(id);
          if (!range.prefix.covers(prefix)) continue;
          if (prefix.length() >= range.ge && prefix.length() <= range.le) visit(id);
        }
        if (from_ && range.prefix.contains(*from_)) continue;
        from_.reset();
      }
    }
    family_ = (family_ + 1) % kFamilyCount;
    if (family_ == 0) ++next_;
  }
  return looks;
}

}  // namespace tern::pipeline
