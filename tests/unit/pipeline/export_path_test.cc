// What of a path crosses a session, by the kind of the session.
#include "bgpd/pipeline/export_path.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

// One path from `source` towards `target`.
struct Advertised {
  Withheld withheld = Withheld::No;
  policy::Verdict policy;
  PathAttributes attributes;
};

Advertised tell(const RouteBuilder& built, const std::string& text, const Session& source,
                const Session& target, const EgressInfo& place = {},
                std::uint8_t control_prepend = 0, InteriorCost interior_cost = 0) {
  rib::AttributeSet in_table;
  in_table.attributes = built.of(source.facts);
  in_table.attributes.normalise();
  in_table.egress = place;
  in_table.key = rib::decision_key(in_table.attributes, place, interior_cost);
  const rib::PeerRank rank{source.facts.kind, source.facts.peer_identifier,
                           source.facts.peer_address};
  Advertised advertised;
  const ExportVerdict verdict =
      export_path(unicast(prefix(text)), target.export_.policies.ask({prefix(text), nullptr, {}}),
                  in_table, source.facts.slot, rank, target.facts, target.export_,
                  advertised.attributes, control_prepend);
  advertised.withheld = verdict.withheld;
  advertised.policy = verdict.policy;
  return advertised;
}

RouteBuilder any() { return route(kWhere); }
Advertised tell(const RouteBuilder& built, const Session& source, const Session& target) {
  return tell(built, kWhere, source, target);
}

TEST(Withheld, NothingGoesBack) {
  EXPECT_EQ(tell(any(), ebgp(65001, 1), ebgp(65001, 1)).withheld, Withheld::SplitHorizon);
}

// RFC 4456 section 6: all nine ways between internal and external.
TEST(Withheld, ReflectionNeedsAClientOnOneSide) {
  const Session e1 = ebgp(65001, 1), e2 = ebgp(65002, 2);
  const Session i1 = ibgp(3), i2 = ibgp(4);
  const Session c1 = reflector_client(5), c2 = reflector_client(6);
  EXPECT_EQ(tell(any(), i1, i2).withheld, Withheld::Reflection);
  for (const auto& [source, target] :
       {std::pair{e1, e2}, {e1, i1}, {e1, c1}, {i1, e1}, {i1, c1}, {c1, e1}, {c1, i1}, {c1, c2}}) {
    EXPECT_EQ(tell(any(), source, target).withheld, Withheld::No)
        << source.facts.slot << " to " << target.facts.slot;
  }
}

TEST(Withheld, WellKnownCommunities) {
  const Session source = ebgp(65001, 1);
  for (const Community none : {kNoExport, kNoExportSubconfed}) {
    const RouteBuilder built = any().community(none);
    EXPECT_EQ(tell(built, source, ebgp(65002, 2)).withheld, Withheld::NoExport);
    EXPECT_EQ(tell(built, source, route_server_client(65002, 2)).withheld, Withheld::NoExport);
    EXPECT_EQ(tell(built, source, ibgp(2)).withheld, Withheld::No);
  }
  const RouteBuilder silent = any().community(kNoAdvertise);
  EXPECT_EQ(tell(silent, source, ebgp(65002, 2)).withheld, Withheld::NoAdvertise);
  EXPECT_EQ(tell(silent, source, ibgp(2)).withheld, Withheld::NoAdvertise);
  Session blind = ebgp(65002, 2);
  blind.export_.interpret_communities = false;
  EXPECT_EQ(tell(silent, source, blind).withheld, Withheld::No);
}

