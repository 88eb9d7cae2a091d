// The ranges where two prefix sets differ, against a look at both sets for many prefixes.
#include <gtest/gtest.h>

#include <algorithm>

#include "policy/prefix_set.h"
#include "policy_builders.h"
#include "random_prefixes.h"

namespace tern::policy {
namespace {

bool in_any(const std::vector<PrefixRange>& ranges, const Prefix& prefix) {
  return std::ranges::any_of(ranges, [&prefix](const PrefixRange& range) {
    return range.prefix.covers(prefix) && prefix.length() >= range.ge &&
           prefix.length() <= range.le;
  });
}

using Ranges = std::vector<PrefixRange>;
Ranges difference(const Ranges& a, const Ranges& b) {
  return PrefixSet::difference(PrefixSet(a), PrefixSet(b));
}

TEST(PrefixSetDifference, OfEqualSetsIsEmpty) {
  EXPECT_EQ(difference({}, {}), Ranges{});
  const Ranges some{ranging("10.0.0.0/8", 8, 24), exactly("2001:db8::/32")};
  EXPECT_EQ(difference(some, some), Ranges{});
}

TEST(PrefixSetDifference, IsTheEntryThatOneSetLacks) {
  const Ranges before{exactly("192.0.2.0/24"), exactly("198.51.100.0/24"),
                      exactly("2001:db8::/32")};
  Ranges after = before;
  after.push_back(exactly("198.51.100.128/25"));
  EXPECT_EQ(difference(before, after), Ranges{exactly("198.51.100.128/25")});
  EXPECT_EQ(difference(after, before), Ranges{exactly("198.51.100.128/25")});
  after.back() = exactly("2001:db8:1::/48");
  EXPECT_EQ(difference(before, after), Ranges{exactly("2001:db8:1::/48")});
}

TEST(PrefixSetDifference, IsTheLengthsThatOneSetLacks) {
  EXPECT_EQ(difference({ranging("10.0.0.0/8", 8, 24)}, {ranging("10.0.0.0/8", 8, 16)}),
            Ranges{ranging("10.0.0.0/8", 17, 24)});
  EXPECT_EQ(difference({ranging("2001:db8::/32", 32, 128)}, {ranging("2001:db8::/32", 33, 128)}),
            Ranges{exactly("2001:db8::/32")});
}

TEST(PrefixSetDifference, AnEntryInsideAnotherMakesNone) {
  const Ranges wide{ranging("10.0.0.0/8", 8, 32)};
  EXPECT_EQ(difference(wide, {ranging("10.0.0.0/8", 8, 32), ranging("10.1.0.0/16", 20, 24)}),
            Ranges{});
}

// Below a range that is found already, nothing is found again.
TEST(PrefixSetDifference, HasNoRangeInsideARange) {
  const Ranges after{ranging("10.0.0.0/8", 8, 32), exactly("10.1.0.0/16"), exactly("10.2.0.0/16")};
  EXPECT_EQ(difference({exactly("10.1.0.0/16")}, after), Ranges{ranging("10.0.0.0/8", 8, 32)});
}

class RandomSets : public RandomPrefixes {
 public:
  using RandomPrefixes::RandomPrefixes;

  // Half of them one prefix.
  PrefixRange range() {
    const PrefixRange any = RandomPrefixes::range();
    const std::uint8_t length = any.prefix.length();
    return random()() % 2 == 0 ? PrefixRange{any.prefix, length, length} : any;
  }
  // Some entries come, some go.
  Ranges changed(Ranges ranges) {
    for (std::uint32_t i = 0, steps = random()() % 4; i < steps; ++i) {
      if (!ranges.empty() && random()() % 2 == 0) {
        ranges.erase(ranges.begin() + random()() % static_cast<std::uint32_t>(ranges.size()));
      } else {
        ranges.push_back(range());
      }
    }
    return ranges;
  }
};

class PrefixSetDifferenceOf : public testing::TestWithParam<bool> {};

TEST_P(PrefixSetDifferenceOf, RandomSetsHasAllThatDiffers) {
  RandomSets sets(81, GetParam());
  std::size_t differ = 0;
  for (int round = 0; round < 2000; ++round) {
    Ranges before;
    for (std::uint32_t i = 0, size = sets.random()() % 20; i < size; ++i) {
      before.push_back(sets.range());
    }
    const Ranges after = sets.changed(before);
    const PrefixSet one(before);
    const PrefixSet other(after);
    const Ranges ranges = PrefixSet::difference(one, other);
    if (one == other) {
      EXPECT_EQ(ranges, Ranges{});
    }
    const auto look = [&](const Prefix& prefix) {
      if (one.contains(prefix) == other.contains(prefix)) return;
      ++differ;
      ASSERT_TRUE(in_any(ranges, prefix)) << round << ": " << prefix.to_string();
    };
    for (int i = 0; i < 200; ++i) ASSERT_NO_FATAL_FAILURE(look(sets.next()));
    // Each length at the address of each entry.
    for (const Ranges& list : {before, after}) {
      for (const PrefixRange& range : list) {
        for (int length = 0; length <= range.prefix.address().bits(); ++length) {
          ASSERT_NO_FATAL_FAILURE(
              look(Prefix(range.prefix.address(), static_cast<std::uint8_t>(length))));
        }
      }
    }
    // The ends of a range differ, in one place under its prefix at least: here for exact entries.
    for (const PrefixRange& range : ranges) {
      ASSERT_LE(range.prefix.length(), range.ge);
      ASSERT_LE(range.ge, range.le);
      if (range.le == range.prefix.length()) {
        ASSERT_NE(one.contains(range.prefix), other.contains(range.prefix));
      }
    }
  }
  EXPECT_GT(differ, 10000U);
}

INSTANTIATE_TEST_SUITE_P(Families, PrefixSetDifferenceOf, testing::Bool(),
                         [](const auto& v6) { return v6.param ? "Ipv6" : "Ipv4"; });

}  // namespace
}  // namespace tern::policy
