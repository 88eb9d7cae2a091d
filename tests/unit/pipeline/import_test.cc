#include "bgpd/pipeline/import.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "bgpd/pipeline/attribute_sets.h"
#include "tests/unit/pipeline/little_memory.h"
#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

class ImportTest : public testing::Test {
 protected:
  // The only path of the prefix.
  const rib::Path* path_to(const std::string& text = "203.0.113.0/24") {
    const auto destination = tern.rib.find(unicast(prefix(text)));
    if (!destination || destination->paths.empty()) return nullptr;
    return &destination->paths.front();
  }
  Reason reason(const std::string& text = "203.0.113.0/24") {
    const rib::Path* path = path_to(text);
    return path == nullptr ? Reason::kCount : path->reason();
  }
  PathAttributes effective(const std::string& text = "203.0.113.0/24") {
    return read(tern.shards.attributes()[path_to(text)->effective()]).attributes;
  }
  std::string detail(const std::string& text) {
    return tern.shards.details()[path_to(text)->detail()];
  }
  PathAttributes received() {
    const auto destination = tern.rib.find(unicast(prefix("203.0.113.0/24")));
    return read(tern.shards.attributes()[destination->received(0)]).attributes;
  }
  std::uint64_t rejected(Neighbour& neighbour, Reason why) {
    return neighbour.import.counters().rejected[static_cast<std::size_t>(why)];
  }

  Speaker tern;
};

TEST_F(ImportTest, StoresARoute) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  const Received got = route("203.0.113.0/24").med(7).via(a);
  EXPECT_FALSE(got.reset);
  EXPECT_EQ(got.fault, nullptr);
  ASSERT_EQ(reason(), Reason::None);
  EXPECT_EQ(effective().med, 7U);
  EXPECT_EQ(effective().as_path.to_string(), "65001");
  EXPECT_EQ(path_to()->since, 1000U);
  EXPECT_EQ(a.import.counters().announced[0], 1U);
  a.withdraw("203.0.113.0/24");
  EXPECT_EQ(path_to(), nullptr);
  EXPECT_EQ(a.import.counters().withdrawn[0], 1U);
  tern.spread();
  EXPECT_EQ(tern.shards.attributes().size(), 0U);
}

TEST_F(ImportTest, StoresBothFamilies) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  route("2001:db8:1::/48").link_local("fe80::1").via(a);
  ASSERT_EQ(reason("2001:db8:1::/48"), Reason::None);
  const NextHop next_hop = effective("2001:db8:1::/48").next_hop;
  EXPECT_EQ(next_hop.global, v6_of(1));
  EXPECT_EQ(next_hop.link_local, address("fe80::1"));
}

TEST_F(ImportTest, SkipsFamiliesThatWereNotNegotiated) {
  Session session = ebgp(65001, 1);
  session.facts.families = {Family::Ipv4Unicast};
  session.facts.receive.families = {Family::Ipv4Unicast};
  Neighbour& a = tern.add(session);
  EXPECT_FALSE(route("2001:db8:1::/48").via(a).reset);
  EXPECT_EQ(path_to("2001:db8:1::/48"), nullptr);
}

TEST_F(ImportTest, TellsEndOfRib) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  std::vector<std::byte> message;
  wire::encode_end_of_rib(Family::Ipv6Unicast, message);
  EXPECT_EQ(a.send(wire::Bytes(message).subspan(19)).end_of_rib, Family::Ipv6Unicast);
  EXPECT_FALSE(route("203.0.113.0/24").via(a).end_of_rib);
}

// ---- Structural reasons

TEST_F(ImportTest, OwnAsInThePathIsALoop) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  route("203.0.113.0/24").as_path({65001, kOurAsn, 65009}).via(a);
  EXPECT_EQ(reason(), Reason::AsLoop);
  EXPECT_EQ(rejected(a, Reason::AsLoop), 1U);
  ImportRules rules = a.import.rules();
  rules.allow_own_as = 1;
  a.import.set_rules(rules);
  route("203.0.113.0/24").as_path({65001, kOurAsn, 65009}).via(a);
  EXPECT_EQ(reason(), Reason::None);
  route("203.0.113.0/24").as_path({65001, kOurAsn, kOurAsn}).via(a);
  EXPECT_EQ(reason(), Reason::AsLoop);
}