TEST(Withheld, PolicyAndItsAbsence) {
  Session target = ebgp(65002, 2);
  target.export_.policies = {};
  EXPECT_EQ(tell(any(), ebgp(65001, 1), target).withheld, Withheld::NoPolicy);  // RFC 8212
  policy::TermSource reject;
  reject.name = "never";
  reject.then = policy::TermSource::Then::Reject;
  reject.reject_reason = "closed";
  target.export_.policies = chain({reject});
  const Advertised advertised = tell(any(), ebgp(65001, 1), target);
  EXPECT_EQ(advertised.withheld, Withheld::Policy);
  EXPECT_EQ(advertised.policy.term, "never");
  EXPECT_EQ(advertised.policy.reject_reason, "closed");
  Session internal = ibgp(3);
  internal.export_.policies = {};
  EXPECT_EQ(tell(any(), ebgp(65001, 1), internal).withheld, Withheld::No);
}

TEST(Withheld, HasAWordForEach) {
  EXPECT_EQ(to_string(Withheld::No), "told");
  EXPECT_EQ(to_string(Withheld::NextHop), "next-hop");
}

// ---- RFC 9234 section 5, what goes out. Roles are ours.

TEST(OnlyToCustomer, IsNotToldUpwardsOrSideways) {
  const RouteBuilder marked = any().only_to_customer(65009);
  for (const Role ours :
       {Role::Provider, Role::RouteServer, Role::RouteServerClient, Role::Customer, Role::Peer}) {
    Session target = ebgp(65002, 2);
    target.facts.role = ours;
    const Advertised advertised = tell(marked, ebgp(65001, 1), target);
    const bool downwards = ours == Role::Provider || ours == Role::RouteServer;
    EXPECT_EQ(advertised.withheld, downwards ? Withheld::No : Withheld::OnlyToCustomer)
        << to_string(ours);
    if (downwards) {
      EXPECT_EQ(advertised.attributes.only_to_customer, 65009U);  // stays as it is
    }
  }
}

TEST(OnlyToCustomer, IsAddedDownwardsAndSideways) {
  for (const Role ours :
       {Role::Provider, Role::RouteServer, Role::RouteServerClient, Role::Customer, Role::Peer}) {
    Session target = ebgp(65002, 2);
    target.facts.role = ours;
    const bool upwards = ours == Role::Customer || ours == Role::RouteServerClient;
    const auto expected = upwards ? std::nullopt : std::optional<Asn>(kOurAsn);
    EXPECT_EQ(tell(any(), ebgp(65001, 1), target).attributes.only_to_customer, expected)
        << to_string(ours);
  }
  EXPECT_FALSE(tell(any(), ebgp(65001, 1), ebgp(65002, 2)).attributes.only_to_customer);
}

// ---- The kinds of session

TEST(TowardsEbgp, WritesOurAsAndDropsWhatIsInternal) {
  RouteBuilder built = any().as_path({65009}).local_pref(300).med(50);
  built.attributes().originator_id = IpAddress::v4(7);
  built.attributes().cluster_list = {8};
  built.attributes().aigp = 9;
  const PathAttributes advertised = tell(built, ibgp(1), ebgp(65002, 2)).attributes;
  EXPECT_EQ(advertised.as_path.to_string(), "65000 65009");
  EXPECT_FALSE(advertised.local_pref);
  EXPECT_FALSE(advertised.med);  // RFC 4271 section 5.1.4
  EXPECT_FALSE(advertised.originator_id);
  EXPECT_TRUE(advertised.cluster_list.empty());
  EXPECT_FALSE(advertised.aigp);
}

TEST(TowardsEbgp, PolicyMayWriteMedButNeverLocalPref) {
  Session target = ebgp(65002, 2);
  policy::ActionSource actions;
  actions.med = {policy::SetNumber::Op::Set, 70};
  actions.local_pref = {policy::SetNumber::Op::Set, 500};
  target.export_.policies = accept_with(actions);
  const PathAttributes advertised = tell(any().med(50), ebgp(65001, 1), target).attributes;
  EXPECT_EQ(advertised.med, 70U);
  EXPECT_FALSE(advertised.local_pref);  // RFC 4271 section 5.1.5: not to external peers
  target.facts.kind = PeerKind::RouteServerClient;
  EXPECT_FALSE(tell(any(), ebgp(65001, 1), target).attributes.local_pref);
}

