// Which routes a list of communities lets pass.
#include "policy/route_filter.h"

#include <gtest/gtest.h>

#include "policy_builders.h"

namespace tern::policy {
namespace {

RouteFilter filter_of(const std::vector<std::string>& texts) {
  FilterCommunities communities;
  for (const std::string& text : texts) communities.push_back(*parse_filter_community(text));
  return RouteFilter(std::move(communities));
}

bool route_passes(const std::vector<std::string>& filter,
                  const std::vector<std::string>& communities) {
  return filter_of(filter).passes(with_communities(communities));
}

TEST(RouteFilter, OneCommunityOfTheListIsEnough) {
  EXPECT_TRUE(route_passes({"65000:100"}, {"65000:100"}));
  EXPECT_TRUE(route_passes({"65000:100", "65000:200"}, {"65000:300", "65000:200"}));
  EXPECT_FALSE(route_passes({"65000:100", "65000:200"}, {"65000:300", "100:65000"}));
  EXPECT_FALSE(route_passes({"65000:100"}, {}));
}

TEST(RouteFilter, HasCommunitiesOfEachKindAndPatterns) {
  const std::vector<std::string> filter{"no-export", "65000:1:*", "rt:65000:7", "65001:100-199"};
  EXPECT_TRUE(route_passes(filter, {"65535:65281"}));
  EXPECT_TRUE(route_passes(filter, {"65000:1:9"}));
  EXPECT_TRUE(route_passes(filter, {"rt:65000:7"}));
  EXPECT_TRUE(route_passes(filter, {"65001:150"}));
  EXPECT_FALSE(route_passes(filter, {"65000:2:9", "ro:65000:7", "65001:200", "blackhole"}));
}

TEST(RouteFilter, WithoutCommunitiesPassesNothing) {
  EXPECT_FALSE(route_passes({}, {}));
  EXPECT_FALSE(route_passes({}, {"65000:100", "65000:1:2", "rt:65000:100"}));
}

TEST(RouteFilter, EqualListsAreEqualInAnyOrder) {
  EXPECT_EQ(filter_of({"65000:100", "65000:200"}), filter_of({"65000:200", "65000:100"}));
  EXPECT_EQ(filter_of({"65000:100", "65000:100"}), filter_of({"65000:100"}));
  EXPECT_EQ(filter_of({"no-export"}), filter_of({"65535:65281"}));
  // The texts sort otherwise than the patterns.
  EXPECT_EQ(filter_of({"no-export", "65000:1", "70000:*:1", "rt:65000:7"}),
            filter_of({"ext:rt:65000:7", "65535:65281", "70000:*:1", "65000:1"}));
  EXPECT_FALSE(filter_of({"65000:100"}) == filter_of({"65000:200"}));
  EXPECT_FALSE(filter_of({"65000:100"}) == filter_of({}));
  EXPECT_FALSE(filter_of({"65000:*"}) == filter_of({"65000:1:*"}));
}

TEST(RouteFilter, KeepsTheOrderAndTheTexts) {
  const RouteFilter filter = filter_of({"65000:200", "no-export", "65000:100", "65535:65281"});
  ASSERT_EQ(filter.communities().size(), 3U);
  EXPECT_EQ(filter.communities()[0].text, "65000:200");
  EXPECT_EQ(filter.communities()[1].text, "no-export");
  EXPECT_TRUE(filter.has(*parse_filter_community("65535:65281")));
  EXPECT_FALSE(filter.has(*parse_filter_community("65000:*")));
}

TEST(RouteFilter, ReadsCommunitiesAlone) {
  for (const char* const text : {"", "65000", "65000:1:2:3", "70000:1", "all", "65000:1 "}) {
    EXPECT_FALSE(parse_filter_community(text)) << text;
  }
}

}  // namespace
}  // namespace tern::policy
