// The routes that may get another verdict when a chain of policies replaces another.
//
// If the two chains differ only in the content of prefix sets, only prefixes that are in one of two
// sets can get another verdict. Another thread than the loop's compares, because the time grows
// with the size of the sets.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "policy/conditions.h"
#include "policy/policy.h"

namespace tern::policy {

// Prefixes whose routes may get another verdict: of a program that differs from the one before in
// prefix sets alone, or of all policies that read the state of origin validation, after a change of
// VRPs. Immutable; holds both programs' sets.
class PrefixChange {
 public:
  // With more ranges than this, all routes are evaluated again, because single looks would cost
  // more.
  static constexpr std::size_t kMostRanges = 65536;

  // With the ranges of VrpTable::difference(): touches() is true for every prefix. Too many of them
  // become two, which have all prefixes.
  [[nodiscard]] static std::shared_ptr<const PrefixChange> of(std::vector<PrefixRange> ranges);
  // The two.
  [[nodiscard]] static std::vector<PrefixRange> all_prefixes();

  // Ranges that have every prefix which touches() (PrefixSet::difference()).
  [[nodiscard]] const std::vector<PrefixRange>& ranges() const { return ranges_; }
  // Whether an answer for the prefix differs, as far as is known.
  [[nodiscard]] bool touches(const Prefix& prefix) const;

 private:
  friend class ChangeFinder;
  std::vector<PrefixRange> ranges_;
  std::vector<std::pair<PrefixIn, PrefixIn>> questions_;  // that differ, before and after
};

// Empty: the verdicts are equal.
struct ChainChange {
  bool everything = false;  // any verdict can differ
  // If not everything: the changes of the programs that differ.
  std::vector<std::shared_ptr<const PrefixChange>> programs;

  [[nodiscard]] bool any() const { return everything || !programs.empty(); }
  static ChainChange all() { return {true, {}}; }
};

// Compares the chains of many neighbors, which outlive the finder. Equal pairs of programs get one
// PrefixChange.
class ChangeFinder {
 public:
  // Ranges that all changes together hold, 24 MiB. A program whose ranges have no space left gets
  // no PrefixChange: all its routes are evaluated again.
  static constexpr std::size_t kMostRanges = std::size_t{1} << 20U;

  explicit ChangeFinder(std::size_t most_ranges = kMostRanges) : ranges_left_(most_ranges) {}

  [[nodiscard]] ChainChange between(const Chain& from, const Chain& to);

 private:
  // nullopt: the programs are equal in effect. Null: any verdict can differ.
  using Found = std::optional<std::shared_ptr<const PrefixChange>>;
  [[nodiscard]] Found compare(const Program& from, const Program& to);

  std::size_t ranges_left_;
  std::map<std::pair<const Program*, const Program*>, Found> found_;
};

}  // namespace tern::policy