TEST(TowardsEbgp, PolicySeesThePathAsItStandsInTheTable) {
  Session target = ebgp(65002, 2);
  policy::TermSource backup;
  backup.match.local_pref = {{0, 99}};
  backup.then = policy::TermSource::Then::Reject;
  policy::TermSource rest;
  rest.then = policy::TermSource::Then::Accept;
  target.export_.policies = chain({backup, rest});
  EXPECT_EQ(tell(any().local_pref(50), ibgp(1), target).withheld, Withheld::Policy);
  EXPECT_EQ(tell(any().local_pref(200), ibgp(1), target).withheld, Withheld::No);
}

TEST(TowardsEbgp, NonTransitiveExtendedCommunitiesStay) {
  RouteBuilder built = any();
  built.attributes().extended_communities = {{0x0002FDE800000001U}, {0x4004FDE800000001U}};
  EXPECT_EQ(tell(built, ebgp(65001, 1), ebgp(65002, 2)).attributes.extended_communities,
            (std::vector<ExtendedCommunity>{{0x0002FDE800000001U}}));
  EXPECT_EQ(tell(built, ebgp(65001, 1), ibgp(2)).attributes.extended_communities.size(), 2U);
}

TEST(TowardsEbgp, PrivateAsnsCanBeRemoved) {
  Session target = ebgp(64999, 2);
  target.export_.remove_private_asns = true;
  target.facts.local_asn = 3333;
  const RouteBuilder built = any().as_path({65001, 1299, 4200000001U, 174});
  EXPECT_EQ(tell(built, ebgp(65001, 1), target).attributes.as_path.to_string(), "3333 1299 174");
  target.facts.kind = PeerKind::Ibgp;  // not on the inside
  EXPECT_EQ(tell(built, ebgp(65001, 1), target).attributes.as_path,
            built.of(ebgp(65001, 1).facts).as_path);
  target.facts.kind = PeerKind::Ebgp;
  const RouteBuilder only_private = any().as_path({65001});
  EXPECT_EQ(tell(only_private, ebgp(65001, 1), target).attributes.as_path.to_string(), "3333");
}

// Without its own AS, the neighbor could not detect the loop (RFC 4271 section 9.1.2).
TEST(TowardsEbgp, RemovedPrivateAsnsAreNotTheNeighborsOwn) {
  Session target = ebgp(65013, 2);
  target.export_.remove_private_asns = true;
  target.facts.local_asn = 3333;
  const RouteBuilder built = any().as_path({65001, 65013, 1299});
  EXPECT_EQ(tell(built, ebgp(65001, 1), target).attributes.as_path.to_string(), "3333 65013 1299");
}

// RFC 6996: 64512 to 65534 and 4200000000 to 4294967294, without the last ASN of either kind (RFC
// 7300).
TEST(TowardsEbgp, RemovedPrivateAsnsAreThoseOfTheirRegistry) {
  Session target = ebgp(3, 2);
  target.export_.remove_private_asns = true;
  target.facts.local_asn = 3333;
  const RouteBuilder built = any().as_path(
      {64511, 64512, 65534, 65535, 4199999999U, 4200000000U, 4294967294U, 4294967295U});
  EXPECT_EQ(tell(built, ebgp(1, 1), target).attributes.as_path.to_string(),
            "3333 64511 65535 4199999999 4294967295");
}

TEST(TowardsARouteServerClient, APrependBringsNoPrivateAsnBack) {
  Session target = route_server_client(64999, 2);
  target.export_.remove_private_asns = true;
  target.export_.control =
      std::make_shared<const policy::ControlCommunities>(policy::ControlSource{kOurAsn});
  const Session source = route_server_client(65001, 1);
  const RouteBuilder built = any().as_path({65001, 1299});
  EXPECT_EQ(tell(built, kWhere, source, target, {}, 2).attributes.as_path.to_string(), "1299");
}