TEST_F(ImportTest, OwnOriginatorIdIsALoop) {
  Neighbour& a = tern.add(ibgp(1));
  RouteBuilder reflected = route("203.0.113.0/24").as_path({65009});
  reflected.attributes().originator_id = IpAddress::v4(kOurIdentifier);
  reflected.attributes().cluster_list = {1};
  reflected.via(a);
  EXPECT_EQ(reason(), Reason::OriginatorLoop);
}

TEST_F(ImportTest, OwnClusterIdIsALoop) {
  Neighbour& a = tern.add(ibgp(1));
  RouteBuilder reflected = route("203.0.113.0/24").as_path({65009});
  reflected.attributes().originator_id = IpAddress::v4(77);
  reflected.attributes().cluster_list = {1, kOurIdentifier};
  reflected.via(a);
  EXPECT_EQ(reason(), Reason::ClusterLoop);
}

TEST_F(ImportTest, TheFirstAsMustBeThePeers) {
  Session session = ebgp(65001, 1);
  Neighbour& a = tern.add(session);
  route("203.0.113.0/24").as_path({65002, 65001}).via(a);
  EXPECT_EQ(reason(), Reason::FirstAs);
  route("203.0.113.0/24").as_path({}).via(a);
  EXPECT_EQ(reason(), Reason::FirstAs);
  ImportRules rules = a.import.rules();
  rules.enforce_first_as = false;  // the peer is a route server
  a.import.set_rules(rules);
  route("203.0.113.0/24").as_path({65002, 65001}).via(a);
  EXPECT_EQ(reason(), Reason::None);
}

TEST_F(ImportTest, ImpossibleNextHops) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  for (const char* next_hop : {"0.0.0.0", "0.0.0.1", "0.1.2.3", "0.255.255.255", "127.0.0.1",
                               "224.0.0.5", "240.0.0.1", "255.255.255.255"}) {
    route("203.0.113.0/24").next_hop(next_hop).via(a);
    // RFC 7606 section 7.3 lets the codec answer first; in either case nobody uses the route.
    const bool unused = path_to() == nullptr || reason() == Reason::NextHopInvalid;
    EXPECT_TRUE(unused) << next_hop;
  }
  for (const char* next_hop :
       {"::", "::1", "ff02::1", "ff0e::1", "::ffff:192.0.2.9", "::ffff:127.0.0.1"}) {
    route("2001:db8:1::/48").next_hop(next_hop).via(a);
    EXPECT_EQ(reason("2001:db8:1::/48"), Reason::NextHopInvalid) << next_hop;
  }
  EXPECT_EQ(detail("2001:db8:1::/48"), "in ::ffff:0.0.0.0/96, IPv4-mapped (RFC 4291)");
  EXPECT_EQ(rejected(a, Reason::NextHopInvalid), 14U);
}

TEST_F(ImportTest, ALinkLocalNextHopNeedsASharedLink) {
  Session far = ibgp(1);
  far.facts.link.reset();
  Neighbour& a = tern.add(far);
  route("2001:db8:1::/48").next_hop("fe80::1").via(a);
  EXPECT_EQ(reason("2001:db8:1::/48"), Reason::NextHopInvalid);
  EXPECT_EQ(detail("2001:db8:1::/48"), "link-local, and the neighbor is on no link of ours");
  Neighbour& b = tern.add(ebgp(65002, 2));  // on our link
  route("2001:db8:2::/48").next_hop("fe80::2").via(b);
  EXPECT_EQ(reason("2001:db8:2::/48"), Reason::None);
}

TEST_F(ImportTest, ALaboratoryMayHaveNextHopsThatCanBeEndsOfSessions) {
  Session session = ebgp(65001, 1);
  session.import.reject_martians = false;
  Neighbour& a = tern.add(session);
  for (const char* next_hop : {"127.0.0.9", "240.0.0.1"}) {
    route("203.0.113.0/24").next_hop(next_hop).via(a);
    EXPECT_EQ(reason(), Reason::None) << next_hop;
  }
  for (const char* next_hop : {"0.0.0.1", "224.0.0.5", "255.255.255.255"}) {
    route("203.0.113.0/24").next_hop(next_hop).via(a);
    EXPECT_EQ(reason(), Reason::NextHopInvalid) << next_hop;
  }
}

