// What a reload has to look at when a chain takes the place of another.
#include "policy/change.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "policy_builders.h"
#include "random_numbers.h"

namespace tern::policy {
namespace {

// A policy of a member: its prefixes in, without those of a common list.
Sources member(std::vector<PrefixRange> own) {
  TermSource bogons;
  bogons.match.prefix_sets = {"bogons"};
  bogons.then = TermSource::Then::Reject;
  TermSource take;
  take.match.prefix_sets = {"own"};
  take.then = TermSource::Then::Accept;
  Sources sources;
  sources.policies = {{"in", {bogons, take}}};
  sources.prefix_sets = {{"bogons", {ranging("10.0.0.0/8", 8, 32)}}, {"own", std::move(own)}};
  return sources;
}

ChainChange between(const Sources& from, const Sources& to) {
  ChangeFinder finder;
  return finder.between(chain_of(from), chain_of(to));
}

TEST(ChainChange, OfEqualChainsIsEmpty) {
  EXPECT_FALSE(
      between(member({exactly("203.0.113.0/24")}), member({exactly("203.0.113.0/24")})).any());
  EXPECT_FALSE(ChangeFinder().between(Chain(), Chain()).any());
}

TEST(ChainChange, IsThePrefixesThatOneSetLacks) {
  const Sources before = member({exactly("203.0.113.0/24"), exactly("2001:db8::/32")});
  const ChainChange change =
      between(before, member({exactly("203.0.113.0/24"), exactly("2001:db8:1::/48")}));
  EXPECT_FALSE(change.everything);
  ASSERT_EQ(change.programs.size(), 1U);
  const PrefixChange& program = *change.programs.front();
  EXPECT_EQ(program.ranges(), (std::vector{exactly("2001:db8::/32"), exactly("2001:db8:1::/48")}));
  EXPECT_TRUE(program.touches(prefix("2001:db8::/32")));
  EXPECT_TRUE(program.touches(prefix("2001:db8:1::/48")));
  EXPECT_FALSE(program.touches(prefix("2001:db8:2::/48")));
  EXPECT_FALSE(program.touches(prefix("203.0.113.0/24")));
}

// A prefix that moves from one set of a condition to another gets the same answer.
TEST(ChainChange, ReadsTheSetsOfAConditionAsOne) {
  Sources before = member({exactly("203.0.113.0/24")});
  before.policies[0].terms[1].match.prefix_sets.push_back("more");
  before.prefix_sets.push_back({"more", {exactly("192.0.2.0/24")}});
  Sources after = before;
  std::swap(after.prefix_sets[1].entries, after.prefix_sets[2].entries);
  const ChainChange change = between(before, after);
  EXPECT_FALSE(change.everything);
  ASSERT_EQ(change.programs.size(), 1U);
  EXPECT_FALSE(change.programs[0]->touches(prefix("192.0.2.0/24")));
  EXPECT_FALSE(change.programs[0]->touches(prefix("203.0.113.0/24")));
  // One set more.
  after = member({exactly("203.0.113.0/24")});
  const ChainChange fewer = between(before, after);
  ASSERT_EQ(fewer.programs.size(), 1U);
  EXPECT_EQ(fewer.programs[0]->ranges(), std::vector{exactly("192.0.2.0/24")});
}

TEST(ChainChange, IsEverythingWhereMoreThanSetsDiffers) {
  const Sources before = member({exactly("203.0.113.0/24")});
  const std::function<void(Sources&)> changes[] = {
      [](Sources& s) { s.policies[0].name = "other"; },
      [](Sources& s) { s.policies[0].terms.pop_back(); },
      [](Sources& s) { s.policies[0].terms[1].match.prefix_sets.clear(); },
      [](Sources& s) { s.policies[0].terms[1].match.origin = Origin::Igp; },
      [](Sources& s) { s.policies[0].terms[1].actions.clear_med = true; },
      [](Sources& s) { s.policies[0].terms[0].reject_reason = "word"; },
      [](Sources& s) { s.policies.push_back(accepting({})); },
  };
  for (std::size_t i = 0; i < std::size(changes); ++i) {
    Sources after = before;
    changes[i](after);
    after.prefix_sets[1].entries.push_back(exactly("192.0.2.0/24"));
    EXPECT_TRUE(between(before, after).everything) << i;
  }
}

TEST(ChainChange, IsEverythingWhereTooManyRangesDiffer) {
  std::vector<PrefixRange> many;
  for (std::uint32_t i = 0; i <= PrefixChange::kMostRanges; ++i) {
    many.push_back({Prefix::v4(i << 9U, 24), 24, 24});
  }
  EXPECT_TRUE(between(member({}), member(many)).everything);
  many.pop_back();
  EXPECT_FALSE(between(member({}), member(many)).everything);
}

TEST(ChainChange, IsEverythingWhereAllChangesTogetherHaveTooManyRanges) {
  ChangeFinder finder(3);
  const Chain empty = chain_of(member({}));
  const std::vector<PrefixRange> two{exactly("203.0.113.0/24"), exactly("192.0.2.0/24")};
  const Chain first = chain_of(member(two));
  const Chain second = chain_of(member(two));
  const Chain third = chain_of(member({two[0]}));
  EXPECT_FALSE(finder.between(empty, first).everything);
  EXPECT_TRUE(finder.between(empty, second).everything);
  EXPECT_FALSE(finder.between(empty, third).everything);
}

TEST(ChainChange, IsFoundOnceForAllNeighborsOfAPolicy) {
  const Chain before = chain_of(member({exactly("203.0.113.0/24")}));
  const Chain after = chain_of(member({exactly("192.0.2.0/24")}));
  ChangeFinder finder;
  const ChainChange one = finder.between(before, after);
  const ChainChange other = finder.between(before, after);
  EXPECT_EQ(one.programs, other.programs);
}

// Random sets: a verdict that differs is one that the change touches.
TEST(ChainChange, HasEveryPrefixWhoseVerdictDiffers) {
  RandomNumbers random(1207);
  const auto any_prefix = [&] {
    return Prefix::v4((random() % 8) << 24U | (random() % 4) << 20U,
                      static_cast<std::uint8_t>(8 + random() % 8));
  };
  const auto any_range = [&]() -> PrefixRange {
    const Prefix p = any_prefix();
    const auto ge = static_cast<std::uint8_t>(p.length() + random() % 3);
    return {p, ge, static_cast<std::uint8_t>(ge + random() % 3)};
  };
  std::size_t differ = 0;
  for (int round = 0; round < 500; ++round) {
    Sources from = member({});
    for (auto& set : from.prefix_sets) {
      set.entries.clear();
      for (std::uint32_t i = 0, n = random() % 12; i < n; ++i) set.entries.push_back(any_range());
    }
    Sources to = from;
    to.prefix_sets[random() % 2].entries.push_back(any_range());
    auto& entries = to.prefix_sets[random() % 2].entries;
    if (!entries.empty()) entries.pop_back();
    const Chain before = chain_of(from);
    const Chain after = chain_of(to);
    const ChainChange change = ChangeFinder().between(before, after);
    ASSERT_FALSE(change.everything);
    for (int i = 0; i < 100; ++i) {
      const Prefix p = any_prefix();
      const auto one = evaluate(before, path_of("65001"), p.to_string()).verdict;
      const auto other = evaluate(after, path_of("65001"), p.to_string()).verdict;
      if (one.accept == other.accept && one.term == other.term) continue;
      ++differ;
      ASSERT_EQ(change.programs.size(), 1U);
      ASSERT_TRUE(change.programs[0]->touches(p)) << p.to_string();
      ASSERT_TRUE(std::ranges::any_of(change.programs[0]->ranges(), [&](const PrefixRange& range) {
        return range.prefix.covers(p) && p.length() >= range.ge && p.length() <= range.le;
      }));
    }
  }
  EXPECT_GT(differ, 500U);
}

}  // namespace
}  // namespace tern::policy