// RFC 5065 section 4.1; an iBGP peer may be a member, and its segments are malformed elsewhere.
TEST(TowardsEbgp, ConfederationSegmentsStayInside) {
  RouteBuilder built = any().as_path({100, 200});
  built.attributes().as_path = AsPath({{AsSegment::Type::ConfedSequence, {65100}},
                                       {AsSegment::Type::Sequence, {100, 200}},
                                       {AsSegment::Type::ConfedSet, {65101}}});
  const Session inside = ibgp(1);
  const auto path = [&](const Session& target) {
    return tell(built, inside, target).attributes.as_path.to_string();
  };
  EXPECT_EQ(path(route_server_client(65002, 2)), "100 200");
  const Session outside = ebgp(65002, 2);
  EXPECT_EQ(path(outside), std::to_string(outside.facts.local_asn) + " 100 200");
  EXPECT_EQ(path(reflector_client(3)), "(65100) 100 200 [65101]");
}

TEST(TowardsEbgp, CommunitiesCanBeKeptBack) {
  Session target = ebgp(65002, 2);
  RouteBuilder built = any().community(Community::of(65001, 1)).large({65001, 1, 1});
  built.attributes().extended_communities = {{0x0002FDE800000001U}};
  EXPECT_EQ(tell(built, ebgp(65001, 1), target).attributes.communities.size(), 1U);
  target.export_.send_communities = false;
  const PathAttributes advertised = tell(built, ebgp(65001, 1), target).attributes;
  EXPECT_TRUE(advertised.communities.empty());
  EXPECT_TRUE(advertised.extended_communities.empty());
  EXPECT_TRUE(advertised.large_communities.empty());
}

TEST(TowardsEbgp, AigpCrossesOnlyWhereConfigured) {
  RouteBuilder built = any();
  built.attributes().aigp = 40;
  Session target = ebgp(65002, 2);
  EXPECT_FALSE(tell(built, ebgp(65001, 1), target).attributes.aigp);
  target.export_.aigp = true;
  EXPECT_EQ(tell(built, ebgp(65001, 1), target).attributes.aigp, 40U);
}

policy::Chain with_aigp(std::uint32_t aigp) {
  policy::ActionSource actions;
  actions.aigp = policy::SetNumber{policy::SetNumber::Op::Set, aigp};
  return accept_with(actions);
}

// RFC 7311 section 3.4: the way from the new next hop to the former one is added.
TEST(TowardsIbgp, AigpGrowsByTheWayToTheNextHopThatIsReplaced) {
  RouteBuilder built = any();
  built.attributes().aigp = 40;
  Session target = ibgp(2);
  target.export_.aigp = true;
  const InteriorCost cost = 100;
  EXPECT_EQ(tell(built, kWhere, ebgp(65001, 1), target, {}, 0, cost).attributes.aigp, 40U);
  target.export_.next_hop_self = true;
  EXPECT_EQ(tell(built, kWhere, ebgp(65001, 1), target, {}, 0, cost).attributes.aigp, 140U);
  target.export_.policies = with_aigp(7);
  EXPECT_EQ(tell(built, kWhere, ebgp(65001, 1), target, {}, 0, cost).attributes.aigp, 7U);
}

// RFC 7311 section 3.3.
TEST(TowardsEbgp, NoPolicySendsAigpWhereItIsDisabled) {
  Session target = ebgp(65002, 2);
  target.export_.policies = with_aigp(7);
  EXPECT_FALSE(tell(any(), ebgp(65001, 1), target).attributes.aigp);
  target.export_.aigp = true;
  EXPECT_EQ(tell(any(), ebgp(65001, 1), target).attributes.aigp, 7U);
}

// RFC 7947 section 2.2: AS_PATH, NEXT_HOP, MED and communities pass untouched.
TEST(TowardsARouteServerClient, ThePathIsTransparent) {
  RouteBuilder built = any()
                           .as_path({65001, 65009})
                           .med(50)
                           .community(Community::of(65001, 7))
                           .next_hop("192.0.2.1");
  const Session source = route_server_client(65001, 1);
  const PathAttributes advertised = tell(built, source, route_server_client(65002, 2)).attributes;
  EXPECT_EQ(advertised, built.of(source.facts));
}