// ---- Prefixes

// One UPDATE with all of them.
TEST_F(ImportTest, MartiansAmongOthersAreIgnored) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  const std::vector<std::string> martians{"127.0.0.0/8", "0.0.0.0/8",   "0.1.0.0/16",
                                          "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32"};
  const std::vector<std::string> others{"0.0.0.0/0", "10.0.0.0/8", "100.64.0.0/10", "192.0.2.0/24",
                                        "203.0.113.0/24"};
  std::vector<Nlri> nlri;
  for (std::size_t i = 0; i < martians.size(); ++i) {
    nlri.push_back(unicast(prefix(martians[i])));
    if (i < others.size()) nlri.push_back(unicast(prefix(others[i])));
  }
  EXPECT_FALSE(a.announce(route("203.0.113.0/24").of(a.import.facts()), nlri).reset);
  for (const std::string& text : martians) EXPECT_EQ(reason(text), Reason::Martian) << text;
  for (const std::string& text : others) EXPECT_EQ(reason(text), Reason::None) << text;
  EXPECT_EQ(detail("127.0.0.0/8"), "127.0.0.0/8, loopback (RFC 1122)");
  EXPECT_EQ(rejected(a, Reason::Martian), martians.size());
  EXPECT_EQ(a.import.counters().announced[0], nlri.size());
}

TEST_F(ImportTest, MartiansOfIpv6AreIgnored) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  for (const char* text :
       {"ff02::/16", "fe80::/10", "fe80::/64", "::1/128", "::/128", "::ffff:0:0/96"}) {
    route(text).via(a);
    EXPECT_EQ(reason(text), Reason::Martian) << text;
  }
  for (const char* text : {"::/0", "2001:db8::/32", "fd00::/8"}) {
    route(text).via(a);
    EXPECT_EQ(reason(text), Reason::None) << text;
  }
}

TEST_F(ImportTest, AReloadMayAcceptMartians) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  a.announce(route("203.0.113.0/24").of(a.import.facts()),
             {unicast(prefix("203.0.113.0/24")), unicast(prefix("240.1.0.0/16"))});
  ASSERT_EQ(reason("240.1.0.0/16"), Reason::Martian);
  ImportRules rules = a.import.rules();
  for (const bool reject : {false, true}) {
    rules.reject_martians = reject;
    a.import.set_rules(rules);
    for (rib::DestId id = 0; id < tern.rib.end(); ++id) a.import.reevaluate(tern.rib, id);
    EXPECT_TRUE(a.import.end_reevaluation());
    EXPECT_EQ(reason("240.1.0.0/16"), reject ? Reason::Martian : Reason::None);
    EXPECT_EQ(reason(), Reason::None);
  }
}

TEST_F(ImportTest, OurOwnAddressIsNoNextHop) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  route("203.0.113.0/24").next_hop("192.0.2.254").via(a);
  EXPECT_EQ(reason(), Reason::NextHopSelf);
  route("2001:db8:1::/48").next_hop("2001:db8::fe").via(a);
  EXPECT_EQ(reason("2001:db8:1::/48"), Reason::NextHopSelf);
  route("2001:db8:1::/48").next_hop("fe80::fe").via(a);
  EXPECT_EQ(reason("2001:db8:1::/48"), Reason::NextHopSelf);
}

