// Communities of the three kinds: their text, wildcards, ranges and sets.

#include <gtest/gtest.h>

#include "policy/community_match.h"
#include "policy_builders.h"
#include "random_numbers.h"

namespace tern::policy {
namespace {

bool pattern_takes(std::string_view wanted, std::string_view carried) {
  const std::vector<AnyCommunityPattern> patterns{pattern(wanted)};
  return CommunityMatcher(patterns).any(with_communities({std::string(carried)}));
}

TEST(CommunityPattern, MatchesByKindAndField) {
  struct Case {
    const char* pattern;
    const char* community;
    bool matches;
  };
  const Case cases[] = {
      // RFC 1997
      {"65000:100", "65000:100", true},
      {"65000:100", "65000:101", false},
      {"65000:*", "65000:0", true},
      {"65000:*", "65000:65535", true},
      {"65000:*", "65001:100", false},
      {"*:100", "1:100", true},
      {"*:100", "1:101", false},
      {"*:*", "1:101", true},
      {"65000:100-199", "65000:100", true},
      {"65000:100-199", "65000:199", true},
      {"65000:100-199", "65000:200", false},
      {"64512-65534:666", "65000:666", true},
      {"64512-65534:666", "65535:666", false},
      {"no-export", "65535:65281", true},
      {"blackhole", "no-export", false},
      {"65535:*", "no-export", true},
      // RFC 8092
      {"65000:1:2", "65000:1:2", true},
      {"65000:1:2", "65000:1:3", false},
      {"65000:1:*", "65000:1:4294967295", true},
      {"65000:1:*", "65000:2:1", false},
      {"65000:*:7", "65000:9:7", true},
      {"4200000000:*:*", "4200000000:1:2", true},
      {"65000:1:10-20", "65000:1:15", true},
      {"65000:1:10-20", "65000:1:21", false},
      // RFC 4360 and RFC 5668
      {"rt:65000:100", "rt:65000:100", true},
      {"rt:65000:100", "rt:65000:101", false},
      {"rt:65000:100", "ro:65000:100", false},
      {"rt:65000:*", "rt:65000:4294967295", true},
      {"rt:65000:*", "rt:65001:1", false},
      {"rt:65000:*", "ro:65000:1", false},
      {"ro:192.0.2.1:*", "ro:192.0.2.1:65535", true},
      {"ro:192.0.2.1:*", "ro:192.0.2.2:1", false},
      {"rt:70000:*", "rt:70000:5", true},
      {"rt:70000:*", "rt:70001:5", false},
      {"rt:65000:100-199", "rt:65000:150", true},
      {"rt:65000:100-199", "rt:65000:99", false},
      {"rt:70000:10-20", "rt:70000:20", true},
      {"rt:70000:10-20", "rt:70000:21", false},
      {"rt:*", "rt:65000:1", true},
      {"rt:*", "rt:192.0.2.1:1", true},
      {"rt:*", "rt:70000:1", true},
      {"rt:*", "ro:65000:1", false},
      {"rt:*", "generic:0x40020001:0x00000002", true},   // not transitive
      {"rt:*", "generic:0x80020001:0x00000002", false},  // another authority's type
      {"generic:0x43000001:0x00000002", "generic:0x43000001:0x00000002", true},
      {"generic:0x43000001:*", "generic:0x43000001:0xffffffff", true},
      {"generic:0x43000001:*", "generic:0x43000002:0x00000000", false},
      {"ext:rt:65000:*", "rt:65000:1", true},
      {"ext:0x43000001:0x00000002", "generic:0x43000001:0x00000002", true},
      // Kinds do not meet, however alike the numbers.
      {"65000:*", "65000:1:2", false},
      {"*:*:*", "65000:1", false},
      {"*:*", "rt:65000:1", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(pattern_takes(c.pattern, c.community), c.matches)
        << c.pattern << " on " << c.community;
  }
}

TEST(CommunityPattern, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "*",
                           "65000",
                           "65000:",
                           ":1",
                           "65536:1",
                           "65000:65536",
                           "65000:1:2:3",
                           "65000:200-100",
                           "65000:1-",
                           "65000:-1",
                           "65000:a",
                           "65000: 1",
                           "no-exports",
                           "rt:",
                           "rt:65000",
                           "rt:*:1",
                           "rt:65000:2-1",
                           "rt:70000:1-65536",
                           "generic:0x1",
                           "generic:0x1:1-2",
                           "ext:65000:1",
                           "ext:",
                           "65000:1:4294967296",
                           "1:2:*-3"}) {
    EXPECT_FALSE(parse_community_pattern(text).has_value()) << text;
  }
}

TEST(CommunityPattern, EqualTextsAreEqualPatterns) {
  EXPECT_TRUE(pattern("65535:65281") == pattern("no-export"));
  EXPECT_TRUE(pattern("rt:65000:*") == pattern("ext:rt:65000:*"));
  EXPECT_FALSE(pattern("65000:*") == pattern("65000:0-65534"));
}

TEST(AnyCommunity, ReadsAllKindsAndNoWildcard) {
  EXPECT_EQ(std::get<Community>(community("65000:1")), Community::of(65000, 1));
  EXPECT_EQ(std::get<Community>(community("no-export")), kNoExport);
  EXPECT_EQ(std::get<LargeCommunity>(community("1:2:3")), (LargeCommunity{1, 2, 3}));
  EXPECT_EQ(std::get<ExtendedCommunity>(community("rt:65000:1")).value, 0x0002FDE800000001U);
  EXPECT_EQ(std::get<ExtendedCommunity>(community("ext:ro:65000:1")).value, 0x0003FDE800000001U);
  for (const char* text : {"65000:*", "rt:*", "1:2:*", "ext:1:2", "x"}) {
    EXPECT_FALSE(parse_any_community(text).has_value()) << text;
  }
}

// Community and index of its pattern, for each that matches.
using Hits = std::vector<std::pair<std::string, std::size_t>>;
Hits hits(const CommunityMatcher& matcher, const PathAttributes& attributes) {
  Hits all;
  matcher.for_each(attributes, [&](std::size_t pattern, const auto& community) {
    all.emplace_back(to_string(community), pattern);
  });
  return all;
}

TEST(CommunityMatcher, EachCommunityHasItsFirstPattern) {
  const std::vector<AnyCommunityPattern> patterns{pattern("65000:7:*"), pattern("65000:1-9"),
                                                  pattern("65000:3"), pattern("rt:65000:1"),
                                                  pattern("65000:3")};
  const CommunityMatcher matcher(patterns);
  const auto of = [&](const std::vector<std::string>& carried) {
    return hits(matcher, with_communities(carried));
  };
  EXPECT_EQ(of({"65000:3"}), (Hits{{"65000:3", 1}}));  // the range stands before the number
  EXPECT_EQ(of({"65000:7:1", "65000:3"}), (Hits{{"65000:3", 1}, {"65000:7:1", 0}}));
  EXPECT_EQ(of({"rt:65000:1", "65000:9"}), (Hits{{"65000:9", 1}, {"rt:65000:1", 3}}));
  EXPECT_EQ(of({"65000:8", "65000:5"}), (Hits{{"65000:5", 1}, {"65000:8", 1}}));
  EXPECT_EQ(of({"65000:10"}), Hits{});
  EXPECT_EQ(of({}), Hits{});
}

TEST(CommunityMatcher, AgreesWithTheListOnRandomSets) {
  RandomNumbers random(1997);
  const auto field = [&random] {
    const std::uint32_t low = random() % 12;
    if (random() % 4 == 0) return NumberPattern{};
    return NumberPattern{low, low + (random() % 3 == 0 ? random() % 4 : 0)};
  };
  for (int round = 0; round < 1000; ++round) {
    std::vector<AnyCommunityPattern> patterns;
    std::vector<CommunityPattern> standard;
    for (std::size_t left = random() % 20; left != 0; --left) {
      standard.push_back({{field(), field()}});
      patterns.emplace_back(standard.back());
    }
    const CommunityMatcher matcher(patterns);
    for (int i = 0; i < 20; ++i) {
      PathAttributes attributes;
      attributes.communities = {Community::of(static_cast<std::uint16_t>(random() % 14),
                                              static_cast<std::uint16_t>(random() % 14))};
      int expected = -1;
      for (std::size_t n = standard.size(); n-- > 0;) {
        if (matches(standard[n], attributes.communities[0])) expected = static_cast<int>(n);
      }
      const Hits all = hits(matcher, attributes);
      ASSERT_EQ(all.empty() ? -1 : static_cast<int>(all[0].second), expected);
      ASSERT_EQ(matcher.any(attributes), expected != -1);
    }
  }
}

}  // namespace
}  // namespace tern::policy
