// What it means for routes that a chain of policies takes the place of another.
//
// Where the two differ in the content of prefix sets alone, only the prefixes that one of two sets
// contains and the other does not can get another verdict. Comparing is work for a thread beside
// the loop: it takes time by the size of the sets.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "policy/conditions.h"
#include "policy/policy.h"

namespace tern::policy {

// A program that differs from the one before in prefix sets alone. Immutable; holds both programs'
// sets.
class ProgramChange {
 public:
  // More ranges than this are not worth a look at each: all routes are evaluated again.
  static constexpr std::size_t kMostRanges = 65536;

  // Ranges that have every prefix which touches() (PrefixSet::difference()).
  [[nodiscard]] const std::vector<PrefixRange>& ranges() const { return ranges_; }
  // Whether an answer for the prefix is another.
  [[nodiscard]] bool touches(const Prefix& prefix) const;

 private:
  friend class ChangeFinder;
  std::vector<PrefixRange> ranges_;
  std::vector<std::pair<PrefixIn, PrefixIn>> questions_;  // those that differ, before and after
};

// Empty: the verdicts are equal.
struct ChainChange {
  bool everything = false;  // any verdict can be another
  // Where not everything: of the programs that differ.
  std::vector<std::shared_ptr<const ProgramChange>> programs;

  [[nodiscard]] bool any() const { return everything || !programs.empty(); }
  static ChainChange all() { return {true, {}}; }
};

// Compares the chains of many neighbors. Equal pairs of programs get one ProgramChange.
class ChangeFinder {
 public:
  [[nodiscard]] ChainChange between(const Chain& from, const Chain& to);

 private:
  // None: they are equal in effect. Null: any verdict can be another.
  using Found = std::optional<std::shared_ptr<const ProgramChange>>;
  [[nodiscard]] static Found compare(const Program& from, const Program& to);

  std::map<std::pair<const Program*, const Program*>, Found> found_;
};

}  // namespace tern::policy
