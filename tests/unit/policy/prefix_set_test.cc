// Prefix sets with ge and le against a list that is looked through from end to end.

#include "policy/prefix_set.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "policy_builders.h"
#include "random_prefixes.h"

namespace tern::policy {
namespace {

bool in_list(const std::vector<PrefixRange>& ranges, const Prefix& prefix) {
  return std::any_of(ranges.begin(), ranges.end(), [&prefix](const PrefixRange& range) {
    return range.prefix.covers(prefix) && prefix.length() >= range.ge &&
           prefix.length() <= range.le;
  });
}

TEST(PrefixSet, EmptyHoldsNothing) {
  const PrefixSet set;
  EXPECT_FALSE(set.contains(prefix("0.0.0.0/0")));
  EXPECT_FALSE(set.contains(prefix("::/0")));
  EXPECT_EQ(set, PrefixSet(std::vector<PrefixRange>{}));
}

TEST(PrefixSet, ExactMeansThatLengthOnly) {
  const PrefixSet set(std::vector{exactly("10.0.0.0/8")});
  EXPECT_TRUE(set.contains(prefix("10.0.0.0/8")));
  EXPECT_FALSE(set.contains(prefix("10.0.0.0/9")));
  EXPECT_FALSE(set.contains(prefix("10.0.0.0/7")));
  EXPECT_FALSE(set.contains(prefix("11.0.0.0/8")));
}

TEST(PrefixSet, GeAndLeAreClosed) {
  const PrefixSet set(std::vector{ranging("10.0.0.0/8", 16, 24)});
  EXPECT_FALSE(set.contains(prefix("10.0.0.0/8")));
  EXPECT_FALSE(set.contains(prefix("10.128.0.0/15")));
  EXPECT_TRUE(set.contains(prefix("10.1.0.0/16")));
  EXPECT_TRUE(set.contains(prefix("10.1.2.0/24")));
  EXPECT_FALSE(set.contains(prefix("10.1.2.0/25")));
  EXPECT_FALSE(set.contains(prefix("11.1.2.0/24")));
}

TEST(PrefixSet, AWiderEntryStillCountsBelowANarrowerOne) {
  const PrefixSet set(std::vector{ranging("10.0.0.0/8", 24, 24), exactly("10.1.0.0/16")});
  EXPECT_TRUE(set.contains(prefix("10.1.2.0/24")));
  EXPECT_TRUE(set.contains(prefix("10.1.0.0/16")));
  EXPECT_FALSE(set.contains(prefix("10.1.0.0/17")));
}

TEST(PrefixSet, FamiliesDoNotMeet) {
  const PrefixSet all_v4(std::vector{ranging("0.0.0.0/0", 0, 32)});
  EXPECT_TRUE(all_v4.contains(prefix("0.0.0.0/0")));
  EXPECT_TRUE(all_v4.contains(prefix("255.255.255.255/32")));
  EXPECT_FALSE(all_v4.contains(prefix("::/0")));
  const PrefixSet all_v6(std::vector{ranging("::/0", 0, 128)});
  EXPECT_TRUE(all_v6.contains(prefix("::/0")));
  EXPECT_TRUE(all_v6.contains(prefix("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128")));
  EXPECT_FALSE(all_v6.contains(prefix("0.0.0.0/0")));
}

TEST(PrefixSet, LongIpv6PrefixesDifferInTheLowerHalf) {
  const PrefixSet set(std::vector{exactly("2001:db8::8000:0:0:0/65"), exactly("2001:db8::1/128"),
                                  ranging("2001:db8:1::/64", 64, 128)});
  EXPECT_TRUE(set.contains(prefix("2001:db8::8000:0:0:0/65")));
  EXPECT_FALSE(set.contains(prefix("2001:db8::/65")));
  EXPECT_TRUE(set.contains(prefix("2001:db8::1/128")));
  EXPECT_FALSE(set.contains(prefix("2001:db8::2/128")));
  EXPECT_TRUE(set.contains(prefix("2001:db8:1::ffff/128")));
  EXPECT_TRUE(set.contains(prefix("2001:db8:1::/64")));
  EXPECT_FALSE(set.contains(prefix("2001:db8:1::/63")));
}

TEST(PrefixSet, AddressesAreInsideOrNot) {
  const PrefixSet set =
      PrefixSet::of_addresses(std::vector{prefix("192.0.2.0/24"), prefix("2001:db8::/32")});
  EXPECT_TRUE(set.contains(address("192.0.2.255")));
  EXPECT_FALSE(set.contains(address("192.0.3.0")));
  EXPECT_TRUE(set.contains(address("2001:db8:ffff::1")));
  EXPECT_FALSE(set.contains(address("2001:db9::1")));
}

TEST(PrefixSet, OrderAndRepeatsDoNotMatter) {
  std::vector<PrefixRange> ranges{ranging("10.0.0.0/8", 8, 16), exactly("10.0.0.0/24"),
                                  exactly("192.0.2.0/24"), ranging("2001:db8::/32", 33, 48)};
  const PrefixSet set(ranges);
  std::reverse(ranges.begin(), ranges.end());
  ranges.push_back(ranges.front());
  EXPECT_EQ(set, PrefixSet(ranges));
  ranges.push_back(exactly("198.51.100.0/24"));
  EXPECT_FALSE(set == PrefixSet(ranges));
}

TEST(PrefixSet, AgreesWithTheListOnRandomSets) {
  for (const bool v6 : {false, true}) {
    RandomPrefixes prefixes(v6 ? 6 : 4, v6);
    std::size_t hits = 0;
    for (int round = 0; round < 300; ++round) {
      std::vector<PrefixRange> ranges(prefixes.random()() % 60);
      for (PrefixRange& range : ranges) range = prefixes.range();
      const PrefixSet set(ranges);
      for (int i = 0; i < 300; ++i) {
        const Prefix probe = prefixes.next();
        const bool expected = in_list(ranges, probe);
        ASSERT_EQ(set.contains(probe), expected) << probe.to_string() << " round " << round;
        hits += expected ? 1U : 0U;
      }
      for (const PrefixRange& range : ranges) {
        const Prefix edge(range.prefix.address(), range.ge);
        ASSERT_TRUE(set.contains(edge)) << edge.to_string();
      }
    }
    EXPECT_GT(hits, 1000U);  // the probes are not all misses
  }
}

// Large enough for the table over the first bits; probes of all lengths, across its border too.
TEST(PrefixSet, AgreesWithTheListOnLargeSets) {
  for (const bool v6 : {false, true}) {
    RandomNumbers random(v6 ? 60 : 40);
    const std::size_t size = v6 ? 16 : 4;
    const auto next = [&](std::uint32_t least) {
      std::array<std::byte, 16> bytes{};
      for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(random() % 12);
      return Prefix(IpAddress::from_bytes(std::span(bytes).first(size)),
                    static_cast<std::uint8_t>(least + random() % (33 - least)));
    };
    std::vector<PrefixRange> ranges;
    for (int i = 0; i < 20000; ++i) {
      const Prefix p = next(12);
      const std::uint32_t le = std::min<std::uint32_t>(32, p.length() + random() % 2);
      ranges.push_back({p, p.length(), static_cast<std::uint8_t>(le)});
    }
    const PrefixSet set(ranges);
    std::size_t hits = 0;
    for (int i = 0; i < 1000; ++i) {
      const Prefix probe = next(0);
      const bool expected = in_list(ranges, probe);
      ASSERT_EQ(set.contains(probe), expected) << probe.to_string();
      hits += expected ? 1U : 0U;
    }
    EXPECT_GT(hits, 100U);
    EXPECT_LT(hits, 900U);
  }
}

TEST(PrefixSet, ALargeSetUnderOneLongPrefixIsFound) {
  std::vector<PrefixRange> ranges;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    ranges.push_back({Prefix(IpAddress::v4(0x0A0A0000U + i), 32), 32, 32});
  }
  const PrefixSet set(ranges);
  EXPECT_TRUE(set.contains(prefix("10.10.0.0/32")));
  EXPECT_TRUE(set.contains(prefix("10.10.19.135/32")));
  EXPECT_FALSE(set.contains(prefix("10.10.19.136/32")));
  EXPECT_FALSE(set.contains(prefix("10.11.0.0/32")));
  EXPECT_FALSE(set.contains(prefix("10.10.0.0/16")));
  EXPECT_FALSE(set.contains(prefix("0.0.0.0/0")));
}

}  // namespace
}  // namespace tern::policy