TEST(TowardsIbgp, LocalPrefIsAlwaysThere) {
  const PathAttributes advertised = tell(any().med(50), ebgp(65001, 1), ibgp(2)).attributes;
  EXPECT_EQ(advertised.local_pref, 100U);
  EXPECT_EQ(advertised.med, 50U);
  EXPECT_EQ(advertised.as_path.to_string(), "65001");  // not prepended
  EXPECT_FALSE(advertised.originator_id);              // learned outside: not reflected
  EXPECT_TRUE(advertised.cluster_list.empty());
  EXPECT_EQ(tell(any().local_pref(300), ibgp(1), reflector_client(2)).attributes.local_pref, 300U);
}

// RFC 4456 section 8
TEST(TowardsIbgp, ReflectionNamesOriginatorAndCluster) {
  const PathAttributes first = tell(any(), reflector_client(1), ibgp(2)).attributes;
  EXPECT_EQ(first.originator_id, address("10.0.0.1"));
  EXPECT_EQ(first.cluster_list, std::vector<std::uint32_t>{kOurIdentifier});
  RouteBuilder again = any();
  again.attributes().originator_id = address("10.9.9.9");
  again.attributes().cluster_list = {5};
  const PathAttributes second = tell(again, ibgp(1), reflector_client(2)).attributes;
  EXPECT_EQ(second.originator_id, address("10.9.9.9"));
  EXPECT_EQ(second.cluster_list, (std::vector<std::uint32_t>{kOurIdentifier, 5}));
}

// ---- Room in a message

TEST(ExportToPeer, WhatFitsNoMessageIsTooLarge) {
  const Session source = route_server_client(65001, 1);
  Session target = route_server_client(65002, 2);
  RouteBuilder large = any();
  for (std::uint16_t n = 0; n < 1500; ++n) large.community(Community::of(65001, n));
  const auto withheld = [&] {
    rib::AttributeSet set;
    set.attributes = large.of(source.facts);
    const rib::PeerRank rank{source.facts.kind, 1, source.facts.peer_address};
    PathAttributes out;
    return export_to_peer(unicast(prefix(kWhere)), set, source.facts.slot, rank, target.facts,
                          target.export_, out)
        .withheld;
  };
  EXPECT_EQ(withheld(), Withheld::TooLarge);
  EXPECT_EQ(to_string(Withheld::TooLarge), "too-large");
  target.facts.max_message = 65535;  // RFC 8654
  EXPECT_EQ(withheld(), Withheld::No);
  target.facts.max_message = 4096;
  target.export_.send_communities = false;
  EXPECT_EQ(withheld(), Withheld::No);
}

// ---- Control communities of a route server

Session controlled(Session target) {
  target.export_.control =
      std::make_shared<const policy::ControlCommunities>(policy::ControlSource{kOurAsn});
  return target;
}

Advertised tell(const RouteBuilder& built, const Session& source, const Session& target,
                std::uint8_t control_prepend) {
  return tell(built, kWhere, source, target, {}, control_prepend);
}

// RFC 8326 section 4.2: nothing takes the mark away.
TEST(Drained, EbgpNeighborsGetTheCommunity) {
  for (Session target : {ebgp(65002, 2), route_server_client(65002, 2)}) {
    target.export_.drained = true;
    target.export_.send_communities = false;
    const RouteBuilder built = any().community(Community{0xFDE80001});
    const auto advertised = tell(built, ebgp(65001, 1), target);
    EXPECT_EQ(advertised.attributes.communities, std::vector{kGracefulShutdown});
    target.export_.send_communities = true;
    const auto marked = tell(any().community(kGracefulShutdown), ebgp(65001, 1), target);
    EXPECT_EQ(marked.attributes.communities, std::vector{kGracefulShutdown});
  }
}

