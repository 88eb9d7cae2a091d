// The text form of routes.
#include "tests/lab/replay/route_file.h"

#include <gtest/gtest.h>

#include <sstream>

namespace tern::replay {
namespace {

Result<std::vector<RouteGroup>, std::string> read(const char* text) {
  std::istringstream in(text);
  return read_routes(in);
}

TEST(RouteFile, ALineIsARoute) {
  const auto groups = read(
      "# prefix next-hop as-path communities\n"
      "\n"
      "203.0.113.0/24 10.0.1.1 65010,64600,4200000001 65010:102,65020:7:3,rt:65030:49 med=5 "
      "origin=egp # nearest\n");
  ASSERT_TRUE(groups.ok()) << groups.error();
  ASSERT_EQ(groups->size(), 1U);
  const PathAttributes& attributes = groups->front().attributes;
  EXPECT_EQ(groups->front().prefixes.front().prefix.to_string(), "203.0.113.0/24");
  EXPECT_EQ(attributes.next_hop.global.to_string(), "10.0.1.1");
  EXPECT_EQ(attributes.as_path.to_string(), "65010 64600 4200000001");
  EXPECT_EQ(attributes.communities, std::vector{Community::of(65010, 102)});
  EXPECT_EQ(attributes.large_communities, (std::vector{LargeCommunity{65020, 7, 3}}));
  EXPECT_EQ(attributes.extended_communities.size(), 1U);
  EXPECT_EQ(attributes.med, 5U);
  EXPECT_EQ(attributes.origin, Origin::Egp);
}

TEST(RouteFile, DashesAreEmpty) {
  const auto groups = read("2001:db8::/32 2001:db8::1 - -\n");
  ASSERT_TRUE(groups.ok()) << groups.error();
  EXPECT_TRUE(groups->front().attributes.as_path.empty());
  EXPECT_EQ(groups->front().attributes.origin, Origin::Igp);
  EXPECT_FALSE(groups->front().attributes.med);
}

TEST(RouteFile, LinesThatDifferInThePrefixAloneShareAGroup) {
  const auto groups = read(
      "203.0.113.0/25 10.0.1.1 65010 65010:1,65010:2\n"
      "203.0.113.128/25 10.0.1.1 65010 65010:2,65010:1\n"
      "198.51.100.0/24 10.0.1.1 65010 65010:1\n"
      "192.0.2.0/24 10.0.1.1 65010 65010:1,65010:2\n");
  ASSERT_TRUE(groups.ok()) << groups.error();
  ASSERT_EQ(groups->size(), 3U);
  EXPECT_EQ((*groups)[0].prefixes.size(), 2U);
  EXPECT_EQ((*groups)[2].prefixes.size(), 1U) << "not consecutive: the order is kept";
}

TEST(RouteFile, ErrorsNameTheLineAndTheWord) {
  const std::vector<std::pair<const char*, const char*>> faults{
      {"203.0.113.0/24 10.0.1.1 65010\n", "line 1: expected PREFIX NEXT-HOP AS-PATH COMMUNITIES"},
      {"\n203.0.113.1/24 10.0.1.1 65010 -\n", "line 2: '203.0.113.1/24' is no prefix"},
      {"203.0.113.0/24 here 65010 -\n", "line 1: 'here' is no next hop"},
      {"203.0.113.0/24 10.0.1.1 65010,x -\n", "line 1: 'x' is no AS number"},
      {"203.0.113.0/24 10.0.1.1 65010 blue\n", "line 1: 'blue' is no community"},
      {"203.0.113.0/24 10.0.1.1 65010 - med=\n", "line 1: '' is no MED"},
      {"203.0.113.0/24 10.0.1.1 65010 - origin=x\n",
       "line 1: 'x' is no origin: igp, egp or incomplete"},
      {"203.0.113.0/24 10.0.1.1 65010 - pref=1\n",
       "line 1: 'pref=1' is neither med=N nor origin=WORD"}};
  for (const auto& [text, expected] : faults) {
    const auto groups = read(text);
    ASSERT_FALSE(groups.ok()) << text;
    EXPECT_EQ(groups.error(), expected);
  }
}

}  // namespace
}  // namespace tern::replay
