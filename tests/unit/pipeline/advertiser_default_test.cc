// The default route that this router originates for single clients (ExportRules::default_route):
// who gets it, what it replaces, and that nothing is left of it.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

const std::string kDefault = "0.0.0.0/0";
const std::string kDefault6 = "::/0";

Session with_default(Session session, policy::Chain policies = {}) {
  session.export_.default_route = std::make_shared<const policy::Chain>(std::move(policies));
  return session;
}

policy::Chain with_med(std::uint32_t med) {
  policy::ActionSource actions;
  actions.med = policy::SetNumber{policy::SetNumber::Op::Set, med};
  return accept_with(actions);
}

class DefaultRoute : public testing::Test {
 protected:
  DefaultRoute() { tern.shards.set_peer(kOwnSlot, {PeerKind::Own, 0, {}, 0}); }
  [[nodiscard]] bool in_table(const std::string& text) {
    return tern.rib.find(unicast(prefix(text))).has_value();
  }

  Speaker tern;
};

TEST_F(DefaultRoute, GoesToTheClientAloneInItsFamilies) {
  Session v4 = with_default(ebgp(65002, 2));
  v4.facts.families = {Family::Ipv4Unicast};
  Neighbour& a = tern.add(with_default(ebgp(65001, 1)));
  Neighbour& b = tern.add(v4);
  Neighbour& c = tern.add(ebgp(65003, 3));
  EXPECT_EQ(a.table().size(), 2U);
  EXPECT_EQ(a.holds(kDefault)->as_path.to_string(), "65000");
  EXPECT_EQ(a.holds(kDefault)->origin, Origin::Igp);
  EXPECT_EQ(a.holds(kDefault)->next_hop.global, address("192.0.2.254"));
  EXPECT_EQ(a.holds(kDefault6)->next_hop.global, address("2001:db8::fe"));
  EXPECT_EQ(b.table().size(), 1U);
  EXPECT_TRUE(c.table().empty());
  EXPECT_EQ(tern.rib.table(Family::Ipv4Unicast).prefixes, 0U);
}

TEST_F(DefaultRoute, TowardsIbgpHasAnEmptyPathAndADegreeOfPreference) {
  Neighbour& a = tern.add(with_default(ibgp(1)));
  EXPECT_TRUE(a.holds(kDefault)->as_path.empty());
  EXPECT_EQ(a.holds(kDefault)->local_pref, 100U);
}

TEST_F(DefaultRoute, NeedsNoExportPolicy) {
  Session closed = with_default(ebgp(65001, 1), with_med(7));
  closed.export_.policies = {};
  Neighbour& a = tern.add(closed);
  Neighbour& b = tern.add(ebgp(65002, 2));
  route(kDefault).via(b);
  route("203.0.113.0/24").via(b);
  (void)a.listen();
  EXPECT_EQ(a.holds(kDefault)->med, 7U);
  EXPECT_EQ(a.table().size(), 2U);
}

// RFC 7311 section 3.3.
TEST_F(DefaultRoute, HasAigpOnlyWhereTheSessionHasIt) {
  policy::ActionSource actions;
  actions.aigp = policy::SetNumber{policy::SetNumber::Op::Set, 7};
  Session with = with_default(ebgp(65002, 2), accept_with(actions));
  with.export_.aigp = true;
  Neighbour& without = tern.add(with_default(ebgp(65001, 1), accept_with(actions)));
  EXPECT_FALSE(without.holds(kDefault)->aigp);
  EXPECT_EQ(tern.add(with).holds(kDefault)->aigp, 7U);
}

TEST_F(DefaultRoute, StandsInThePlaceOfALearnedOne) {
  Neighbour& a = tern.add(with_default(ebgp(65001, 1)));
  Neighbour& b = tern.add(ebgp(65002, 2));
  Neighbour& c = tern.add(ebgp(65003, 3));
  route(kDefault).via(b);
  EXPECT_EQ(a.listen(), Heard{});
  EXPECT_EQ(c.listen(), Heard{"announce 0.0.0.0/0"});
  EXPECT_EQ(c.holds(kDefault)->as_path.to_string(), "65000 65002");
  ExportRules rules = a.rules();
  rules.default_route = nullptr;
  a.set_rules(rules);
  EXPECT_EQ(a.listen(), (Heard{"announce 0.0.0.0/0", "withdraw ::/0"}));
  EXPECT_EQ(a.holds(kDefault)->as_path.to_string(), "65000 65002");
  rules.default_route = std::make_shared<const policy::Chain>();
  a.set_rules(rules);
  (void)a.listen();
  EXPECT_EQ(a.holds(kDefault)->as_path.to_string(), "65000");
}

