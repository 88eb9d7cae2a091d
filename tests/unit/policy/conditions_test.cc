// Each condition alone: what it takes and what it leaves.

#include <gtest/gtest.h>

#include "policy/vrp_table.h"
#include "policy_builders.h"

namespace tern::policy {
namespace {

TEST(Match, NothingMatchesEverything) {
  EXPECT_TRUE(takes({}, path_of("")));
  EXPECT_TRUE(takes({}, path_of("65001"), "2001:db8::/32"));
}

TEST(Match, Family) {
  MatchSource match;
  match.family = Family::Ipv6Unicast;
  EXPECT_TRUE(takes(match, path_of("65001"), "2001:db8::/32"));
  EXPECT_FALSE(takes(match, path_of("65001"), "192.0.2.0/24"));
}

TEST(Match, Origin) {
  MatchSource match;
  match.origin = Origin::Egp;
  PathAttributes attributes = path_of("65001");
  attributes.origin = Origin::Egp;
  EXPECT_TRUE(takes(match, attributes));
  attributes.origin = Origin::Igp;
  EXPECT_FALSE(takes(match, attributes));
}

TEST(Match, Rpki) {
  MatchSource match;
  match.rpki = {OriginState::Invalid, OriginState::NotFound};
  const VrpTable::Ptr vrps = VrpTable::build({Vrp{prefix("192.0.2.0/24"), 24, 65001}});
  const auto holds = [&](std::string_view text, const VrpTable* table, const char* path) {
    const Chain chain = chain_of(sources_of(accepting(match)));
    EXPECT_TRUE(chain.reads_rpki() && chain.reads_prefix());
    const Prefix of = prefix(text);
    const PathAttributes attributes = path_of(path);
    const Answers answers = chain.ask({of, table, validated_origin(attributes.as_path, 65000)});
    PathAttributes changed = attributes;
    return chain.evaluate({of, attributes, {}}, answers, {}, changed).accept;
  };
  EXPECT_FALSE(holds("192.0.2.0/24", vrps.get(), "65009 65001"));
  EXPECT_TRUE(holds("192.0.2.0/24", vrps.get(), "65009"));
  EXPECT_TRUE(holds("192.0.2.0/25", vrps.get(), "65009 65001"));
  EXPECT_TRUE(holds("192.0.2.0/24", vrps.get(), "65009 {65001}"));
  EXPECT_TRUE(holds("198.51.100.0/24", vrps.get(), "65001"));
  EXPECT_FALSE(holds("192.0.2.0/24", nullptr, "65009"));  // not validated
  match.rpki = {OriginState::NotValidated};
  EXPECT_TRUE(holds("192.0.2.0/24", nullptr, "65009"));
  EXPECT_FALSE(holds("192.0.2.0/24", vrps.get(), "65009"));
}

TEST(ValidatedOrigin, EndsOfPaths) {
  EXPECT_EQ(validated_origin(AsPath(), 65000), 65000U);
  EXPECT_EQ(validated_origin(*AsPath::parse("65001 65002"), 65000), 65002U);
  EXPECT_EQ(validated_origin(*AsPath::parse("65001 {65002}"), 65000), std::nullopt);
  EXPECT_EQ(validated_origin(*AsPath::parse("(65001 65002)"), 65000), 65000U);
  EXPECT_EQ(validated_origin(*AsPath::parse("65001 [65002]"), 65000), 65000U);
  EXPECT_EQ(validated_origin(*AsPath::parse("(65001) 65002"), 65000), 65002U);
}

TEST(Match, LocalPrefAbsentIsOneHundred) {
  MatchSource match;
  match.local_pref = std::pair{100U, 150U};
  PathAttributes attributes = path_of("65001");
  EXPECT_TRUE(takes(match, attributes));
  attributes.local_pref = 150;
  EXPECT_TRUE(takes(match, attributes));
  attributes.local_pref = 151;
  EXPECT_FALSE(takes(match, attributes));
  attributes.local_pref = 99;
  EXPECT_FALSE(takes(match, attributes));
}

TEST(Match, MedAbsentIsZero) {
  MatchSource match;
  match.med = std::pair{1U, 20U};
  PathAttributes attributes = path_of("65001");
  EXPECT_FALSE(takes(match, attributes));
  attributes.med = 1;
  EXPECT_TRUE(takes(match, attributes));
  match.med = std::pair{0U, 0U};
  attributes.med.reset();
  EXPECT_TRUE(takes(match, attributes));
}

TEST(Match, AsPathLengthCountsASetOnce) {
  MatchSource match;
  match.as_path_length = std::pair{2U, 3U};
  EXPECT_FALSE(takes(match, path_of("65001")));
  EXPECT_TRUE(takes(match, path_of("65001 {65010 65011 65012}")));
  EXPECT_TRUE(takes(match, path_of("65001 65002 65003")));
  EXPECT_FALSE(takes(match, path_of("65001 65002 65003 65004")));
}

TEST(Match, AsPathRegex) {
  MatchSource match;
  match.as_path_regex = "^65001_.*_65009$";
  EXPECT_TRUE(takes(match, path_of("65001 7 65009")));
  EXPECT_FALSE(takes(match, path_of("65001 7 65009 8")));
}

TEST(Match, OriginAs) {
  MatchSource match;
  match.origin_as = {{65009, 65010}};
  EXPECT_TRUE(takes(match, path_of("65001 65010")));
  EXPECT_FALSE(takes(match, path_of("65010 65001")));
  EXPECT_FALSE(takes(match, path_of("65001 {65010}")));  // an AS_SET has no origin
  EXPECT_FALSE(takes(match, path_of("")));
}

TEST(Match, NeighbourAs) {
  MatchSource match;
  match.neighbour_as = {{65001, 65001}};
  EXPECT_TRUE(takes(match, path_of("65001 65010")));
  EXPECT_FALSE(takes(match, path_of("65010 65001")));
  EXPECT_FALSE(takes(match, path_of("")));
}

TEST(Match, AsPathContains) {
  MatchSource match;
  match.as_path_contains = {{65005, 65005}, {174, 174}};
  EXPECT_TRUE(takes(match, path_of("65001 174 65010")));
  EXPECT_TRUE(takes(match, path_of("65001 {65004 65005}")));
  EXPECT_FALSE(takes(match, path_of("65001 1740")));
}

TEST(Match, AsSetsByName) {
  MatchSource match;
  match.origin_as_sets = {"content"};
  Sources sources = sources_of(accepting(match));
  sources.as_sets = {{"content", {{65010, 65019}}}, {"empty", {}}};
  EXPECT_TRUE(evaluate(chain_of(sources), path_of("65001 65015")).verdict.accept);
  EXPECT_FALSE(evaluate(chain_of(sources), path_of("65015 65001")).verdict.accept);
  // Together with numbers: in any of them.
  sources.policies[0].terms[0].match.origin_as = {{65001, 65001}};
  EXPECT_TRUE(evaluate(chain_of(sources), path_of("65015 65001")).verdict.accept);
  // The other two places of the path, and a set that holds nothing.
  match = {};
  match.neighbour_as_sets = {"content"};
  sources.policies = {accepting(match)};
  EXPECT_TRUE(evaluate(chain_of(sources), path_of("65015 65001")).verdict.accept);
  match = {};
  match.as_path_contains_sets = {"content"};
  sources.policies = {accepting(match)};
  EXPECT_TRUE(evaluate(chain_of(sources), path_of("65001 65015 65001")).verdict.accept);
  match.as_path_contains_sets = {"empty"};
  sources.policies = {accepting(match)};
  EXPECT_FALSE(evaluate(chain_of(sources), path_of("65001 65015 65001")).verdict.accept);
}

TEST(Match, NextHopInside) {
  MatchSource match;
  match.next_hops = {prefix("192.0.2.0/28"), prefix("2001:db8::/64")};
  PathAttributes attributes = path_of("65001");
  attributes.next_hop.global = address("192.0.2.15");
  EXPECT_TRUE(takes(match, attributes));
  attributes.next_hop.global = address("192.0.2.16");
  EXPECT_FALSE(takes(match, attributes));
  attributes.next_hop.global = address("2001:db8::1");  // RFC 8950
  EXPECT_TRUE(takes(match, attributes));
}

TEST(Match, PeerByNameOrAddress) {
  MatchSource match;
  match.peers = {"isp-b", "192.0.2.1"};
  const Chain chain = chain_of(sources_of(accepting(match)));
  PeerFacts peer = partner();
  const auto taken = [&] {
    return evaluate(chain, path_of("65001"), "203.0.113.0/24", {}, peer).verdict.accept;
  };
  EXPECT_TRUE(taken());  // by address
  peer.address = address("192.0.2.2");
  EXPECT_FALSE(taken());
  peer.name = "isp-b";
  EXPECT_TRUE(taken());
}

TEST(Match, LinkLocalPeerByAddressAndLink) {
  MatchSource match;
  match.peers = {"fe80::1%eth0"};
  const Chain chain = chain_of(sources_of(accepting(match)));
  PeerFacts peer = partner();
  peer.address = address("fe80::1");
  const auto taken = [&](const char* zoned) {
    peer.zoned_address = zoned;
    return evaluate(chain, path_of("65001"), "203.0.113.0/24", {}, peer).verdict.accept;
  };
  EXPECT_TRUE(taken("fe80::1%eth0"));
  EXPECT_FALSE(taken("fe80::1%eth1"));
}

TEST(Match, Group) {
  MatchSource match;
  match.groups = {"transit", "partners"};
  EXPECT_TRUE(takes(match, path_of("65001")));
  match.groups = {"transit"};
  EXPECT_FALSE(takes(match, path_of("65001")));
}

TEST(Match, PeerAddressInside) {
  MatchSource match;
  match.peer_addresses = {prefix("192.0.2.0/24")};
  EXPECT_TRUE(takes(match, path_of("65001")));
  match.peer_addresses = {prefix("198.51.100.0/24")};
  EXPECT_FALSE(takes(match, path_of("65001")));
}

TEST(Match, Prefixes) {
  MatchSource match;
  match.prefixes = {ranging("203.0.113.0/24", 25, 28)};
  EXPECT_TRUE(takes(match, path_of("65001"), "203.0.113.0/25"));
  EXPECT_FALSE(takes(match, path_of("65001"), "203.0.113.0/24"));
}

TEST(Match, PrefixSetsByNameTogetherWithPrefixes) {
  MatchSource match;
  match.prefix_sets = {"own", "documentation"};
  match.prefixes = {exactly("10.0.0.0/8")};
  Sources sources = sources_of(accepting(match));
  sources.prefix_sets = {{"documentation", {exactly("192.0.2.0/24")}},
                         {"own", {ranging("203.0.113.0/24", 24, 32)}}};
  const Chain chain = chain_of(sources);
  EXPECT_TRUE(evaluate(chain, path_of("65001"), "192.0.2.0/24").verdict.accept);
  EXPECT_TRUE(evaluate(chain, path_of("65001"), "203.0.113.7/32").verdict.accept);
  EXPECT_TRUE(evaluate(chain, path_of("65001"), "10.0.0.0/8").verdict.accept);
  EXPECT_FALSE(evaluate(chain, path_of("65001"), "10.0.0.0/9").verdict.accept);
}

TEST(Match, CommunitiesAny) {
  MatchSource match;
  match.communities = {pattern("65000:1"), pattern("65000:7:*"), pattern("rt:65000:*")};
  EXPECT_TRUE(takes(match, with_communities({"65000:1"})));
  EXPECT_TRUE(takes(match, with_communities({"65000:7:1"})));
  EXPECT_TRUE(takes(match, with_communities({"rt:65000:9"})));
  EXPECT_FALSE(takes(match, with_communities({"65000:2", "65000:8:1", "ro:65000:9"})));
  EXPECT_FALSE(takes(match, with_communities({})));
}

TEST(Match, CommunitySetsByName) {
  MatchSource match;
  match.community_sets = {"regions"};
  match.communities = {pattern("blackhole")};
  Sources sources = sources_of(accepting(match));
  sources.community_sets = {{"regions", {pattern("65000:100-199")}}};
  const Chain chain = chain_of(sources);
  EXPECT_TRUE(evaluate(chain, with_communities({"65000:150"})).verdict.accept);
  EXPECT_TRUE(evaluate(chain, with_communities({"blackhole"})).verdict.accept);
  EXPECT_FALSE(evaluate(chain, with_communities({"65000:200"})).verdict.accept);
}

TEST(Match, CommunitiesAll) {
  MatchSource match;
  match.all_communities = {pattern("65000:1"), pattern("65000:7:*")};
  EXPECT_TRUE(takes(match, with_communities({"65000:1", "65000:7:9", "1:1"})));
  EXPECT_FALSE(takes(match, with_communities({"65000:1"})));
  EXPECT_FALSE(takes(match, with_communities({"65000:7:9"})));
}

TEST(Match, CommunitiesNone) {
  MatchSource match;
  match.no_communities = {pattern("no-export"), pattern("65000:*")};
  EXPECT_TRUE(takes(match, with_communities({})));
  EXPECT_TRUE(takes(match, with_communities({"1:1"})));
  EXPECT_FALSE(takes(match, with_communities({"1:1", "no-export"})));
  EXPECT_FALSE(takes(match, with_communities({"65000:9"})));
}

TEST(Match, MetroAndEgressPop) {
  MatchSource match;
  match.metros = {"paris", "rome"};
  Sources sources = sources_of(accepting(match));
  sources.metros = {"berlin", "paris", "rome"};
  sources.pops = {"ams", "lhr"};
  const auto taken = [&](EgressInfo egress) {
    return evaluate(chain_of(sources), path_of("65001"), "203.0.113.0/24", egress).verdict.accept;
  };
  EXPECT_TRUE(taken({2, kNoPlace, kUnknownCost}));
  EXPECT_FALSE(taken({0, kNoPlace, kUnknownCost}));
  EXPECT_FALSE(taken({}));
  match.egress_pops = {"lhr"};
  sources.policies = {accepting(match)};
  EXPECT_TRUE(taken({1, 1, 5000}));
  EXPECT_FALSE(taken({1, 0, 5000}));
  EXPECT_FALSE(taken({1, kNoPlace, 5000}));
}

TEST(Match, EveryConditionMustHold) {
  MatchSource match;
  match.family = Family::Ipv4Unicast;
  match.neighbour_as = {{65001, 65001}};
  match.communities = {pattern("65000:1")};
  match.as_path_regex = "_65010$";
  EXPECT_TRUE(takes(match, with_communities({"65000:1"})));
  EXPECT_FALSE(takes(match, with_communities({"65000:2"})));
  EXPECT_FALSE(takes(match, with_communities({"65000:1"}), "2001:db8::/32"));
  match.as_path_regex = "_65011$";
  EXPECT_FALSE(takes(match, with_communities({"65000:1"})));
}

}  // namespace
}  // namespace tern::policy
