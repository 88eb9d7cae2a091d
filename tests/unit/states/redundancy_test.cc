// The state single-homed: which connection or PoP is missing, and by whom.
#include "bgpd/states/examination.h"
#include "examined.h"

namespace tern::states {
namespace {

constexpr PeerSlot kEdge1b = 5;

TEST_F(ExaminationTest, TwoRoutersOfAPartnerAreRedundant) {
  registration_.partners = {kPartner};
  peers_.set(kEdge1b, facts_of("192.0.2.11", "edge-1b", kPartner));
  route(kEdge1, "1299 3320").best = true;
  route(kEdge1b, "1299 3320").pin = pin_rank(0, 0);
  EXPECT_EQ(names(examined()), "healthy active-on-primary");

  routes_.pop_back();
  const Findings lost = examined();
  EXPECT_EQ(names(lost), "not-received active-on-primary single-homed");
  EXPECT_EQ(why(lost, State::SingleHomed), "one connection: edge-1b has no route in service");
  ASSERT_TRUE(lost.lost);
  EXPECT_EQ(lost.lost->neighbor, "edge-1b");
  EXPECT_EQ(lost.lost->cause, "session-down 192.0.2.11");
  EXPECT_FALSE(lost.lost->maintenance);
}

TEST_F(ExaminationTest, TwoSessionsWithOneRouterAreOneConnection) {
  registration_.partners = {kPartner};
  PeerFacts first = facts_of("192.0.2.1", "edge-1", kPartner);
  PeerFacts second = facts_of("192.0.2.11", "edge-1b", kPartner);
  first.router = second.router = 7;
  peers_.set(kEdge1, first);
  peers_.set(kEdge1b, second);
  route(kEdge1, "1299 3320").best = true;
  route(kEdge1b, "1299 3320").pin = pin_rank(0, 0);
  const Findings found = examined();
  EXPECT_EQ(names(found), "healthy active-on-primary single-homed");
  EXPECT_FALSE(found.lost) << "no second router is configured";
  EXPECT_EQ(why(found, State::SingleHomed), "") << "a prefix that is so by design keeps no text";
}

TEST_F(ExaminationTest, MaintenanceTakesRedundancyAwayAndIsNoFault) {
  registration_.partners = {kPartner};
  PeerFacts second = facts_of("192.0.2.11", "edge-1b", kPartner);
  second.drain = PeerFacts::Drain::Neighbor;
  peers_.set(kEdge1b, second);
  route(kEdge1, "1299 3320").best = true;
  route(kEdge1b, "1299 3320").pin = leaving(pin_rank(0, 0));
  const Findings drained = examined();
  EXPECT_EQ(names(drained), "healthy active-on-primary single-homed");
  EXPECT_EQ(why(drained, State::SingleHomed), "one connection: edge-1b is drained");
  ASSERT_TRUE(drained.lost);
  EXPECT_TRUE(drained.lost->maintenance);
  EXPECT_EQ(drained.lost->cause, "neighbor-drained 192.0.2.11");

  second.drain = PeerFacts::Drain::Pop;
  peers_.set(kEdge1b, second);
  EXPECT_EQ(examined().lost.value().cause, "pop-drained pop");

  second.drain = PeerFacts::Drain::None;
  second.shut_down = true;
  peers_.set(kEdge1b, second);
  routes_.pop_back();
  const Findings shut = examined();
  EXPECT_EQ(names(shut), "healthy active-on-primary single-homed");
  EXPECT_EQ(why(shut, State::SingleHomed), "one connection: edge-1b is shut down");
  EXPECT_TRUE(shut.lost.value().maintenance);

  second.held_by_limit = true;
  peers_.set(kEdge1b, second);
  const Findings held = examined();
  EXPECT_EQ(why(held, State::SingleHomed), "one connection: edge-1b sent too many prefixes");
  EXPECT_FALSE(held.lost.value().maintenance);
  EXPECT_EQ(held.lost->cause, "prefix-limit 192.0.2.11");
}

// Else the fault would be an example of the drain, which may last for weeks.
TEST_F(ExaminationTest, AFaultCountsBeforeMaintenance) {
  constexpr PeerSlot kEdge1c = 6;
  registration_.partners = {kPartner};
  PeerFacts second = facts_of("192.0.2.11", "edge-1b", kPartner);
  second.drain = PeerFacts::Drain::Neighbor;
  peers_.set(kEdge1b, second);
  peers_.set(kEdge1c, facts_of("192.0.2.12", "edge-1c", kPartner));
  route(kEdge1, "1299 3320").best = true;
  route(kEdge1b, "1299 3320").pin = leaving(pin_rank(0, 0));
  const Findings found = examined();
  EXPECT_EQ(why(found, State::SingleHomed),
            "one connection: edge-1b is drained, edge-1c has no route in service");
  ASSERT_TRUE(found.lost);
  EXPECT_FALSE(found.lost->maintenance);
  EXPECT_EQ(found.lost->neighbor, "edge-1c");
  EXPECT_EQ(found.lost->cause, "session-down 192.0.2.12");
}

// BGP Identifiers are unique within an AS alone.
TEST_F(ExaminationTest, TwoPartnersWithOneIdentifierAreTwoConnections) {
  PeerFacts first = facts_of("192.0.2.1", "edge-1", kPartner);
  PeerFacts second = facts_of("192.0.2.2", "edge-2", kSecond);
  first.router = second.router = 7;
  peers_.set(kEdge1, first);
  peers_.set(kEdge2, second);
  route(kEdge1, "1299 3320").best = true;
  route(kEdge2, "174 3320");
  EXPECT_EQ(names(examined()), "healthy active-on-primary");
}

// Paths have no rank then.
TEST_F(ExaminationTest, WithoutPartnersAPathOfADrainedNeighborLeaves) {
  registration_.partners.clear();
  route(kEdge1, "1299 3320").best = true;
  route(kEdge2, "174 3320");
  for (Route& one : routes_) one.path.pin = kNoPin;
  EXPECT_FALSE(examined().states.has(State::SingleHomed));
  PeerFacts second = facts_of("192.0.2.2", "edge-2", kSecond);
  second.drain = PeerFacts::Drain::Neighbor;
  peers_.set(kEdge2, second);
  EXPECT_TRUE(examined().states.has(State::SingleHomed));
  peers_.set(kEdge2, facts_of("192.0.2.2", "edge-2", kSecond));
  routes_[1].received.communities = {kGracefulShutdown};
  EXPECT_TRUE(examined().states.has(State::SingleHomed));
  PeerFacts deaf = facts_of("192.0.2.2", "edge-2", kSecond);
  deaf.graceful_shutdown = false;
  peers_.set(kEdge2, deaf);
  EXPECT_FALSE(examined().states.has(State::SingleHomed));
}

TEST_F(ExaminationTest, APopThatIsLostIsAFaultBesideMaintenance) {
  use_pops();
  PeerFacts second = facts_of("192.0.2.2", "edge-2", kSecond);
  second.drain = PeerFacts::Drain::Neighbor;
  peers_.set(kEdge2, second);
  best_route(kEdge1, "1299 3320", pin_rank(0, 0)).place = at("ams", 5000);
  SeenPath& drained = route(kEdge2, "174 3320");
  drained.pin = leaving(pin_rank(1, 1));
  drained.place = at("iad", 5000);
  EXPECT_TRUE(examined().lost.value().maintenance);
  routes_[1].path.place = at("ams", 5000);
  const Findings lost = examined();
  EXPECT_FALSE(lost.lost.value().maintenance) << "nobody drained iad";
  EXPECT_EQ(lost.lost->cause, "");
}

// The second router of the PoP has a session with the second router of the partner.
TEST_F(ExaminationTest, ASessionOfOurOtherRouterIsAConnection) {
  registration_.partners = {kPartner};
  constexpr PeerSlot kTwin = 6;
  PeerFacts twin = facts_of("192.0.2.20", "twin", 65000);
  twin.kind = PeerKind::Ibgp;
  peers_.set(kTwin, twin);
  route(kEdge1, "1299 3320").best = true;
  route(kTwin, "1299 3320").pin = pin_rank(0, 0);
  routes_[0].received.next_hop.global = *IpAddress::parse("192.0.2.1");
  routes_[1].received.next_hop.global = *IpAddress::parse("192.0.2.11");
  EXPECT_EQ(names(examined()), "healthy active-on-primary");
  routes_[1].received.next_hop.global = *IpAddress::parse("192.0.2.1");
  EXPECT_EQ(names(examined()), "healthy active-on-primary single-homed")
      << "a second session with the same router";
}

TEST_F(ExaminationTest, RoutesAtOnePopAreSingleHomed) {
  use_pops();
  best_route(kEdge1, "1299 3320", pin_rank(0, 0)).place = at("ams", 5000);
  route(kEdge2, "174 3320").place = at("ams", 5000);
  const Findings lost = examined();
  EXPECT_TRUE(lost.states.has(State::SingleHomed));
  EXPECT_EQ(why(lost, State::SingleHomed), "routes leave at ams alone");
  ASSERT_TRUE(lost.lost);
  EXPECT_FALSE(lost.lost->maintenance);
  registration_.backup_pops.clear();
  const Findings by_design = examined();
  EXPECT_TRUE(by_design.states.has(State::SingleHomed));
  EXPECT_FALSE(by_design.lost) << "the registration names no second PoP";
}

}  // namespace
}  // namespace tern::states
