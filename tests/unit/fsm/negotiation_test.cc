// What two OPENs agree on, capability by capability, and what is refused.
#include "bgpd/fsm/negotiation.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/fsm/transcript.h"

namespace tern::fsm {
namespace {

using wire::AddPathMode;

struct Pair {
  LocalOpen ours = our_config().local;
  LocalOpen theirs = peer_config().local;
  [[nodiscard]] Negotiated result() const { return negotiate(ours, make_open(theirs)); }
};

// How to switch a capability, and whether a negotiation has it.
struct Switch {
  const char* name;
  std::function<void(LocalOpen&, bool)> set;
  std::function<bool(const Negotiated&)> agreed;
};

// Capabilities that count when both sides have them.
const Switch kMutual[] = {
    {"four_octet_as", [](LocalOpen& o, bool on) { o.four_octet_as = on; },
     [](const Negotiated& n) { return n.four_octet_as; }},
    {"enhanced_route_refresh", [](LocalOpen& o, bool on) { o.enhanced_route_refresh = on; },
     [](const Negotiated& n) { return n.enhanced_route_refresh; }},
    {"extended messages out", [](LocalOpen& o, bool on) { o.extended_message = on; },
     [](const Negotiated& n) { return n.extended_message_send && n.max_message() == 65535; }},
    {"ipv6-unicast",
     [](LocalOpen& o, bool on) {
       if (on) o.families.insert(Family::Ipv6Unicast);
     },
     [](const Negotiated& n) { return n.families.contains(Family::Ipv6Unicast); }},
    {"extended next hops out",
     [](LocalOpen& o, bool on) {
       if (on) o.extended_next_hop.insert(Family::Ipv4Unicast);
     },
     [](const Negotiated& n) { return n.extended_next_hop_send.contains(Family::Ipv4Unicast); }},
    {"add_path",
     [](LocalOpen& o, bool on) {
       o.add_path[index(Family::Ipv4Unicast)] = on ? AddPathMode::Both : AddPathMode::None;
     },
     [](const Negotiated& n) {
       return n.add_path_receive == FamilySet{Family::Ipv4Unicast} &&
              n.add_path_send == FamilySet{Family::Ipv4Unicast};
     }},
};

// Capabilities that count for us to receive once we offered them, whatever the peer offers (RFC
// 2918 section 4, RFC 8654 section 4, RFC 8950 section 4).
const Switch kOurs[] = {
    {"requests for a refresh in", [](LocalOpen& o, bool on) { o.route_refresh = on; },
     [](const Negotiated& n) { return n.route_refresh_receive; }},
    {"extended messages in", [](LocalOpen& o, bool on) { o.extended_message = on; },
     [](const Negotiated& n) { return n.extended_message_receive; }},
    {"extended next hops in",
     [](LocalOpen& o, bool on) {
       if (on) o.extended_next_hop.insert(Family::Ipv4Unicast);
     },
     [](const Negotiated& n) { return n.extended_next_hop_receive.contains(Family::Ipv4Unicast); }},
};

TEST(Negotiation, WhatWeOfferWeReceive) {
  for (const Switch& row : kOurs) {
    for (const bool we : {false, true}) {
      for (const bool they : {false, true}) {
        Pair pair;
        row.set(pair.ours, we);
        row.set(pair.theirs, they);
        EXPECT_EQ(row.agreed(pair.result()), we) << row.name << " theirs " << they;
      }
    }
  }
}

TEST(Negotiation, ThePeersRefreshCapabilityLetsUsAsk) {
  for (const bool we : {false, true}) {
    for (const bool they : {false, true}) {
      Pair pair;
      pair.ours.route_refresh = we;
      pair.theirs.route_refresh = they;
      EXPECT_EQ(pair.result().route_refresh_send, they) << "ours " << we;
    }
  }
}

TEST(Negotiation, ACapabilityNeedsBothSides) {
  for (const Switch& row : kMutual) {
    for (const bool we : {false, true}) {
      for (const bool they : {false, true}) {
        Pair pair;
        row.set(pair.ours, we);
        row.set(pair.theirs, they);
        EXPECT_EQ(row.agreed(pair.result()), we && they)
            << row.name << " ours " << we << " theirs " << they;
      }
    }
  }
}

TEST(Negotiation, OurMessagesStaySmallForAPeerThatTakesNoOthers) {
  Pair pair;
  pair.theirs.extended_message = false;
  EXPECT_EQ(pair.result().max_message(), 4096U);
  EXPECT_TRUE(pair.result().extended_message_receive);
}

TEST(Negotiation, EnhancedRefreshNeedsPlainRefresh) {
  Pair pair;
  pair.theirs.route_refresh = false;
  EXPECT_FALSE(pair.result().enhanced_route_refresh);
}

TEST(Negotiation, AddPathIsPerDirection) {
  const AddPathMode modes[] = {AddPathMode::None, AddPathMode::Receive, AddPathMode::Send,
                               AddPathMode::Both};
  for (const AddPathMode we : modes) {
    for (const AddPathMode they : modes) {
      Pair pair;
      pair.ours.add_path[0] = we;
      pair.theirs.add_path[0] = they;
      const Negotiated result = pair.result();
      EXPECT_EQ(result.add_path_receive.contains(Family::Ipv4Unicast),
                wire::can_receive(we) && wire::can_send(they));
      EXPECT_EQ(result.add_path_send.contains(Family::Ipv4Unicast),
                wire::can_send(we) && wire::can_receive(they));
    }
  }
}

TEST(Negotiation, AddPathOfAFamilyThatIsNotNegotiatedIsNothing) {
  Pair pair;
  for (LocalOpen* side : {&pair.ours, &pair.theirs})
    side->add_path[index(Family::Ipv6Unicast)] = AddPathMode::Both;
  wire::OpenMessage open = make_open(pair.theirs);
  open.capabilities.add_paths.push_back({afi_safi(Family::Ipv6Unicast), AddPathMode::Both});
  EXPECT_TRUE(negotiate(pair.ours, open).add_path_send.empty());
}

TEST(Negotiation, ExtendedNextHopIsForIpv4Only) {
  Pair pair;
  for (LocalOpen* side : {&pair.ours, &pair.theirs}) {
    side->families.insert(Family::Ipv6Unicast);
    side->extended_next_hop = {Family::Ipv4Unicast, Family::Ipv6Unicast};
  }
  EXPECT_EQ(pair.result().extended_next_hop_receive, FamilySet{Family::Ipv4Unicast});
  EXPECT_EQ(pair.result().extended_next_hop_send, FamilySet{Family::Ipv4Unicast});
}

TEST(Negotiation, WithoutTheMultiprotocolCapabilityThePeerSpeaksIpv4) {
  Pair pair;
  pair.ours.families.insert(Family::Ipv6Unicast);
  wire::OpenMessage open = make_open(pair.theirs);
  open.capabilities.families.clear();
  EXPECT_EQ(negotiate(pair.ours, open).families, FamilySet{Family::Ipv4Unicast});
}

TEST(Negotiation, FamiliesWeDoNotRouteAreNoAnswer) {
  Pair pair;
  wire::OpenMessage open = make_open(pair.theirs);
  open.capabilities.families = {AfiSafi{25, 70}};  // EVPN
  const auto refusal = refuse_open(pair.ours, {}, open);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->subcode, wire::open_error::kUnsupportedCapability);
  const std::vector<std::byte> ipv4_unicast{std::byte{1}, std::byte{4}, std::byte{0},
                                            std::byte{1}, std::byte{0}, std::byte{1}};
  EXPECT_EQ(refusal->data, ipv4_unicast);
}

TEST(Negotiation, TheSmallerHoldTimeCounts) {
  struct Row {
    std::uint16_t ours, theirs, hold, keepalive;
  };
  for (const Row& row :
       {Row{90, 180, 90, 30}, Row{180, 90, 90, 30}, Row{3, 90, 3, 1}, Row{4, 4, 4, 1},
        Row{0, 90, 0, 0}, Row{90, 0, 0, 0}, Row{65535, 65535, 65535, 21845}}) {
    Pair pair;
    pair.ours.hold_time_seconds = row.ours;
    pair.theirs.hold_time_seconds = row.theirs;
    EXPECT_EQ(pair.result().hold_time_seconds, row.hold);
    EXPECT_EQ(pair.result().keepalive_seconds, row.keepalive);
  }
}

TEST(Negotiation, WhatThePeerSaysOfItselfIsKept) {
  Pair pair;
  pair.theirs.role = Role::Customer;
  pair.theirs.fqdn = wire::Fqdn{"edge1", "example.net"};
  pair.theirs.graceful_restart = wire::GracefulRestart{true, true, 120, {}};
  pair.theirs.long_lived_graceful_restart = wire::LongLivedGracefulRestart{};
  const Negotiated result = pair.result();
  EXPECT_EQ(result.peer_asn, kPeerAsn);
  EXPECT_EQ(result.peer_identifier, kPeerId);
  EXPECT_EQ(result.peer_role, Role::Customer);
  EXPECT_EQ(result.peer_fqdn, pair.theirs.fqdn);
  EXPECT_EQ(result.peer_graceful_restart, pair.theirs.graceful_restart);
  EXPECT_TRUE(result.peer_long_lived_graceful_restart);
}

TEST(Negotiation, LongLivedRestartAloneIsIgnored) {
  Pair pair;
  pair.theirs.long_lived_graceful_restart = wire::LongLivedGracefulRestart{};
  EXPECT_FALSE(pair.result().peer_long_lived_graceful_restart);
}

TEST(MakeOpen, AFourOctetAsStandsBehindAsTrans) {
  LocalOpen local = our_config().local;
  local.asn = 4200000001;
  const wire::OpenMessage open = make_open(local);
  EXPECT_EQ(open.my_as, kAsTrans);
  EXPECT_EQ(open.asn(), 4200000001U);
  EXPECT_EQ(make_open(our_config().local).my_as, kOurAsn);
}

TEST(MakeOpen, SaysExactlyWhatIsConfigured) {
  LocalOpen local = our_config().local;
  local.families = {Family::Ipv4Unicast, Family::Ipv6Unicast};
  local.add_path[index(Family::Ipv6Unicast)] = AddPathMode::Send;
  local.extended_next_hop = {Family::Ipv4Unicast};
  local.role = Role::Peer;
  wire::Capabilities expected;
  expected.families = {{1, 1}, {2, 1}};
  expected.add_paths = {{{2, 1}, AddPathMode::Send}};
  expected.extended_next_hops = {{{1, 1}, 2}};
  expected.route_refresh = expected.enhanced_route_refresh = expected.extended_message = true;
  expected.four_octet_as = kOurAsn;
  expected.role = Role::Peer;
  EXPECT_EQ(make_open(local).capabilities, expected);
}

// ---- refuse_open

struct Refused {
  const char* name;
  std::function<void(LocalOpen&, ExpectedPeer&, wire::OpenMessage&)> arrange;
  std::optional<std::uint8_t> subcode;  // nothing: accepted
};

using Expected = ExpectedPeer;
using Open = wire::OpenMessage;

void become(Open& open, Asn asn) {
  open.my_as = static_cast<std::uint16_t>(asn > 0xFFFF ? kAsTrans : asn);
  open.capabilities.four_octet_as = asn;
}

const Refused kOpens[] = {
    {"a good one", [](LocalOpen&, Expected&, Open&) {}, {}},
    {"version 3", [](LocalOpen&, Expected&, Open& o) { o.version = 3; }, 1},
    {"version 5", [](LocalOpen&, Expected&, Open& o) { o.version = 5; }, 1},
    {"another AS", [](LocalOpen&, Expected&, Open& o) { become(o, 65009); }, 2},
    {"AS 0", [](LocalOpen&, Expected&, Open& o) { become(o, 0); }, 2},
    {"AS 0 in the capability",
     [](LocalOpen&, Expected&, Open& o) { o.capabilities.four_octet_as = 0; }, 2},
    {"AS 0 in the header only", [](LocalOpen&, Expected&, Open& o) { o.my_as = 0; }, 2},
    {"any external AS",
     [](LocalOpen&, Expected& e, Open& o) {
       e.asns.clear();
       become(o, 4200000001);
     },
     {}},
    {"our AS where external is wanted",
     [](LocalOpen&, Expected& e, Open& o) {
       e.asns.clear();
       become(o, kOurAsn);
     },
     2},
    {"AS_TRANS where any is welcome",
     [](LocalOpen&, Expected& e, Open& o) {
       e.asns.clear();
       o.my_as = kAsTrans;
       o.capabilities.four_octet_as.reset();
     },
     2},
    {"one of two ASes",
     [](LocalOpen&, Expected& e, Open&) {
       e.asns = {65009, kPeerAsn};
     },
     {}},
    {"identifier 0", [](LocalOpen&, Expected&, Open& o) { o.identifier = 0; }, 3},
    {"our identifier on eBGP", [](LocalOpen&, Expected&, Open& o) { o.identifier = kOurId; }, {}},
    {"our identifier on iBGP",
     [](LocalOpen&, Expected& e, Open& o) {
       e.asns = {kOurAsn};
       become(o, kOurAsn);
       o.identifier = kOurId;
     },
     3},
    {"hold time 0", [](LocalOpen&, Expected&, Open& o) { o.hold_time_seconds = 0; }, {}},
    {"hold time 1", [](LocalOpen&, Expected&, Open& o) { o.hold_time_seconds = 1; }, 6},
    {"hold time 2", [](LocalOpen&, Expected&, Open& o) { o.hold_time_seconds = 2; }, 6},
    {"hold time 3", [](LocalOpen&, Expected&, Open& o) { o.hold_time_seconds = 3; }, {}},
    {"no family in common",
     [](LocalOpen& l, Expected&, Open&) { l.families = {Family::Ipv6Unicast}; }, 7},
    {"two roles", [](LocalOpen&, Expected&, Open& o) { o.capabilities.role_conflict = true; }, 11},
    {"no role under strict mode",
     [](LocalOpen& l, Expected&, Open&) {
       l.role = Role::Peer;
       l.role_strict = true;
     },
     11},
    {"no role without strict mode",
     [](LocalOpen& l, Expected&, Open&) { l.role = Role::Peer; },
     {}},
    {"a role where we have none",
     [](LocalOpen&, Expected&, Open& o) { o.capabilities.role = Role::Peer; },
     {}},
    {"clashing roles on iBGP",
     [](LocalOpen& l, Expected& e, Open& o) {
       e.asns = {kOurAsn};
       become(o, kOurAsn);
       l.role = Role::Peer;
       o.capabilities.role = Role::Provider;
     },
     {}},
};

TEST(RefuseOpen, EachReasonHasItsSubcode) {
  for (const Refused& row : kOpens) {
    LocalOpen local = our_config().local;
    ExpectedPeer expected = our_config().expected;
    wire::OpenMessage open = peer_open();
    row.arrange(local, expected, open);
    const auto refusal = judge_open(local, expected, open);
    ASSERT_EQ(refusal.has_value(), row.subcode.has_value()) << row.name;
    const auto answer = refuse_open(local, expected, open);
    EXPECT_EQ(answer.has_value(), row.subcode.has_value()) << row.name;
    if (!refusal) continue;
    EXPECT_EQ(refusal->notification, *answer) << row.name;
    EXPECT_EQ(answer->code, wire::ErrorCode::OpenMessage) << row.name;
    EXPECT_EQ(answer->subcode, *row.subcode) << row.name;
    EXPECT_FALSE(refusal->why.empty()) << row.name;
  }
}

TEST(RefuseOpen, ABadVersionIsToldOurs) {
  wire::OpenMessage open = peer_open();
  open.version = 3;
  const auto refusal = refuse_open(our_config().local, our_config().expected, open);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->data, (std::vector<std::byte>{std::byte{0}, std::byte{4}}));
}

