// Two neighbours that cannot agree: the OPEN is refused with the right words, the tries get rarer,
// and a corrected configuration brings the session up.
#include <gtest/gtest.h>

#include "tests/unit/fsm/fake_network.h"

namespace tern::fsm {
namespace {

using std::chrono::seconds;

struct Disagreement {
  const char* name;
  void (*arrange)(FsmConfig& a, FsmConfig& b);
  std::uint8_t subcode;
  const char* text;  // as A tells it
};

const Disagreement kDisagreements[] = {
    {"AS", [](FsmConfig& a, FsmConfig&) { a.expected.asns = {65009}; },
     wire::open_error::kBadPeerAs,
     "sent OPEN Message Error/Bad Peer AS: peer says AS 65002, expected AS 65009"},
    {"AS0", [](FsmConfig&, FsmConfig& b) { b.local.asn = 0; }, wire::open_error::kBadPeerAs,
     "sent OPEN Message Error/Bad Peer AS: peer says AS 0"},
    {"Identifier", [](FsmConfig&, FsmConfig& b) { b.local.identifier = 0; },
     wire::open_error::kBadIdentifier,
     "sent OPEN Message Error/Bad BGP Identifier: peer's identifier is 0"},
    {"IdentifierWithinAnAs",
     [](FsmConfig& a, FsmConfig& b) {
       b.local = a.local;
       a.expected.asns = b.expected.asns = {kOurAsn};
     },
     wire::open_error::kBadIdentifier,
     "sent OPEN Message Error/Bad BGP Identifier: peer's identifier is our own"},
    {"HoldTime", [](FsmConfig&, FsmConfig& b) { b.local.hold_time_seconds = 2; },
     wire::open_error::kUnacceptableHoldTime,
     "sent OPEN Message Error/Unacceptable Hold Time: peer wants a hold time of 2 s"},
    {"Families", [](FsmConfig& a, FsmConfig&) { a.local.families = {Family::Ipv6Unicast}; },
     wire::open_error::kUnsupportedCapability,
     "sent OPEN Message Error/Unsupported Capability: no address family in common"},
    {"Roles", [](FsmConfig& a, FsmConfig& b) { a.local.role = b.local.role = Role::Provider; },
     wire::open_error::kRoleMismatch,
     "sent OPEN Message Error/Role Mismatch: peer is provider, we are provider"},
    {"StrictRole",
     [](FsmConfig& a, FsmConfig&) {
       a.local.role = Role::Customer;
       a.local.role_strict = true;
     },
     wire::open_error::kRoleMismatch, "sent OPEN Message Error/Role Mismatch: peer has no role"},
};

class Refusal : public testing::TestWithParam<Disagreement> {};
INSTANTIATE_TEST_SUITE_P(EveryReason, Refusal, testing::ValuesIn(kDisagreements),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(Refusal, IsToldAndTriedEverLessOften) {
  FsmConfig a = our_config();
  FsmConfig b = peer_config();
  b.passive = true;
  a.delay_open = seconds{1};  // so that A hears first, and B need not judge A
  GetParam().arrange(a, b);
  b.expected.asns = {a.local.asn};
  FakeNetwork network(a, b);
  network.start(B);
  network.start(A);
  network.run_for(seconds{1});
  EXPECT_EQ(network.fsm(A).state(), State::Idle);
  EXPECT_EQ(network.fsm(A).last_down().kind, DownReason::Kind::NotificationSent);
  EXPECT_EQ(network.fsm(A).last_down().text, GetParam().text);
  ASSERT_FALSE(network.notified(B).empty());
  EXPECT_EQ(network.notified(B).front().code, wire::ErrorCode::OpenMessage);
  EXPECT_EQ(network.notified(B).front().subcode, GetParam().subcode);
  EXPECT_EQ(network.fsm(A).refuse_incoming()->subcode, wire::cease::kConnectionRejected);

  // 5 s doubling to 120 s: half a dozen tries in the first minutes, then one in two minutes.
  network.run_for(seconds{300});
  const std::size_t first = network.notified(B).size();
  EXPECT_GE(first, 4U);
  EXPECT_LE(first, 9U);
  network.run_for(seconds{1200});
  EXPECT_GE(network.notified(B).size() - first, 5U);
  EXPECT_LE(network.notified(B).size() - first, 20U);
  EXPECT_EQ(network.fsm(A).flaps(), 0U);

  network.power_off(B);
  network.power_on(B, peer_config());
  network.start(B);
  network.handle(A, ManualStop{wire::Notification::administrative(wire::cease::kAdministrativeReset,
                                                                  "corrected")});
  network.power_off(A);
  network.power_on(A, our_config());
  network.start(A);
  EXPECT_TRUE(network.run_until_established(seconds{10}));
}

// Two speakers that are both active and refuse each other do not storm either.
TEST(TwoPeers, RefusingEachOtherIsDampedToo) {
  FsmConfig a = our_config();
  FsmConfig b = peer_config();
  a.expected.asns = b.expected.asns = {65009};
  FakeNetwork network(a, b);
  network.start(A);
  network.start(B);
  network.run_for(seconds{1200});
  EXPECT_LE(network.notified(A).size(), 60U);
  EXPECT_LE(network.notified(B).size(), 60U);
  network.handle(A, ManualStop{});
  network.handle(B, ManualStop{});
  EXPECT_EQ(network.running_timers(A) + network.running_timers(B), 0U);
}

TEST(TwoPeers, RolesThatMatchComeUp) {
  FsmConfig a = our_config();
  FsmConfig b = peer_config();
  a.local.role = Role::RouteServer;
  a.local.role_strict = true;
  b.local.role = Role::RouteServerClient;
  FakeNetwork network(a, b);
  network.start(A);
  network.start(B);
  ASSERT_TRUE(network.run_until_established(seconds{1}));
  EXPECT_EQ(network.negotiated(A).peer_role, Role::RouteServerClient);
  EXPECT_EQ(network.negotiated(B).peer_role, Role::RouteServer);
}

TEST(TwoPeers, EqualIdentifiersInDifferentAsesComeUp) {  // RFC 6286
  FsmConfig a = our_config();
  FsmConfig b = peer_config();
  b.local.identifier = a.local.identifier;
  FakeNetwork network(a, b);
  network.start(A);
  network.start(B);
  ASSERT_TRUE(network.run_until_established(seconds{1}));
  EXPECT_EQ(network.fsm(B).established(), Conn::Outgoing) << "the higher AS keeps its connection";
}

TEST(TwoPeers, OnlyTheFamiliesOfBothAreSpoken) {
  FsmConfig a = our_config();
  FsmConfig b = peer_config();
  a.local.families = {Family::Ipv4Unicast, Family::Ipv6Unicast};
  b.local.families = {Family::Ipv6Unicast};
  FakeNetwork network(a, b);
  network.start(A);
  network.start(B);
  ASSERT_TRUE(network.run_until_established(seconds{1}));
  EXPECT_EQ(network.negotiated(A).families, FamilySet{Family::Ipv6Unicast});
  EXPECT_EQ(network.negotiated(B).families, FamilySet{Family::Ipv6Unicast});
}

}  // namespace
}  // namespace tern::fsm
