// Visits the destinations of one shard in some ranges of prefixes, of all families, a slice at a
// time. RangeWalk uses the ordered index, so the cost grows with the destinations found, not with
// the table.
//
// Used by the runner of the shard's strand. The table may change between two slices. A destination
// that exists all the time is visited once for each range that it is in.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "policy/policy.h"
#include "rib/rib.h"

namespace tern::pipeline {

class RangeWalk {
 public:
  using Ranges = std::vector<policy::PrefixRange>;
  // Of one slice: prefixes that were looked at, and paths of the destinations that were visited.
  struct Work {
    std::size_t looks = 0;
    std::size_t paths = 0;
  };

  // Calls visit(id) for the next destinations, until the slice has used up `left`, or somewhat
  // more, and takes what it used from `left`. True: the walk is over. visit() may set both numbers
  // of `left` to 0, which ends the slice. Each slice of a walk has the same ranges.
  template <typename Fn>
  bool slice(const rib::Rib& rib, const Ranges& ranges, Work& left, Fn&& visit);

 private:
  // Visits what is next of the range that is due: one prefix, or a piece of the ordered index. The
  // prefixes that it looked at.
  template <typename Fn>
  std::size_t step(const rib::Rib& rib, const policy::PrefixRange& range, Fn&& visit);

  std::size_t next_ = 0;           // index of the range
  std::size_t family_ = 0;         // index in kFamilies
  std::optional<IpAddress> from_;  // within it: the address to go on at
  std::vector<rib::DestId> found_;
};

template <typename Fn>
bool RangeWalk::slice(const rib::Rib& rib, const Ranges& ranges, Work& left, Fn&& visit) {
  while (next_ < ranges.size()) {
    if (left.looks == 0 || left.paths == 0) return false;
    const std::size_t looks = step(rib, ranges[next_], [&](rib::DestId id) {
      left.paths -= std::min(left.paths, rib.destination(id).paths.size());
      visit(id);
    });
    left.looks -= std::min(left.looks, looks);
  }
  return true;
}

template <typename Fn>
std::size_t RangeWalk::step(const rib::Rib& rib, const policy::PrefixRange& range, Fn&& visit) {
  std::size_t looks = 0;
  const Family family = kFamilies[family_];
  if (row(family).version == range.prefix.address().version()) {
    if (range.le == range.prefix.length()) {  // one prefix
      looks = 1;
      if (const auto id = rib.find_id({range.prefix, family})) visit(*id);
    } else {
      found_.clear();
      from_ = rib.next(family, from_.value_or(range.prefix.address()), found_);
      looks = found_.size() + 1;
      for (const rib::DestId id : found_) {
        const Prefix& prefix = rib.prefix(id);
        if (!range.prefix.covers(prefix)) continue;
        if (prefix.length() >= range.ge && prefix.length() <= range.le) visit(id);
      }
      if (from_ && range.prefix.contains(*from_)) return looks;
      from_.reset();
    }
  }
  family_ = (family_ + 1) % kFamilyCount;
  if (family_ == 0) ++next_;
  return looks;
}

}  // namespace tern::pipeline
