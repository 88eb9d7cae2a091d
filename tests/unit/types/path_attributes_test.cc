#include "rib/types/path_attributes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace tern {
namespace {

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }

PathAttributes plain() {
  PathAttributes attributes;
  attributes.origin = Origin::Igp;
  attributes.as_path = AsPath::sequence({65001, 64999});
  attributes.next_hop.global = ip("192.0.2.1");
  return attributes;
}

TEST(Origin, HasNames) {
  EXPECT_EQ(to_string(Origin::Igp), "igp");
  EXPECT_EQ(to_string(Origin::Egp), "egp");
  EXPECT_EQ(to_string(Origin::Incomplete), "incomplete");
}

TEST(PathAttributes, NormaliseSortsCommunitiesAndDropsRepeats) {
  Ipv6ExtendedCommunity small;
  Ipv6ExtendedCommunity big;
  big.bytes[0] = std::byte{0x80};

  PathAttributes attributes = plain();
  attributes.communities = {{3}, {1}, {3}, {2}, {1}};
  attributes.extended_communities = {{9}, {8}, {9}};
  attributes.ipv6_extended_communities = {big, small, big};
  attributes.large_communities = {{1, 2, 3}, {1, 2, 2}, {0, 9, 9}, {1, 2, 3}};
  attributes.normalise();

  EXPECT_EQ(attributes.communities, (std::vector<Community>{{1}, {2}, {3}}));
  EXPECT_EQ(attributes.extended_communities, (std::vector<ExtendedCommunity>{{8}, {9}}));
  EXPECT_EQ(attributes.ipv6_extended_communities, (std::vector<Ipv6ExtendedCommunity>{small, big}));
  EXPECT_EQ(attributes.large_communities,
            (std::vector<LargeCommunity>{{0, 9, 9}, {1, 2, 2}, {1, 2, 3}}));
}

TEST(PathAttributes, NormaliseSortsUnknownByTypeAndKeepsTheOrderOfEquals) {
  const UnknownAttribute late{0xE0, 200, {std::byte{1}}};
  const UnknownAttribute first{0xE0, 100, {std::byte{2}}};
  const UnknownAttribute second{0xC0, 100, {std::byte{1}}};
  PathAttributes attributes = plain();
  attributes.unknown = {late, first, second};
  attributes.normalise();
  EXPECT_EQ(attributes.unknown, (std::vector<UnknownAttribute>{first, second, late}));
}

TEST(PathAttributes, NormaliseLeavesOrderedListsAlone) {
  PathAttributes attributes = plain();
  attributes.cluster_list = {3, 1, 3};  // a path, not a set
  attributes.as_path = AsPath::sequence({3, 1, 3});
  const PathAttributes before = attributes;
  attributes.normalise();
  EXPECT_EQ(attributes, before);
}

TEST(PathAttributes, EqualSetsAreEqualInWhateverOrderTheyCame) {
  PathAttributes a = plain();
  PathAttributes b = plain();
  a.communities = {{1}, {2}};
  b.communities = {{2}, {1}, {2}};
  EXPECT_NE(a, b);
  a.normalise();
  b.normalise();
  EXPECT_EQ(a, b);
}

// Every member, present and absent and in two values: each makes another set.
TEST(PathAttributes, EveryMemberTellsSetsApart) {
  const std::vector<std::function<void(PathAttributes&)>> changes = {
      [](auto&) {},
      [](auto& a) { a.origin = Origin::Egp; },
      [](auto& a) { a.origin = Origin::Incomplete; },
      [](auto& a) { a.as_path.prepend(65001); },
      [](auto& a) { a.as_path = AsPath(); },
      [](auto& a) { a.next_hop.global = ip("192.0.2.2"); },
      [](auto& a) { a.next_hop.global = ip("2001:db8::1"); },
      [](auto& a) { a.next_hop.link_local = ip("fe80::1"); },
      [](auto& a) { a.next_hop.link_local = ip("fe80::2"); },
      [](auto& a) { a.med = 0; },
      [](auto& a) { a.med = 1; },
      [](auto& a) { a.local_pref = 0; },
      [](auto& a) { a.local_pref = 1; },
      [](auto& a) { a.atomic_aggregate = true; },
      [](auto& a) { a.aggregator = Aggregator{}; },
      [](auto& a) {
        a.aggregator = Aggregator{65001, ip("192.0.2.9")};
      },
      [](auto& a) {
        a.aggregator = Aggregator{65001, ip("192.0.2.10")};
      },
      [](auto& a) { a.communities = {{0}}; },
      [](auto& a) { a.communities = {{1}}; },
      [](auto& a) {
        a.communities = {{0}, {1}};
      },
      [](auto& a) { a.extended_communities = {{0}}; },
      [](auto& a) { a.extended_communities = {{1}}; },
      [](auto& a) { a.ipv6_extended_communities = {Ipv6ExtendedCommunity{}}; },
      [](auto& a) {
        a.ipv6_extended_communities = {Ipv6ExtendedCommunity{}};
        a.ipv6_extended_communities[0].bytes[19] = std::byte{1};
      },
      [](auto& a) {
        a.large_communities = {{0, 0, 0}};
      },
      [](auto& a) {
        a.large_communities = {{1, 0, 0}};
      },
      [](auto& a) {
        a.large_communities = {{0, 1, 0}};
      },
      [](auto& a) {
        a.large_communities = {{0, 0, 1}};
      },
      [](auto& a) { a.originator_id = ip("0.0.0.0"); },
      [](auto& a) { a.originator_id = ip("192.0.2.1"); },
      [](auto& a) { a.cluster_list = {0}; },
      [](auto& a) {
        a.cluster_list = {1, 2};
      },
      [](auto& a) {
        a.cluster_list = {2, 1};
      },
      [](auto& a) { a.aigp = 0; },
      [](auto& a) { a.aigp = 1; },
      [](auto& a) { a.only_to_customer = 0; },
      [](auto& a) { a.only_to_customer = 1; },
      [](auto& a) {
        a.unknown = {{0xE0, 99, {}}};
      },
      [](auto& a) {
        a.unknown = {{0xC0, 99, {}}};
      },
      [](auto& a) {
        a.unknown = {{0xE0, 98, {}}};
      },
      [](auto& a) {
        a.unknown = {{0xE0, 99, {std::byte{0}}}};
      },
      [](auto& a) {
        a.unknown = {{0xE0, 99, std::vector<std::byte>(9)}};
      },
      [](auto& a) {
        a.unknown = {{0xE0, 99, std::vector<std::byte>(10)}};
      },
  };

  std::vector<PathAttributes> sets;
  for (const auto& change : changes) {
    PathAttributes attributes = plain();
    change(attributes);
    for (const PathAttributes& other : sets) EXPECT_NE(other, attributes);
    sets.push_back(std::move(attributes));
  }
}

}  // namespace
}  // namespace tern