TEST(RefuseOpen, SaysWhatWasExpected) {
  wire::OpenMessage open = peer_open();
  become(open, 65009);
  EXPECT_EQ(judge_open(our_config().local, {{kPeerAsn}, {}}, open)->why,
            "peer says AS 65009, expected AS 65002");
  EXPECT_EQ(judge_open(our_config().local, {{kPeerAsn, 1, 2}, {}}, open)->why,
            "peer says AS 65009, expected AS 65002 or 2 more");
}

// RFC 9234 section 4.2, table 2; everything else is a mismatch.
TEST(RefuseOpen, OnlyTheFivePairsOfRolesMatch) {
  const Role roles[] = {Role::Provider, Role::RouteServer, Role::RouteServerClient, Role::Customer,
                        Role::Peer};
  int accepted = 0;
  for (const Role ours : roles) {
    for (const Role theirs : roles) {
      LocalOpen local = our_config().local;
      local.role = ours;
      wire::OpenMessage open = peer_open();
      open.capabilities.role = theirs;
      const bool match = (ours == Role::Provider && theirs == Role::Customer) ||
                         (ours == Role::Customer && theirs == Role::Provider) ||
                         (ours == Role::RouteServer && theirs == Role::RouteServerClient) ||
                         (ours == Role::RouteServerClient && theirs == Role::RouteServer) ||
                         (ours == Role::Peer && theirs == Role::Peer);
      EXPECT_EQ(!refuse_open(local, our_config().expected, open), match)
          << to_string(ours) << " and " << to_string(theirs);
      accepted += match ? 1 : 0;
    }
  }
  EXPECT_EQ(accepted, 5);
}

// RFC 4271 section 6.8: the connection of the higher identifier survives; RFC 6286 section 2.3: of
// equal ones the higher AS.
TEST(Collision, TheHigherIdentifierThenTheHigherAsSurvives) {
  EXPECT_TRUE(ours_survives_collision(2, 1, 1, 9));
  EXPECT_FALSE(ours_survives_collision(1, 9, 2, 1));
  EXPECT_TRUE(ours_survives_collision(1, 9, 1, 8));
  EXPECT_FALSE(ours_survives_collision(1, 8, 1, 9));
  EXPECT_TRUE(ours_survives_collision(0xC0000201, 1, 0x0A000001, 2)) << "unsigned, host order";
}

}  // namespace
}  // namespace tern::fsm
