// The states that hold for some routes, and their evidence.
#include "bgpd/states/examination.h"

#include <gtest/gtest.h>

#include "policy/prefix_rtts.h"
#include "policy/vrp_table.h"
#include "registered.h"

namespace tern::states {
namespace {

constexpr char kPrefix[] = "203.0.113.0/24";

policy::EgressSource two_pops() {
  policy::EgressSource source;
  source.pops = {{"ams", "", 1, {52, 4}}, {"iad", "", 2, {39, -77}}};
  source.pop = "ams";
  source.community_asn = 65000;
  source.location_function = 10;
  source.egress_function = 11;
  return source;
}

class ExaminationTest : public testing::Test {
 protected:
  Findings examined() {
    table_ = table_of({registration_});
    inputs_.registrations = table_;
    Examination examination((*table_)[0], inputs_);
    for (const auto& [prefix, path, received] : routes_) examination.add(prefix, path, received);
    return examination.finish();
  }

  // The best route, from a neighbor, as three_peers() has them.
  SeenPath& best_route(PeerSlot slot, std::string_view as_path, PinRank pin) {
    SeenPath& path = route(slot, as_path);
    path.best = true;
    path.pin = pin;
    return path;
  }
  // Two PoPs, of which ams is the primary one of the registration.
  void use_pops() {
    const auto egress = policy::Egress::build(two_pops());
    ASSERT_TRUE(egress.ok()) << egress.error().front();
    inputs_.egress = std::make_shared<const policy::Egress>(*egress);
    registration_.primary_pop = "ams";
    registration_.backup_pops = {"iad"};
  }
  [[nodiscard]] EgressInfo at(std::string_view pop, EgressCost cost) const {
    return {0, *inputs_.egress->find_pop(pop), cost};
  }
  // An accepted route, with the rank that registration_ gives the neighbors.
  SeenPath& route(PeerSlot slot, std::string_view as_path, std::string_view prefix = kPrefix) {
    Route& one = routes_.emplace_back();
    one.path.pin = pin_rank(slot == kEdge1 ? 0 : slot == kEdge2 ? 1 : kOtherPartner, 0);
    one.prefix = prefix_of(prefix);
    one.path.slot = slot;
    one.path.accepted = true;
    one.received.as_path = AsPath::parse(as_path).value();
    return one.path;
  }

  static std::string names(const Findings& findings) {
    std::string text;
    for (std::size_t i = 0; i < kStates; ++i) {
      const auto state = static_cast<State>(i);
      if (findings.states.has(state))
        text += (text.empty() ? "" : " ") + std::string(to_string(state));
    }
    return text;
  }
  static std::string why(const Findings& findings, State state) {
    for (const StateEvidence& one : findings.evidence) {
      if (one.state == state) return one.text;
    }
    return {};
  }

  struct Route {
    Prefix prefix;
    SeenPath path;
    PathAttributes received;
  };
  policy::Registration registration_ = registered_prefix(kPrefix);
  PeerTable peers_ = three_peers();
  std::shared_ptr<const policy::RegistrationTable> table_;
  Inputs inputs_{&peers_, nullptr, std::make_shared<const policy::Egress>()};
  std::vector<Route> routes_;
};

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

TEST_F(ExaminationTest, ALeakIsSeenBesideTheValidRoute) {
  route(kEdge1, "1299 3320").best = true;
  route(kEdge2, "174 64999 2914 3320").accepted = false;
  routes_[1].path.reason = Reason::Quarantined;
  const Findings found = examined();
  EXPECT_EQ(names(found), "leaked quarantined backup-not-found active-on-primary");
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
  EXPECT_EQ(names(found), "leaked backup-not-found active-on-primary");
  ASSERT_TRUE(found.suspects[4]);
  EXPECT_EQ(found.suspects[4]->leak, "ONLY_TO_CUSTOMER of AS 174 (RFC 9234)");
  EXPECT_EQ(found.suspects[4]->reason, Reason::RouteLeak);
  registration_.guard[static_cast<std::size_t>(policy::Suspicion::Leak)] =
      policy::GuardAction::Ignore;
  EXPECT_EQ(names(examined()), "backup-not-found active-on-primary");
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

// ---- Redundancy

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

// ---- Ingress

TEST_F(ExaminationTest, TrafficThatEntersFarFromItsUsersIsSuboptimal) {
  use_pops();
  registration_.primary_pop.clear();
  registration_.backup_pops.clear();
  // Without a measurement no PoP is the nearest.
  IngressBook book;
  inputs_.ingress = &book;
  inputs_.costs = inputs_.egress->costs();
  best_route(kEdge1, "1299 3320", pin_rank(0, 0)).place = at("ams", 5000);
  route(kEdge2, "174 3320").place = at("iad", 50'000);
  constexpr std::uint32_t kNow = 1'800'000'000;
  (void)book.add({prefix_of(kPrefix), "iad", 300'000'000}, kNow);
  EXPECT_FALSE(examined().states.has(State::SuboptimalIngress));

  const std::vector<policy::PrefixRttSource> measured{{"ams", prefix_of(kPrefix), 5000},
                                                      {"iad", prefix_of(kPrefix), 50'000}};
  inputs_.costs = inputs_.costs->with_prefixes(
      std::make_shared<const policy::PrefixRtts>(measured, *inputs_.egress));
  const Findings all = examined();
  EXPECT_TRUE(all.states.has(State::SuboptimalIngress));
  EXPECT_FALSE(all.states.has(State::Healthy));
  EXPECT_EQ(why(all, State::SuboptimalIngress),
            "100 % of 300.0 MB entered elsewhere, most at iad for 50.0 ms; ams is 5.0 ms");

  (void)book.add({prefix_of(kPrefix), "ams", 1'200'000'000}, kNow);
  EXPECT_EQ(why(examined(), State::SuboptimalIngress),
            "20 % of 1.5 GB entered elsewhere, most at iad for 50.0 ms; ams is 5.0 ms");
  (void)book.add({prefix_of(kPrefix), "ams", 1'000'000}, kNow);
  EXPECT_FALSE(examined().states.has(State::SuboptimalIngress)) << "less than a fifth";
  inputs_.ingress_percent = 10;
  EXPECT_TRUE(examined().states.has(State::SuboptimalIngress));
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