TEST_F(ImportTest, AnyAddressOfThisHostIsNoNextHop) {
  Session session = ebgp(65001, 1);
  session.import.host_addresses = std::make_shared<const HostAddresses>(std::vector<IpAddress>{
      address("198.51.100.7"), address("2001:db8:7::7"), address("fe80::7"), v4_of(1)});
  Neighbour& a = tern.add(session);
  route("203.0.113.0/24").next_hop("198.51.100.7").via(a);
  EXPECT_EQ(reason(), Reason::NextHopSelf);
  route("2001:db8:1::/48").next_hop("2001:db8:7::7").via(a);
  EXPECT_EQ(reason("2001:db8:1::/48"), Reason::NextHopSelf);
  route("203.0.113.0/24").next_hop("198.51.100.8").via(a);
  EXPECT_EQ(reason(), Reason::None);
  // Of another link, where our neighbor may have the same one.
  route("2001:db8:1::/48").next_hop("fe80::7").via(a);
  EXPECT_EQ(reason("2001:db8:1::/48"), Reason::None);
  // The neighbor runs on this host.
  route("203.0.113.0/24").via(a);
  EXPECT_EQ(reason(), Reason::None);
}

TEST(HostAddresses, WhatCameAndWhatWent) {
  const HostAddresses before({address("10.0.0.2"), address("10.0.0.1"), address("10.0.0.1")});
  const HostAddresses after({address("10.0.0.1"), address("2001:db8::1"), address("fe80::1")});
  const HostAddresses changed = HostAddresses::difference(before, after);
  EXPECT_TRUE(changed.contains(address("10.0.0.2")));
  EXPECT_TRUE(changed.contains(address("2001:db8::1")));
  EXPECT_FALSE(changed.contains(address("10.0.0.1")));
  EXPECT_FALSE(changed.contains(address("fe80::1")));
  EXPECT_TRUE(HostAddresses::difference(before, before).empty());
}

TEST_F(ImportTest, TheNextHopMayHaveToBeThePeer) {
  Session session = ebgp(65001, 1);
  session.import.enforce_next_hop = true;
  Neighbour& a = tern.add(session);
  route("203.0.113.0/24").next_hop("192.0.2.9").via(a);
  EXPECT_EQ(reason(), Reason::NextHopNotPeer);
  route("203.0.113.0/24").next_hop("192.0.2.1").via(a);
  EXPECT_EQ(reason(), Reason::None);
}

// ---- RFC 9234 section 5, what comes in. Roles are ours.

struct LeakCase {
  Role ours;
  std::optional<Asn> received;
  Reason reason;
  std::optional<Asn> stored;
};
class OnlyToCustomerIn : public ImportTest, public testing::WithParamInterface<LeakCase> {};

TEST_P(OnlyToCustomerIn, IsJudgedByTheRole) {
  const LeakCase& c = GetParam();
  Session session = ebgp(65001, 1);
  session.facts.role = c.ours;
  Neighbour& a = tern.add(session);
  RouteBuilder sent = route("203.0.113.0/24");
  sent.attributes().only_to_customer = c.received;
  sent.via(a);
  ASSERT_EQ(reason(), c.reason);
  if (c.reason == Reason::None) {
    EXPECT_EQ(effective().only_to_customer, c.stored);
  }
  EXPECT_EQ(received().only_to_customer, c.received);
}

INSTANTIATE_TEST_SUITE_P(Rfc9234, OnlyToCustomerIn,
                         testing::Values(
                             // From a customer or a client: with the attribute it is a leak.
                             LeakCase{Role::Provider, 65009, Reason::RouteLeak, std::nullopt},
                             LeakCase{Role::Provider, std::nullopt, Reason::None, std::nullopt},
                             LeakCase{Role::RouteServer, 65009, Reason::RouteLeak, std::nullopt},
                             LeakCase{Role::RouteServer, std::nullopt, Reason::None, std::nullopt},
                             // From a peer: only its own.
                             LeakCase{Role::Peer, 65009, Reason::RouteLeak, std::nullopt},
                             LeakCase{Role::Peer, 65001, Reason::None, 65001},
                             LeakCase{Role::Peer, std::nullopt, Reason::None, 65001},
                             // From above: kept, or added.
                             LeakCase{Role::Customer, 65009, Reason::None, 65009},
                             LeakCase{Role::Customer, std::nullopt, Reason::None, 65001},
                             LeakCase{Role::RouteServerClient, 65009, Reason::None, 65009},
                             LeakCase{Role::RouteServerClient, std::nullopt, Reason::None, 65001}));