TEST_F(DefaultRoute, TheSourceOfTheLearnedOneGetsItToo) {
  Neighbour& a = tern.add(with_default(ebgp(65001, 1)));
  route(kDefault).via(a);
  EXPECT_EQ(a.listen(), Heard{});
  EXPECT_EQ(a.holds(kDefault)->as_path.to_string(), "65000");
}

TEST_F(DefaultRoute, ComesWithoutAWalk) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  ExportRules rules = a.rules();
  rules.default_route = std::make_shared<const policy::Chain>(with_med(1));
  tern.advertisers.set_rules(a.slot(), rules, false);
  tern.spread();
  EXPECT_EQ(a.read(), (Heard{"announce 0.0.0.0/0", "announce ::/0"}));
  rules.default_route = std::make_shared<const policy::Chain>(with_med(2));
  tern.advertisers.set_rules(a.slot(), rules, false);
  tern.spread();
  (void)a.read();
  EXPECT_EQ(a.holds(kDefault)->med, 2U);
  rules.default_route = nullptr;
  tern.advertisers.set_rules(a.slot(), rules, false);
  tern.spread();
  EXPECT_EQ(a.read(), (Heard{"withdraw 0.0.0.0/0", "withdraw ::/0"}));
  EXPECT_FALSE(in_table(kDefault));
}

TEST_F(DefaultRoute, ThatItsPoliciesRejectLeavesTheTableToTheClient) {
  Neighbour& a =
      tern.add(with_default(ebgp(65001, 1), chain({on_tag(1, policy::TermSource::Then::Accept)})));
  Neighbour& b = tern.add(ebgp(65002, 2));
  EXPECT_TRUE(a.table().empty());
  EXPECT_FALSE(in_table(kDefault));
  route(kDefault).via(b);
  (void)a.listen();
  EXPECT_EQ(a.holds(kDefault)->as_path.to_string(), "65000 65002");
}

// A client with Add-Path gets the originated one alone.
TEST_F(DefaultRoute, IsTheOnlyPathAlsoWithAddPath) {
  Session several = with_default(ebgp(65001, 1));
  several.facts.add_path_send = {Family::Ipv4Unicast};
  several.export_.add_path_send = 4;
  Neighbour& b = tern.add(ebgp(65002, 2));
  Neighbour& c = tern.add(ebgp(65003, 3));
  route(kDefault).via(b);
  route(kDefault).via(c);
  Neighbour& a = tern.add(several);
  EXPECT_EQ(a.table().size(), 2U);  // and ::/0
  EXPECT_EQ(a.holds(kDefault, kOwnSlot + 1)->as_path.to_string(), "65000");
  ExportRules rules = a.rules();
  rules.default_route = nullptr;
  a.set_rules(rules);
  (void)a.listen();
  EXPECT_EQ(a.table().size(), 2U);
  EXPECT_FALSE(a.holds(kDefault, kOwnSlot + 1));
}

TEST_F(DefaultRoute, IsRepeatedByARefresh) {
  Neighbour& a = tern.add(with_default(ebgp(65001, 1)));
  a.refresh(Family::Ipv4Unicast, false);
  EXPECT_EQ(a.listen(), Heard{"announce 0.0.0.0/0"});
}

TEST_F(DefaultRoute, IsDrainedWithTheNeighbor) {
  Session drained = with_default(ebgp(65001, 1));
  drained.export_.drained = true;
  Neighbour& a = tern.add(drained);
  EXPECT_TRUE(carries(*a.holds(kDefault), kGracefulShutdown));
}

TEST_F(DefaultRoute, LeavesNothingBehind) {
  Neighbour& a = tern.add(with_default(ebgp(65001, 1)));
  EXPECT_TRUE(in_table(kDefault));
  tern.remove(a);
  tern.settle();
  EXPECT_FALSE(in_table(kDefault));
  EXPECT_FALSE(in_table(kDefault6));
  EXPECT_EQ(tern.shards.attributes().size(), 0U);
}

}  // namespace
}  // namespace tern::pipeline