TEST(Drained, IbgpNeighborsGetALocalPref) {
  Session target = ibgp(2);
  target.export_.drained = true;
  const auto advertised = tell(any(), ebgp(65001, 1), target);
  EXPECT_EQ(advertised.attributes.local_pref, 0U);
  EXPECT_TRUE(advertised.attributes.communities.empty());
}

TEST(ControlCommunities, ReachNobody) {
  const RouteBuilder built = any()
                                 .community(Community::of(0, 65009))
                                 .community(Community::of(65001, 7))
                                 .large({kOurAsn, 101, 65009})
                                 .large({kOurAsn, 1000, 4});
  for (const Session& target : {route_server_client(65002, 2), ebgp(65002, 2)}) {
    const PathAttributes advertised = tell(built, ebgp(65001, 1), controlled(target)).attributes;
    EXPECT_EQ(advertised.communities, std::vector{Community::of(65001, 7)});
    EXPECT_EQ(advertised.large_communities, (std::vector<LargeCommunity>{{kOurAsn, 1000, 4}}));
    const PathAttributes untouched = tell(built, ebgp(65001, 1), target).attributes;
    EXPECT_EQ(untouched.communities.size(), 2U);  // without rules: communities like others
    EXPECT_EQ(untouched.large_communities.size(), 2U);
  }
}

TEST(ControlCommunities, AreThereForPolicy) {
  policy::TermSource to_nobody;
  to_nobody.match.communities = {policy::parse_community_pattern("0:65000").value()};
  to_nobody.then = policy::TermSource::Then::Reject;
  Session target = controlled(route_server_client(65002, 2));
  target.export_.policies = chain({to_nobody});
  EXPECT_EQ(tell(any().community(Community::of(0, kOurAsn)), ebgp(65001, 1), target).withheld,
            Withheld::Policy);
}

TEST(ControlCommunities, PrependTheMemberTowardsAClient) {
  const Session source = route_server_client(65001, 1);
  const Session target = controlled(route_server_client(65002, 2));
  const RouteBuilder built = any().as_path({65001, 65009});
  EXPECT_EQ(tell(built, source, target, 0).attributes.as_path.to_string(), "65001 65009");
  EXPECT_EQ(tell(built, source, target, 1).attributes.as_path.to_string(), "65001 65001 65009");
  EXPECT_EQ(tell(built, source, target, 3).attributes.as_path.to_string(),
            "65001 65001 65001 65001 65009");
  // A path of our own has no member.
  EXPECT_TRUE(tell(any().as_path({}), ibgp(1), target, 2).attributes.as_path.empty());
}

TEST(ControlCommunities, PrependUsTowardsOthers) {
  const Session source = route_server_client(65001, 1);
  EXPECT_EQ(tell(any(), source, controlled(ebgp(65002, 2)), 2).attributes.as_path.to_string(),
            "65000 65000 65000 65001");
  EXPECT_EQ(tell(any(), source, controlled(ibgp(2)), 2).attributes.as_path.to_string(), "65001");
}

TEST(ControlCommunities, PrependNothingWhereTheyAreNotInterpreted) {
  const Session source = route_server_client(65001, 1);
  for (const Session& target : {route_server_client(65002, 2), ebgp(65002, 2)}) {
    EXPECT_EQ(tell(any(), source, target, 3).attributes, tell(any(), source, target).attributes);
  }
}

TEST(TowardsAnyone, UnknownAttributesPass) {
  RouteBuilder built = any();
  built.attributes().unknown = {{0xE0, 200, {std::byte{1}, std::byte{2}}}};
  for (const Session& target :
       {ebgp(65002, 2), route_server_client(65002, 2), ibgp(2), reflector_client(2)}) {
    EXPECT_EQ(tell(built, ebgp(65001, 1), target).attributes.unknown, built.attributes().unknown);
  }
}

}  // namespace
}  // namespace tern::pipeline