TEST_F(ImportTest, WithoutARoleTheAttributeJustPasses) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  route("203.0.113.0/24").only_to_customer(65009).via(a);
  EXPECT_EQ(effective().only_to_customer, 65009U);
}

// ---- Policy

TEST_F(ImportTest, WithoutAPolicyAnEbgpRouteIsNotUsed) {
  Session session = ebgp(65001, 1);
  session.import.policies = {};
  Neighbour& a = tern.add(session);
  route("203.0.113.0/24").via(a);
  EXPECT_EQ(reason(), Reason::NoPolicy);  // RFC 8212
  Neighbour& b = tern.add(ibgp(2));
  route("198.51.100.0/24").via(b);
  EXPECT_EQ(reason("198.51.100.0/24"), Reason::None);
}

policy::TermSource reject_prefix(const std::string& text, const std::string& why) {
  policy::TermSource term;
  term.name = "unwanted";
  const Prefix range = prefix(text);
  term.match.prefixes = {{range, range.length(), range.length()}};
  term.then = policy::TermSource::Then::Reject;
  term.reject_reason = why;
  return term;
}
policy::TermSource accept_rest() {
  policy::TermSource term;
  term.then = policy::TermSource::Then::Accept;
  return term;
}

TEST_F(ImportTest, ARejectionNamesItsTerm) {
  Session session = ebgp(65001, 1);
  session.import.policies =
      chain({reject_prefix("203.0.113.0/24", "documentation"), accept_rest()});
  Neighbour& a = tern.add(session);
  // In one UPDATE: the policy reads the prefix, so each has its own verdict.
  a.announce(route("203.0.113.0/24").of(a.import.facts()),
             {unicast(prefix("203.0.113.0/24")), unicast(prefix("198.51.100.0/24"))});
  EXPECT_EQ(tern.shards.reasons().name(reason()), "documentation");
  EXPECT_EQ(tern.shards.details()[path_to()->detail()],
            "policy test, term unwanted: documentation");
  EXPECT_EQ(reason("198.51.100.0/24"), Reason::None);
  EXPECT_EQ(rejected(a, Reason::Policy), 0U);
  EXPECT_EQ(rejected(a, reason()), 1U);
  EXPECT_EQ(tern.shards.counts(a.slot()).rejected[reason()], 1U);
}

TEST_F(ImportTest, ARejectionCountsUnderThePolicysWord) {
  for (const auto& [word, counted] : {std::pair{"bogon", Reason::Bogon},
                                      {"prefix-length", Reason::PrefixLength},
                                      {"as-path-length", Reason::AsPathLength},
                                      {"", Reason::Policy}}) {
    Session session = ebgp(65001, 1);
    session.import.policies = chain({reject_prefix("203.0.113.0/24", word), accept_rest()});
    Neighbour& a = tern.add(session);
    route("203.0.113.0/24").via(a);
    EXPECT_EQ(reason(), counted) << word;
    EXPECT_EQ(rejected(a, counted), 1U) << word;
    tern.remove(a);
  }
}

TEST_F(ImportTest, WhatNoTermDecidesIsRejected) {
  Session session = ebgp(65001, 1);
  session.import.policies = chain({reject_prefix("203.0.113.0/24", "")});
  Neighbour& a = tern.add(session);
  route("198.51.100.0/24").via(a);
  EXPECT_EQ(reason("198.51.100.0/24"), Reason::PolicyDefault);
}

TEST_F(ImportTest, PolicyWritesTheEffectivePathAlone) {
  Session session = ebgp(65001, 1);
  policy::ActionSource actions;
  actions.local_pref = {policy::SetNumber::Op::Set, 250};
  actions.med = {policy::SetNumber::Op::Add, 5};
  session.import.policies = accept_with(actions);
  Neighbour& a = tern.add(session);
  route("203.0.113.0/24").med(10).via(a);
  EXPECT_EQ(effective().local_pref, 250U);
  EXPECT_EQ(effective().med, 15U);
  EXPECT_EQ(received().local_pref, std::nullopt);
  EXPECT_EQ(received().med, 10U);
}

