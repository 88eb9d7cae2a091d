// The states that hold for some routes, and their evidence.
#include "bgpd/states/examination.h"

#include <gtest/gtest.h>

#include "examined.h"
#include "policy/vrp_table.h"

namespace tern::states {
namespace {

TEST_F(ExaminationTest, WithoutARouteThePrefixIsNotReceived) {
  const Findings found = examined();
  EXPECT_EQ(names(found), "not-received");
  EXPECT_FALSE(found.present);
  EXPECT_TRUE(found.evidence.empty()) << "a prefix without routes keeps no text";
  EXPECT_EQ(from_partners_text(registration_), "from AS 1299, 174");
  registration_.partners.clear();
  EXPECT_EQ(from_partners_text(registration_), "from any neighbor");
}

TEST_F(ExaminationTest, AllPartnersSendItAndItIsHealthy) {
  route(kEdge1, "1299 3320").best = true;
  route(kEdge2, "174 3320");
  const Findings found = examined();
  EXPECT_EQ(names(found), "healthy active-on-primary");
  EXPECT_TRUE(found.present);
  EXPECT_EQ(found.best_slot, kEdge1);
}

TEST_F(ExaminationTest, ASessionThatDoesNotSendItIsNamed) {
  route(kEdge2, "174 3320").best = true;
  const Findings found = examined();
  EXPECT_EQ(names(found), "not-received backup-not-found active-on-backup single-homed");
  EXPECT_EQ(why(found, State::NotReceived), "from IP 192.0.2.1");
  EXPECT_EQ(why(found, State::BackupNotFound), "no second partner has a route");
  EXPECT_EQ(why(found, State::ActiveOnBackup), "by edge-2");
}

// The operator's order is no verdict of the guard, and the hijack is one nevertheless.
TEST_F(ExaminationTest, ABlockedHijackIsNotQuarantined) {
  route(kEdge1, "1299 3320").best = true;
  SeenPath& bad = route(kOther, "666");
  bad.accepted = false;
  bad.reason = Reason::GuardBlock;
  const Findings found = examined();
  EXPECT_TRUE(found.states.has(State::Hijacked));
  EXPECT_FALSE(found.states.has(State::Quarantined));
  ASSERT_TRUE(found.suspects[0]);
  EXPECT_FALSE(found.suspects[0]->accepted);
  EXPECT_EQ(found.suspects[0]->reason, Reason::GuardBlock);
}

TEST_F(ExaminationTest, AHijackerIsSeenBesideTheValidRoute) {
  route(kEdge1, "1299 3320").best = true;
  route(kEdge2, "174 3320");
  for (const char* prefix : {kPrefix, "203.0.113.128/25"}) {
    SeenPath& bad = route(kOther, "666", prefix);
    bad.accepted = false;
    bad.reason = Reason::Quarantined;
  }
  const Findings found = examined();
  EXPECT_EQ(names(found), "hijacked quarantined active-on-primary");
  EXPECT_EQ(why(found, State::Hijacked),
            "203.0.113.0/24 by other, path 666; 203.0.113.128/25 by other, path 666");
  EXPECT_EQ(why(found, State::Quarantined), "2 routes");
  ASSERT_TRUE(found.suspects[0]);
  EXPECT_EQ(found.suspects[0]->origin, kStranger);
  EXPECT_EQ(found.suspects[0]->routes, 1U);
  ASSERT_TRUE(found.suspects[1]);
  EXPECT_EQ(found.suspects[1]->prefix, prefix_of("203.0.113.128/25"));
  ASSERT_TRUE(found.suspects[2]) << "it is no partner, either";
  EXPECT_FALSE(found.suspects[3]);
}

TEST_F(ExaminationTest, APathThatBreaksARule) {
  registration_.path.max_length = 2;
  registration_.path.allow_private_as = false;
  route(kEdge1, "1299 64512 3320").best = true;
  route(kEdge2, "174 3320");
  const Findings found = examined();
  EXPECT_EQ(names(found), "path-not-correct active-on-primary");
  EXPECT_EQ(why(found, State::PathNotCorrect),
            "path-length by edge-1, path 1299 64512 3320; private-as by edge-1, path 1299 64512 "
            "3320");
  ASSERT_TRUE(found.suspects[5]);
  EXPECT_EQ(found.suspects[5]->suspicion, policy::Suspicion::PathLength);
}

TEST_F(ExaminationTest, APathThatIsNotUsual) {
  policy::UsualPath usual;
  usual.prefix = prefix_of(kPrefix);
  usual.origins = {3320};
  usual.origin_count = 1;
  usual.upstreams = {1299};
  usual.upstream_count = 1;
  usual.longest = 2;
  inputs_.usual = std::make_shared<const policy::UsualPaths>(std::vector{usual});
  route(kEdge1, "1299 3320").best = true;
  route(kEdge2, "174 1299 3320");
  route(kEdge2, "174 3320");
  const Findings found = examined();
  EXPECT_EQ(names(found), "path-not-correct active-on-primary");
  EXPECT_EQ(why(found, State::PathNotCorrect),
            "long-path by edge-2, path 174 1299 3320; new-upstream by edge-2, path 174 3320");
  ASSERT_TRUE(found.suspects[5]);
  EXPECT_EQ(found.suspects[5]->suspicion, policy::Suspicion::LongPath);
  inputs_.usual = nullptr;
  EXPECT_EQ(names(examined()), "healthy active-on-primary");
}

TEST_F(ExaminationTest, ALeakIsSeenBesideTheValidRoute) {
  route(kEdge1, "1299 3320").best = true;
  route(kEdge2, "174 64999 2914 3320").accepted = false;
  routes_[1].path.reason = Reason::Quarantined;
  const Findings found = examined();
  EXPECT_EQ(names(found), "leaked quarantined backup-not-found active-on-primary single-homed");
  EXPECT_EQ(why(found, State::Leaked), "203.0.113.0/24 by edge-2, path 174 64999 2914 3320");
  ASSERT_TRUE(found.suspects[4]);
  EXPECT_EQ(found.suspects[4]->leak, "AS 64999 between AS 174 and AS 2914, which are transit-free");
  EXPECT_FALSE(found.suspects[5]);
}

// RFC 9234 rejects the route, and the leak is one of the prefix nevertheless.
TEST_F(ExaminationTest, ALeakThatOnlyToCustomerMarks) {
  PeerFacts customer = facts_of("192.0.2.2", "edge-2", kSecond);
  customer.role = Role::Provider;
  peers_.set(kEdge2, customer);
  route(kEdge1, "1299 3320").best = true;
  route(kEdge2, "174 3320").accepted = false;
  routes_[1].path.reason = Reason::RouteLeak;
  routes_[1].received.only_to_customer = kSecond;
  const Findings found = examined();
  EXPECT_EQ(names(found), "leaked backup-not-found active-on-primary single-homed");
  ASSERT_TRUE(found.suspects[4]);
  EXPECT_EQ(found.suspects[4]->leak, "ONLY_TO_CUSTOMER of AS 174 (RFC 9234)");
  EXPECT_EQ(found.suspects[4]->reason, Reason::RouteLeak);
  registration_.guard[static_cast<std::size_t>(policy::Suspicion::Leak)] =
      policy::GuardAction::Ignore;
  EXPECT_EQ(names(examined()), "backup-not-found active-on-primary single-homed");
}

TEST_F(ExaminationTest, ARouteOfAPartnerWithoutTheTag) {
  registration_.tag = policy::parse_any_community("64500:7");
  route(kEdge1, "1299 3320").best = true;
  route(kEdge2, "174 3320");
  routes_[1].received.communities = {Community::of(64500, 7)};
  const Findings found = examined();
  EXPECT_EQ(names(found), "missing-tag active-on-primary");
  EXPECT_EQ(why(found, State::MissingTag), "64500:7 by edge-1");
  routes_[0].received.communities = {Community::of(64500, 7)};
  EXPECT_EQ(names(examined()), "healthy active-on-primary");
}

// The usual partner: a session for each family.
TEST_F(ExaminationTest, ASessionIsExpectedToSendItsFamiliesAlone) {
  constexpr PeerSlot kEdge1Ipv6 = 4;
  peers_.set(kEdge1, facts_of("192.0.2.1", "edge-1", kPartner, {Family::Ipv4Unicast}));
  peers_.set(kEdge1Ipv6, facts_of("2001:db8::1", "edge-1-v6", kPartner, {Family::Ipv6Unicast}));
  registration_.partners = {kPartner};
  route(kEdge1, "1299 3320").best = true;
  EXPECT_EQ(names(examined()), "healthy active-on-primary single-homed");

  registration_ = registered_prefix("2001:db8:7::/48");
  registration_.partners = {kPartner};
  routes_.clear();
  route(kEdge1Ipv6, "1299 3320", "2001:db8:7::/48").best = true;
  routes_[0].path.pin = pin_rank(0, 0);
  EXPECT_EQ(names(examined()), "healthy active-on-primary single-homed");
  peers_.set(kEdge2, facts_of("2001:db8::2", "edge-2", kPartner));
  EXPECT_EQ(why(examined(), State::NotReceived), "from IP 2001:db8::2");
}

TEST_F(ExaminationTest, NeighborsThatAreShutDownAreNotExpected) {
  PeerFacts down = facts_of("192.0.2.2", "edge-2", kSecond);
  down.shut_down = true;
  peers_.set(kEdge2, down);
  route(kEdge1, "1299 3320").best = true;
  EXPECT_EQ(names(examined()), "backup-not-found active-on-primary single-homed");
  down.shut_down = false;
  peers_.set(kEdge2, down);
  EXPECT_EQ(names(examined()), "not-received backup-not-found active-on-primary single-homed");
  PeerFacts pop = down;
  pop.between_pops = true;
  peers_.set(kEdge2, pop);
  EXPECT_EQ(names(examined()), "backup-not-found active-on-primary single-homed");
}

// The order of the registration: partners, then PoPs.
TEST_F(ExaminationTest, TheFirstPartnerAtThePrimaryPopIsPrimary) {
  use_pops();
  SeenPath& best = best_route(kEdge1, "1299 3320", pin_rank(0, 0));
  best.place = at("ams", 20'000);
  SeenPath& second = route(kEdge2, "174 3320");
  second.pin = pin_rank(1, 1);
  second.place = at("iad", 5000);
  EXPECT_EQ(names(examined()), "healthy active-on-primary")
      << "the nearer exit is one that the registration prefers less";
  routes_[0].path.pin = pin_rank(0, 1);
  routes_[0].path.place = at("iad", 5000);
  const Findings backup = examined();
  EXPECT_EQ(names(backup), "backup-not-found active-on-backup single-homed");
  EXPECT_EQ(why(backup, State::ActiveOnBackup), "by edge-1 at iad");
  EXPECT_EQ(why(backup, State::BackupNotFound), "no second PoP of the registration has a route");
}

TEST_F(ExaminationTest, ANearerExitCountsAmongPathsThatAreAlike) {
  use_pops();
  registration_.primary_pop.clear();
  registration_.backup_pops.clear();
  best_route(kEdge1, "1299 3320", pin_rank(0, 0)).place = at("iad", 20'000);
  SeenPath& alike = route(kEdge2, "174 3320");
  alike.pin = pin_rank(0, 0);
  alike.place = at("ams", 5000);
  registration_.partners = {kPartner};
  const Findings found = examined();
  EXPECT_EQ(names(found), "suboptimal active-on-primary single-homed");
  EXPECT_EQ(why(found, State::Suboptimal), "leaves at iad for 20.0 ms; ams is 5.0 ms");
  routes_[1].path.pin = leaving(pin_rank(0, 0));
  EXPECT_EQ(names(examined()), "healthy active-on-primary single-homed") << "its exit is drained";
}

TEST_F(ExaminationTest, ALastResortIsNotHealthy) {
  best_route(kOther, "666", last_resort(pin_rank(kOtherPartner, 0)));
  peers_.set(kEdge1, std::nullopt);
  peers_.set(kEdge2, std::nullopt);
  const Findings found = examined();
  EXPECT_EQ(names(found), "hijacked last-resort backup-not-found");
  EXPECT_EQ(why(found, State::LastResort), "by other, path 666");
  EXPECT_EQ(found.states.headline(), State::Hijacked);
}

// By `fallback: any-valid`, by a release, or because the guard does not quarantine such routes.
TEST_F(ExaminationTest, ARouteOfAnotherAsIsNotHealthy) {
  registration_.partners = {kPartner};
  peers_.set(kEdge1, std::nullopt);
  best_route(kOther, "666 3320", pin_rank(kOtherPartner, 0));
  const Findings found = examined();
  EXPECT_EQ(names(found), "active-on-fallback");
  EXPECT_EQ(why(found, State::ActiveOnFallback), "by other, AS 666");
}

TEST_F(ExaminationTest, AnOriginThatIsRpkiInvalidIsNotHealthy) {
  inputs_.vrps = policy::VrpTable::build({policy::Vrp{prefix_of(kPrefix), 24, kStranger}});
  route(kEdge1, "1299 3320").best = true;
  route(kEdge2, "174 3320");
  const Findings found = examined();
  EXPECT_EQ(names(found), "rpki-invalid active-on-primary");
  EXPECT_EQ(why(found, State::RpkiInvalid),
            "203.0.113.0/24 by edge-1, path 1299 3320; 203.0.113.0/24 by edge-2, path 174 3320");
  registration_.guard[static_cast<std::size_t>(policy::Suspicion::RpkiInvalid)] =
      policy::GuardAction::Ignore;
  EXPECT_EQ(names(examined()), "healthy active-on-primary");
}

// A character of two octets stands across the bound.
TEST_F(ExaminationTest, EvidenceIsCutBetweenCharacters) {
  std::string name;
  for (int i = 0; i < 200; ++i) name += "\xC3\xA9";
  peers_.set(kEdge2, facts_of("192.0.2.2", name.c_str(), kSecond));
  best_route(kEdge2, "174 3320", pin_rank(1, 0));
  const std::string text = why(examined(), State::ActiveOnBackup);
  EXPECT_LE(text.size(), events::kMostText);
  EXPECT_GE(text.size(), events::kMostText - 1);
  EXPECT_EQ(text.back(), '\xA9');
}

TEST_F(ExaminationTest, OurOwnRoutesAndThoseOfGoneNeighborsDoNotCount) {
  route(kOwnSlot, "666");
  route(77, "666");
  EXPECT_EQ(names(examined()), "not-received");
}

TEST(States, AreReadAsTheyAreWritten) {
  for (std::size_t i = 0; i < kStates; ++i) {
    const auto state = static_cast<State>(i);
    EXPECT_EQ(parse_state(to_string(state)), state);
  }
  EXPECT_EQ(parse_state("bad"), std::nullopt);
  StateSet set;
  EXPECT_EQ(set.headline(), std::nullopt);
  set.add(State::Healthy);
  set.add(State::MissingTag);
  EXPECT_EQ(set.headline(), State::MissingTag);
}

}  // namespace
}  // namespace tern::states
