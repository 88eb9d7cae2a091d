// Entries by prefix, for looking up the entries that cover a prefix, the longest first.
//
// Immutable after construction, safe from any thread; look-ups do not allocate. Costs 4 octets
// beside each entry.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "policy/policy.h"
#include "rib/types/prefix.h"
#include "rib/types/trim_to_size.h"

namespace tern::policy {

// Entry: has a member `prefix`.
template <typename Entry>
class CoveringTable {
 public:
  CoveringTable() = default;
  // Of entries of the same prefix the first counts.
  explicit CoveringTable(std::vector<Entry> entries) : entries_(std::move(entries)) {
    std::ranges::stable_sort(entries_, std::less{}, &Entry::prefix);
    const auto same = [](const auto& a, const auto& b) { return a.prefix == b.prefix; };
    entries_.erase(std::unique(entries_.begin(), entries_.end(), same), entries_.end());
    trim_to_size(entries_);
    covering_.reserve(entries_.size());
    std::uint32_t open = kNone;  // the longest entry so far that may cover the next one
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
      while (open != kNone && !entries_[open].prefix.covers(entries_[i].prefix)) {
        open = covering_[open];
      }
      covering_.push_back(open);
      open = i;
    }
  }

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  // In the order of prefixes.
  [[nodiscard]] const Entry& operator[](std::size_t i) const { return entries_[i]; }
  // The index of the first entry that is not before the prefix; size(): there is none.
  [[nodiscard]] std::size_t lower_bound(const Prefix& prefix) const {
    const auto found = std::ranges::lower_bound(entries_, prefix, std::less{}, &Entry::prefix);
    return static_cast<std::size_t>(found - entries_.begin());
  }

  // The longest entry that covers the prefix; null: none does.
  [[nodiscard]] const Entry* find(const Prefix& prefix) const {
    const auto behind = std::ranges::upper_bound(entries_, prefix, std::less{}, &Entry::prefix);
    if (behind == entries_.begin()) return nullptr;
    auto at = static_cast<std::uint32_t>(behind - entries_.begin() - 1);
    while (at != kNone && !entries_[at].prefix.covers(prefix)) at = covering_[at];
    return pointer(at);
  }
  // The longest other entry that covers this one, which is of the table; null: none does.
  [[nodiscard]] const Entry* covering(const Entry& entry) const {
    return pointer(covering_[static_cast<std::size_t>(&entry - entries_.data())]);
  }

  // Ranges that have every prefix in one for which differs() is true. differs(prefix, a, b) is
  // asked for the prefixes of both tables, with the entry of each table, or null.
  template <typename Differs>
  [[nodiscard]] static std::vector<PrefixRange> difference(const CoveringTable& a,
                                                           const CoveringTable& b, Differs differs);

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  [[nodiscard]] const Entry* pointer(std::uint32_t at) const {
    return at == kNone ? nullptr : &entries_[at];
  }

  std::vector<Entry> entries_;  // sorted: the entries that cover a prefix are the nearest one
                                // before it that does, and the covering entries of that one
  std::vector<std::uint32_t> covering_;  // index of the longest entry that covers each; kNone
};

template <typename Entry>
template <typename Differs>
std::vector<PrefixRange> CoveringTable<Entry>::difference(const CoveringTable& a,
                                                          const CoveringTable& b, Differs differs) {
  std::vector<PrefixRange> found;
  auto of_a = a.entries_.begin();
  auto of_b = b.entries_.begin();
  while (of_a != a.entries_.end() || of_b != b.entries_.end()) {
    const bool ends_a = of_a == a.entries_.end();
    const bool ends_b = of_b == b.entries_.end();
    const bool has_a = !ends_a && (ends_b || !(of_b->prefix < of_a->prefix));
    const bool has_b = !ends_b && (ends_a || !(of_a->prefix < of_b->prefix));
    const Prefix& prefix = has_a ? of_a->prefix : of_b->prefix;
    // A range has all prefixes inside its own.
    const bool has_already = !found.empty() && found.back().prefix.covers(prefix);
    if (!has_already && differs(prefix, has_a ? &*of_a : nullptr, has_b ? &*of_b : nullptr)) {
      const auto bits = static_cast<std::uint8_t>(prefix.address().bits());
      found.push_back({prefix, prefix.length(), bits});
    }
    of_a += has_a ? 1 : 0;
    of_b += has_b ? 1 : 0;
  }
  return found;
}

}  // namespace tern::policy