// RFC 8326 section 4.1, whatever policy prefers.
TEST_F(ImportTest, GracefulShutdownPutsAPathLast) {
  policy::ActionSource actions;
  actions.local_pref = {policy::SetNumber::Op::Set, 250};
  Session session = ebgp(65001, 1);
  session.import.policies = accept_with(actions);
  Neighbour& a = tern.add(session);
  route("203.0.113.0/24").community(kGracefulShutdown).via(a);
  EXPECT_EQ(effective().local_pref, 0U);
  EXPECT_EQ(received().local_pref, std::nullopt);
  route("203.0.113.0/24").via(a);
  EXPECT_EQ(effective().local_pref, 250U);
}

TEST_F(ImportTest, GracefulShutdownIsForEbgpAndCanBeSwitchedOff) {
  Session without = ebgp(65001, 1);
  without.import.graceful_shutdown = false;
  Neighbour& a = tern.add(without);
  route("203.0.113.0/24").community(kGracefulShutdown).via(a);
  EXPECT_EQ(effective().local_pref, std::nullopt);
  Neighbour& b = tern.add(ibgp(2));
  route("198.51.100.0/24").community(kGracefulShutdown).local_pref(70).via(b);
  EXPECT_EQ(effective("198.51.100.0/24").local_pref, 70U);
}

TEST_F(ImportTest, PathsOfADrainedNeighborComeLast) {
  Session session = ebgp(65001, 1);
  session.import.drained = true;
  Neighbour& a = tern.add(session);
  route("203.0.113.0/24").via(a);
  EXPECT_EQ(effective().local_pref, 0U);
}

// ---- Memory

TEST_F(LittleMemory, AnUpdateWhoseSetFindsNoMemoryEndsTheSession) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  fill(a);
  const Received got = route("203.0.113.0/24").med(7).as_path({65001, 7}).via(a);
  ASSERT_TRUE(got.reset);
  EXPECT_EQ(got.reset->subcode, wire::cease::kOutOfResources);
}

TEST_F(LittleMemory, NewRulesWhoseSetsFindNoMemoryEndTheSession) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  EXPECT_FALSE(route("203.0.113.0/24").as_path({65001, 7}).via(a).reset);
  const auto prefer = [&](std::uint32_t local_pref) {
    ImportRules rules = a.import.rules();
    policy::ActionSource actions;
    actions.local_pref = {policy::SetNumber::Op::Set, local_pref};
    rules.policies = accept_with(actions);
    a.import.set_rules(rules);
    for (rib::DestId id = 0; id < tern.rib.end(); ++id) a.import.reevaluate(tern.rib, id);
    return a.import.end_reevaluation();
  };
  EXPECT_TRUE(prefer(200));
  fill(a);
  EXPECT_FALSE(prefer(300));
}

TEST_F(ImportTest, ReevaluateJudgesWhatIsThereAnew) {
  Session session = ebgp(65001, 1);
  session.facts.receive.add_path = {Family::Ipv4Unicast};
  Neighbour& a = tern.add(session);
  for (std::uint32_t id = 1; id <= 3; ++id) {
    route("203.0.113.0/24")
        .path_id(id)
        .community(Community::of(65001, static_cast<std::uint16_t>(id)))
        .via(a);
  }
  tern.spread();
  const rib::DestId id = *tern.rib.find_id(unicast(prefix("203.0.113.0/24")));
  a.import.reevaluate(tern.rib, id);
  EXPECT_FALSE(tern.rib.has_changes());  // the same verdicts

  // Prefers the third, so that the order changes under the walk; rejects the first.
  policy::TermSource reject_first;
  reject_first.match.communities = {*policy::parse_community_pattern("65001:1")};
  reject_first.then = policy::TermSource::Then::Reject;
  policy::TermSource prefer_third;
  prefer_third.match.communities = {*policy::parse_community_pattern("65001:3")};
  prefer_third.actions.local_pref = {policy::SetNumber::Op::Set, 300};
  prefer_third.then = policy::TermSource::Then::Accept;
  ImportRules rules = a.import.rules();
  rules.policies = chain({reject_first, prefer_third, accept_rest()});
  a.import.set_rules(rules);
  a.import.reevaluate(tern.rib, id);
  const rib::Destination destination = tern.rib.destination(id);
  ASSERT_EQ(destination.accepted, 2U);
  EXPECT_EQ(destination.path_id(0), 3U);
  EXPECT_EQ(destination.path_id(1), 2U);
  EXPECT_EQ(destination.paths[2].reason(), Reason::Policy);
  EXPECT_TRUE(tern.rib.has_changes());
}

