// Each action alone: what it does to the attributes, and that it does nothing else.

#include <gtest/gtest.h>

#include <algorithm>

#include "policy_builders.h"

namespace tern::policy {
namespace {

constexpr std::uint32_t kMost = 0xFFFFFFFF;

TEST(Action, NoneLeavesTheRouteAsItIs) {
  const PathAttributes attributes = with_communities({"65000:1", "65000:1:2", "rt:65000:1"});
  EXPECT_EQ(after({}, attributes), attributes);
}

TEST(Action, LocalPref) {
  ActionSource actions;
  actions.local_pref = SetNumber{SetNumber::Op::Set, 200};
  PathAttributes attributes = path_of("65001");
  PathAttributes expected = attributes;
  expected.local_pref = 200;
  EXPECT_EQ(after(actions, attributes), expected);
  // Relative to the default where the route has none.
  actions.local_pref = SetNumber{SetNumber::Op::Add, 20};
  EXPECT_EQ(after(actions, attributes).local_pref, 120U);
  attributes.local_pref = kMost - 5;
  EXPECT_EQ(after(actions, attributes).local_pref, kMost);
  attributes.local_pref = 15;
  actions.local_pref = SetNumber{SetNumber::Op::Subtract, 20};
  EXPECT_EQ(after(actions, attributes).local_pref, 0U);
}

TEST(Action, MedSaturates) {
  ActionSource actions;
  PathAttributes attributes = path_of("65001");
  actions.med = SetNumber{SetNumber::Op::Add, 10};
  EXPECT_EQ(after(actions, attributes).med, 10U);
  attributes.med = kMost - 10;
  EXPECT_EQ(after(actions, attributes).med, kMost);
  attributes.med = kMost - 9;
  EXPECT_EQ(after(actions, attributes).med, kMost);
  actions.med = SetNumber{SetNumber::Op::Subtract, 10};
  attributes.med = 10;
  EXPECT_EQ(after(actions, attributes).med, 0U);
  attributes.med = 9;
  EXPECT_EQ(after(actions, attributes).med, 0U);
  attributes.med = 11;
  EXPECT_EQ(after(actions, attributes).med, 1U);
  actions.med = SetNumber{SetNumber::Op::Set, 7};
  EXPECT_EQ(after(actions, attributes).med, 7U);
}

// RFC 4271 section 5.1.4 and RFC 7311: from the round trip to the metro of the route, in
// microseconds.
TEST(Action, MedAndAigpFromTheEgressCost) {
  ActionSource actions;
  actions.med = SetNumber{SetNumber::Op::EgressCost, 1000};
  actions.aigp = SetNumber{SetNumber::Op::EgressCost, 1};
  PathAttributes attributes = path_of("65001");
  attributes.med = 5;
  const Chain chain = chain_of(sources_of(accepting({}, actions)));
  const Prefix prefix = *Prefix::parse("203.0.113.0/24");
  const auto after_cost = [&](EgressCost cost) {
    PathAttributes changed = attributes;
    EXPECT_TRUE(chain.evaluate({prefix, attributes, {0, 0, cost}}, {}, changed).accept);
    return changed;
  };
  EXPECT_EQ(after_cost(8999).med, 8U);
  EXPECT_EQ(after_cost(8999).aigp, 8999U);
  EXPECT_EQ(after_cost(0).med, 0U);
  EXPECT_EQ(after_cost(kUnknownCost), attributes);
  actions.aigp = SetNumber{SetNumber::Op::Set, 7};
  actions.med.reset();
  EXPECT_EQ(after(actions, attributes).aigp, 7U);
}

TEST(Action, ClearMed) {
  ActionSource actions;
  actions.clear_med = true;
  PathAttributes attributes = path_of("65001");
  attributes.med = 5;
  EXPECT_FALSE(after(actions, attributes).med.has_value());
}

TEST(Action, Origin) {
  ActionSource actions;
  actions.origin = Origin::Igp;
  EXPECT_EQ(after(actions, path_of("65001")).origin, Origin::Igp);
}

TEST(Action, NextHopDropsTheLinkLocalOfTheOldOne) {
  ActionSource actions;
  actions.next_hop = address("2001:db8::9");
  PathAttributes attributes = path_of("65001");
  attributes.next_hop = {address("2001:db8::1"), address("fe80::1")};
  const NextHop expected{address("2001:db8::9"), std::nullopt};
  EXPECT_EQ(after(actions, attributes, "2001:db8:5::/48").next_hop, expected);
  EXPECT_EQ(after(actions, attributes, "203.0.113.0/24").next_hop, expected);  // RFC 8950
}

TEST(Action, NextHopOfIpv4NeverLeadsToIpv6) {
  ActionSource actions;
  actions.next_hop = address("192.0.2.9");
  PathAttributes attributes = path_of("65001");
  attributes.next_hop = {address("2001:db8::1"), address("fe80::1")};
  EXPECT_EQ(after(actions, attributes, "2001:db8:5::/48"), attributes);
  EXPECT_EQ(after(actions, attributes).next_hop.global, address("192.0.2.9"));
  actions.next_hop.reset();
  actions.next_hop_self = true;  // the session of partner() has IPv4 addresses
  EXPECT_EQ(after(actions, attributes, "2001:db8:5::/48"), attributes);
}

TEST(Action, NextHopSelfIsTheLocalAddressOfTheSession) {
  ActionSource actions;
  actions.next_hop_self = true;
  EXPECT_EQ(after(actions, path_of("65001")).next_hop.global, partner().local_address);
}

TEST(Action, PrependIsOurOwnAsUnlessGiven) {
  ActionSource actions;
  actions.prepend = ActionSource::Prepend{std::nullopt, 2};
  EXPECT_EQ(after(actions, path_of("65001 {65010 65011}")).as_path.to_string(),
            "65000 65000 65001 {65010 65011}");
  actions.prepend = ActionSource::Prepend{Asn{65099}, 1};
  EXPECT_EQ(after(actions, path_of("65001")).as_path.to_string(), "65099 65001");
  actions.prepend = ActionSource::Prepend{std::nullopt, 255};
  EXPECT_EQ(after(actions, path_of("65001")).as_path.length(), 256U);
}

TEST(Action, RemoveCommunitiesOfEachKind) {
  ActionSource actions;
  actions.remove_communities = {pattern("65000:*"), pattern("65000:7:*"), pattern("rt:65000:*")};
  const PathAttributes attributes = with_communities(
      {"65000:1", "65001:1", "65000:7:1", "65000:8:1", "rt:65000:1", "rt:65001:1"});
  EXPECT_EQ(after(actions, attributes), with_communities({"65001:1", "65000:8:1", "rt:65001:1"}));
}

TEST(Action, RemoveCommunitySet) {
  ActionSource actions;
  actions.remove_community_sets = {"ours"};
  Sources sources = sources_of(accepting({}, actions));
  sources.community_sets = {{"ours", {pattern("65000:*")}}};
  const auto outcome = evaluate(chain_of(sources), with_communities({"65000:1", "1:1"}));
  EXPECT_EQ(outcome.attributes, with_communities({"1:1"}));
}

TEST(Action, ClearCommunitiesTakesEveryKind) {
  ActionSource actions;
  actions.clear_communities = true;
  PathAttributes attributes = with_communities({"65000:1", "65000:7:1", "rt:65000:1"});
  attributes.ipv6_extended_communities.resize(1);
  EXPECT_EQ(after(actions, attributes), with_communities({}));
}

TEST(Action, AddedCommunitiesStandInOrderAndOnce) {
  ActionSource actions;
  actions.add_communities = {community("65000:5"), community("65000:1"), community("65000:5"),
                             community("65000:1:1"), community("rt:65000:3")};
  const PathAttributes attributes =
      with_communities({"65000:3", "65000:5", "65000:9", "65000:2:1", "rt:65000:4"});
  PathAttributes expected =
      with_communities({"65000:1", "65000:3", "65000:5", "65000:9", "65000:1:1", "65000:2:1",
                        "rt:65000:3", "rt:65000:4"});
  const PathAttributes result = after(actions, attributes);
  EXPECT_EQ(result, expected);
  expected.normalise();
  EXPECT_EQ(result, expected);
}

TEST(Action, ReplaceIsRemoveThenAdd) {
  ActionSource actions;
  actions.remove_communities = {pattern("65000:*")};
  actions.add_communities = {community("65000:5")};
  EXPECT_EQ(after(actions, with_communities({"65000:1", "65000:5", "1:1"})),
            with_communities({"1:1", "65000:5"}));
}

TEST(Action, SeveralOfOneTermAllApply) {
  ActionSource actions;
  actions.local_pref = SetNumber{SetNumber::Op::Set, 300};
  actions.med = SetNumber{SetNumber::Op::Set, 4};
  actions.origin = Origin::Igp;
  actions.next_hop_self = true;
  actions.prepend = ActionSource::Prepend{};
  actions.clear_communities = true;
  actions.add_communities = {community("blackhole")};
  PathAttributes expected = path_of("65000 65001 65010");
  expected.local_pref = 300;
  expected.med = 4;
  expected.origin = Origin::Igp;
  expected.next_hop.global = partner().local_address;
  expected.communities = {kBlackhole};
  EXPECT_EQ(after(actions, with_communities({"1:1"})), expected);
}

}  // namespace
}  // namespace tern::policy