// ---- RFC 7606

// An UPDATE for 203.0.113.0/24 whose attributes are these octets.
std::vector<std::byte> update_of(std::vector<unsigned> attributes) {
  std::vector<unsigned> octets{0, 0, 0, static_cast<unsigned>(attributes.size())};
  octets.insert(octets.end(), attributes.begin(), attributes.end());
  for (const unsigned octet : {24U, 203U, 0U, 113U}) octets.push_back(octet);
  std::vector<std::byte> bytes;
  for (const unsigned octet : octets) bytes.push_back(static_cast<std::byte>(octet));
  return bytes;
}
const std::vector<unsigned> kPathAndNextHop{0x40, 2,    6, 2, 1,   0, 0, 0xFD,
                                            0xE9, 0x40, 3, 4, 192, 0, 2, 1};

std::vector<unsigned> operator+(std::vector<unsigned> a, const std::vector<unsigned>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST_F(ImportTest, TreatAsWithdrawWithdraws) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  EXPECT_EQ(a.send(update_of(std::vector<unsigned>{0x40, 1, 1, 0} + kPathAndNextHop)).fault,
            nullptr);
  ASSERT_EQ(reason(), Reason::None);
  const Received got = a.send(update_of(std::vector<unsigned>{0x40, 1, 1, 9} + kPathAndNextHop));
  EXPECT_FALSE(got.reset);
  ASSERT_NE(got.fault, nullptr);
  EXPECT_EQ(got.fault->treatment, wire::Treatment::TreatAsWithdraw);
  EXPECT_EQ(path_to(), nullptr);
  EXPECT_EQ(a.import.counters().treated_as_withdraw, 1U);
  EXPECT_EQ(rejected(a, Reason::AttributeError), 1U);
}

TEST_F(ImportTest, TheReasonOfAFaultIsCountedByItsName) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  // AS_SET { 65009 } behind AS 65001, RFC 9774.
  a.send(update_of({0x40, 1, 1, 0, 0x40, 2,    12,   2, 1, 0,   0, 0xFD, 0xE9,
                    1,    1, 0, 0, 0xFD, 0xF1, 0x40, 3, 4, 192, 0, 2,    1}));
  EXPECT_EQ(path_to(), nullptr);
  EXPECT_EQ(rejected(a, Reason::AsSet), 1U);
  EXPECT_EQ(rejected(a, Reason::AttributeError), 0U);
}

TEST_F(ImportTest, ADiscardedAttributeLeavesTheRoute) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  // LOCAL_PREF is not for eBGP.
  const Received got = a.send(update_of(std::vector<unsigned>{0x40, 1, 1, 0} + kPathAndNextHop +
                                        std::vector<unsigned>{0x40, 5, 4, 0, 0, 1, 0}));
  ASSERT_NE(got.fault, nullptr);
  EXPECT_EQ(got.fault->treatment, wire::Treatment::AttributeDiscard);
  EXPECT_EQ(a.import.counters().attributes_discarded, 1U);
  ASSERT_EQ(reason(), Reason::None);
  EXPECT_FALSE(effective().local_pref);
}

TEST_F(ImportTest, WhatCannotBeReadResetsTheSession) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  route("203.0.113.0/24").via(a);
  const std::vector<std::byte> cut{std::byte{0}, std::byte{9}, std::byte{0}};
  const Received got = a.send(cut);
  ASSERT_TRUE(got.reset);
  EXPECT_EQ(got.reset->code, wire::ErrorCode::UpdateMessage);
  EXPECT_EQ(reason(), Reason::None);  // the session's end takes the routes, not the message
}

}  // namespace
}  // namespace tern::pipeline
