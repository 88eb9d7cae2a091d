// The pin of registered prefixes in the table: the partner and the PoP of the registration before
// all that partners and policies say, and what is advertised of a last resort.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "bgpd/pipeline/pricing.h"
#include "bgpd/pipeline/vantage_order.h"
#include "policy/registrations.h"
#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

using policy::Fallback;

class PinnedPaths : public testing::Test {
 protected:
  static constexpr Asn kCustomer = 65010;
  static constexpr LargeCommunity kLeavesAtAms{kOurAsn, 2, 1}, kLeavesAtLhr{kOurAsn, 2, 2};

  PinnedPaths() {
    one.prefix = prefix(kWhere);
    one.max_length = one.prefix.length();
    one.customer = kCustomer;
    one.origins = {kCustomer};
    one.partners = {65001, 65002};
  }
  Session guarded(Session session) {
    const auto source = std::make_shared<const policy::Registrations>(policy::Registrations{one});
    session.import.registrations = std::make_shared<const policy::RegistrationTable>(
        std::vector{source}, policy::kQuarantineAll);
    return session;
  }
  Session between_pops(std::uint32_t number) {
    Session session = guarded(ibgp(number));
    session.import.egress = session.export_.egress = two_pops();
    session.import.between_pops = session.export_.between_pops = true;
    return session;
  }
  rib::Destination destination() { return *tern.rib.find(unicast(prefix(kWhere))); }
  PeerSlot best() { return destination().best()->peer(); }
  void judge_again(Neighbour& neighbor, const Session& session) {
    neighbor.import.set_rules(session.import);
    neighbor.import.reevaluate(tern.rib, *tern.rib.find_id(unicast(prefix(kWhere))));
  }

  policy::Registration one;
  Speaker tern;
};

TEST_F(PinnedPaths, TheFirstPartnerBeatsLocalPrefAndAShorterPath) {
  Session preferred = ebgp(65002, 2);
  policy::TermSource prefer = accept();
  prefer.actions.local_pref = {policy::SetNumber::Op::Set, 300};
  preferred.import.policies = chain({prefer});
  Neighbour& second = tern.add(guarded(preferred));
  Neighbour& first = tern.add(guarded(ebgp(65001, 1)));
  Neighbour& client = tern.add(ebgp(65003, 3));
  route(kWhere).as_path({65002, kCustomer}).via(second);
  route(kWhere).as_path({65001, 64999, kCustomer}).via(first);
  EXPECT_EQ(best(), first.slot());
  EXPECT_EQ(destination().step, rib::Step::Pin);
  (void)client.listen();
  EXPECT_EQ(client.holds(kWhere)->as_path.to_string(), "65000 65001 64999 65010");
  first.withdraw(kWhere);
  (void)client.listen();
  EXPECT_EQ(client.holds(kWhere)->as_path.to_string(), "65000 65002 65010");
}

TEST_F(PinnedPaths, WithoutAnOrderTheOtherStepsDecide) {
  one.partners.clear();
  Neighbour& second = tern.add(guarded(ebgp(65002, 2)));
  Neighbour& first = tern.add(guarded(ebgp(65001, 1)));
  route(kWhere).as_path({65002, kCustomer}).via(second);
  route(kWhere).as_path({65001, 64999, kCustomer}).via(first);
  EXPECT_EQ(best(), second.slot());
  EXPECT_EQ(destination().step, rib::Step::AsPathLength);
  // The sets of paths without a rank are those of unregistered prefixes.
  EXPECT_EQ(destination().paths[0].effective(), destination().received(0));
}

// Each PoP ranks by the path alone: by the partner behind the other PoP, and by its exit.
TEST_F(PinnedPaths, BehindAnotherPopThePartnerAndTheExitCount) {
  one.primary_pop = "lhr";
  one.backup_pops = {"ams"};
  Session here = guarded(ebgp(65001, 1));
  here.import.egress = here.export_.egress = two_pops();
  Neighbour& partner = tern.add(here);
  Neighbour& pop = tern.add(between_pops(3));
  Neighbour& second = tern.add(between_pops(4));
  route(kWhere).as_path({65001, kCustomer}).via(partner);
  route(kWhere).as_path({65001, 64999, kCustomer}).large(kLeavesAtLhr).via(pop);
  route(kWhere).as_path({65002, kCustomer}).large(kLeavesAtLhr).via(second);
  EXPECT_EQ(best(), pop.slot());
  EXPECT_EQ(destination().paths[1].peer(), partner.slot());
  route(kWhere).as_path({65001, kCustomer}).large(kLeavesAtAms).via(pop);
  EXPECT_EQ(best(), partner.slot());  // both leave at the backup: eBGP over iBGP
  EXPECT_EQ(destination().step, rib::Step::EbgpOverIbgp);
}

TEST_F(PinnedPaths, RoutesOfOurOwnNetworkComeFirst) {
  Neighbour& partner = tern.add(guarded(ebgp(65001, 1)));
  Neighbour& ours = tern.add(guarded(ibgp(3)));
  route(kWhere).as_path({65001, kCustomer}).via(partner);
  route(kWhere).as_path({}).local_pref(50).via(ours);
  EXPECT_EQ(best(), ours.slot());
}

// RFC 8326: also at the PoPs that learn LOCAL_PREF 0 from the drained one.
TEST_F(PinnedPaths, APathThatLeavesIsBehindTheOtherPartners) {
  Session drained = guarded(ebgp(65001, 1));
  Neighbour& first = tern.add(drained);
  Neighbour& second = tern.add(guarded(ebgp(65002, 2)));
  Neighbour& ours = tern.add(guarded(ibgp(3)));
  route(kWhere).as_path({65001, kCustomer}).via(first);
  route(kWhere).as_path({65002, kCustomer}).via(second);
  EXPECT_EQ(best(), first.slot());
  drained.import.drained = true;
  judge_again(first, drained);
  EXPECT_EQ(best(), second.slot());
  EXPECT_EQ(destination().step, rib::Step::Pin);
  second.withdraw(kWhere);
  EXPECT_EQ(best(), first.slot());
  route(kWhere).as_path({65002, kCustomer}).via(second);
  first.withdraw(kWhere);
  route(kWhere).as_path({65001, kCustomer}).local_pref(0).via(ours);
  EXPECT_EQ(best(), second.slot());
}

// RFC 8326: the neighbor says that its path will go.
TEST_F(PinnedPaths, APathWithGracefulShutdownIsBehindTheOtherPartners) {
  Session session = guarded(ebgp(65001, 1));
  Neighbour& first = tern.add(session);
  Neighbour& second = tern.add(guarded(ebgp(65002, 2)));
  route(kWhere).as_path({65001, kCustomer}).via(first);
  route(kWhere).as_path({65002, kCustomer}).via(second);
  route(kWhere).as_path({65001, kCustomer}).community(kGracefulShutdown).via(first);
  EXPECT_EQ(best(), second.slot());
  EXPECT_EQ(destination().step, rib::Step::Pin);
  EXPECT_TRUE(is_leaving(rib::pin_of(destination().paths[1].digest())));
  session.import.graceful_shutdown = false;
  judge_again(first, session);
  EXPECT_EQ(best(), first.slot());
}

TEST_F(PinnedPaths, AFallbackIsUsedWhereNoPartnerIsLeft) {
  one.fallback = Fallback::AnyValid;
  Neighbour& second = tern.add(guarded(ebgp(65002, 2)));
  Neighbour& other = tern.add(guarded(ebgp(65009, 9)));
  route(kWhere).as_path({65009, kCustomer}).via(other);
  EXPECT_EQ(best(), other.slot());
  EXPECT_EQ(other.import.counters().by_fallback[2], 1U);  // Suspicion::UnregisteredPartner
  EXPECT_EQ(other.import.counters().warned[2], 0U);
  EXPECT_EQ(tern.rib.counts(other.slot()).last_resorts, 0U);
  route(kWhere).as_path({65002, 64999, 64998, kCustomer}).via(second);
  EXPECT_EQ(best(), second.slot());
  second.withdraw(kWhere);
  EXPECT_EQ(best(), other.slot());
  route(kWhere).as_path({65009, 65666}).via(other);
  EXPECT_EQ(destination().paths[0].reason(), Reason::Quarantined);
}

// A last resort does not go beside others with Add-Path, nor to the partner without another path.
TEST_F(PinnedPaths, ALastResortIsAdvertisedWhereItIsTheBestAlone) {
  one.fallback = Fallback::Any;
  Neighbour& first = tern.add(guarded(route_server_client(65001, 1)));
  Neighbour& hijacker = tern.add(guarded(ebgp(65009, 9)));
  Session several = ebgp(65004, 4);
  several.facts.add_path_send = {Family::Ipv4Unicast};
  several.export_.add_path_send = 8;
  Neighbour& collector = tern.add(several);
  Neighbour& client = tern.add(route_server_client(65005, 5));
  route(kWhere).as_path({65001, kCustomer}).via(first);
  route(kWhere).as_path({65009, 65666}).via(hijacker);
  EXPECT_EQ(destination().accepted, 2U);
  EXPECT_EQ(best(), first.slot());
  EXPECT_EQ(hijacker.import.counters().by_fallback[0], 1U);  // Suspicion::OtherOrigin
  EXPECT_EQ(tern.rib.counts(hijacker.slot()).last_resorts, 1U);
  EXPECT_EQ(tern.rib.counts(first.slot()).last_resorts, 0U);
  EXPECT_EQ(tern.rib.counts(hijacker.slot()).best_last_resorts, 0U);
  (void)collector.listen();
  (void)client.listen();
  EXPECT_EQ(collector.table().size(), 1U);
  EXPECT_EQ(client.holds(kWhere)->as_path.to_string(), "65001 65010");
  EXPECT_EQ(first.listen(), Heard{});
  first.withdraw(kWhere);
  (void)collector.listen();
  (void)client.listen();
  EXPECT_EQ(collector.table().size(), 1U);
  EXPECT_EQ(client.holds(kWhere)->as_path.to_string(), "65009 65666");
  EXPECT_EQ(tern.rib.counts(hijacker.slot()).best_last_resorts, 1U);
  (void)first.listen();
  EXPECT_TRUE(first.holds(kWhere));
}

// Of several last resorts, a client with Add-Path gets the best one alone.
TEST_F(PinnedPaths, OneLastResortOfSeveralIsAdvertised) {
  one.fallback = Fallback::Any;
  Neighbour& partner = tern.add(guarded(ebgp(65001, 1)));
  Neighbour& near = tern.add(guarded(ebgp(65008, 8)));
  Neighbour& far = tern.add(guarded(ebgp(65009, 9)));
  Session several = ebgp(65004, 4);
  several.facts.add_path_send = {Family::Ipv4Unicast};
  several.export_.add_path_send = 8;
  Neighbour& collector = tern.add(several);
  route(kWhere).as_path({65008, 65666}).via(near);
  route(kWhere).as_path({65009, 65007, 65666}).via(far);
  (void)collector.listen();
  ASSERT_EQ(collector.table().size(), 1U);
  EXPECT_EQ(collector.table().begin()->second.as_path.to_string(), "65000 65008 65666");
  route(kWhere).as_path({65001, kCustomer}).via(partner);
  (void)collector.listen();
  ASSERT_EQ(collector.table().size(), 1U);
  EXPECT_EQ(collector.table().begin()->second.as_path.to_string(), "65000 65001 65010");
}

// The last resort leaves at the PoP where the traffic of the client enters the network.
TEST_F(PinnedPaths, FromAVantageALastResortIsTheLastToo) {
  one.fallback = Fallback::Any;
  Neighbour& partner = tern.add(between_pops(3));
  Neighbour& hijacker = tern.add(between_pops(4));
  Session elsewhere = route_server_client(65005, 5);
  elsewhere.import.egress = elsewhere.export_.egress = two_pops();
  elsewhere.export_.vantage = 1;
  Neighbour& client = tern.add(elsewhere);
  constexpr LargeCommunity kUsersMetro{kOurAsn, 1, 10};
  route(kWhere).as_path({65001, kCustomer}).large(kLeavesAtAms).large(kUsersMetro).via(partner);
  route(kWhere).as_path({65009, 65666}).large(kLeavesAtLhr).large(kUsersMetro).via(hijacker);
  (void)client.listen();
  EXPECT_EQ(client.holds(kWhere)->as_path.to_string(), "65001 65010");
  partner.withdraw(kWhere);
  (void)client.listen();
  EXPECT_EQ(client.holds(kWhere)->as_path.to_string(), "65009 65666");
}

// Also of the default route, for clients without a default route of ours.
TEST_F(PinnedPaths, ALastResortOfTheDefaultRouteIsTheLast) {
  const std::string everything = "0.0.0.0/0";
  one.prefix = prefix(everything);
  one.max_length = 0;
  one.fallback = Fallback::Any;
  Neighbour& partner = tern.add(guarded(ebgp(65001, 1)));
  Neighbour& hijacker = tern.add(guarded(ebgp(65009, 9)));
  Session several = ebgp(65004, 4);
  several.facts.add_path_send = {Family::Ipv4Unicast};
  several.export_.add_path_send = 8;
  Neighbour& collector = tern.add(several);
  Session with_ours = ebgp(65006, 6);
  with_ours.export_.default_route = std::make_shared<const policy::Chain>();
  Neighbour& other = tern.add(with_ours);
  route(everything).as_path({65001, kCustomer}).via(partner);
  route(everything).as_path({65009, 65666}).via(hijacker);
  (void)collector.listen();
  ASSERT_EQ(collector.table().size(), 1U);
  EXPECT_EQ(collector.table().begin()->second.as_path.to_string(), "65000 65001 65010");
  partner.withdraw(everything);
  (void)collector.listen();
  ASSERT_EQ(collector.table().size(), 1U);
  EXPECT_EQ(collector.table().begin()->second.as_path.to_string(), "65000 65009 65666");
  (void)other.listen();
  EXPECT_EQ(other.holds(everything)->as_path.to_string(), "65000");
}

TEST_F(PinnedPaths, OtherCostsLeaveTheRank) {
  one.primary_pop = "ams";
  Session here = guarded(ebgp(65001, 1));
  here.import.egress = here.export_.egress = two_pops();
  here.import.dictionary = here.import.egress->dictionary("partner");
  Neighbour& partner = tern.add(here);
  Neighbour& pop = tern.add(between_pops(3));
  route(kWhere).as_path({65001, kCustomer}).community(Community::of(65001, 10)).via(partner);
  route(kWhere).as_path({65001, kCustomer}).large(kLeavesAtLhr).large({kOurAsn, 1, 10}).via(pop);
  EXPECT_EQ(best(), partner.slot());  // 8 ms beside 7 ms
  EXPECT_EQ(destination().step, rib::Step::Pin);
  EXPECT_EQ(tern.rib.egress_suboptimal(), 0U);  // the nearer PoP is not the customer's
  policy::CostChange change;
  for (PopId exit = 0; exit < 2; ++exit) change.add({0, exit, true});
  Pricing pricing;
  rib::ClientSet starved;
  const auto slower = two_pops()->costs()->with_prefixes(std::make_shared<const policy::PrefixRtts>(
      std::vector<policy::PrefixRtts::Measured>{{prefix(kWhere), 0, 90000}}));
  const auto id = *tern.rib.find_id(unicast(prefix(kWhere)));
  const auto ranks = [&] {
    std::vector<PinRank> all;
    for (const rib::Path& path : destination().paths) {
      all.push_back(tern.rib.attributes()[path.effective()].pin());
    }
    return all;
  };
  const std::vector<PinRank> before = ranks();
  EXPECT_NE(before[0], kNoPin);
  EXPECT_EQ(pricing.price(tern.rib, id, change, *slower, starved).priced, 1U);
  EXPECT_EQ(ranks(), before);
  EXPECT_EQ(best(), partner.slot());
  VantageOrder order;
  const auto at = order.at(slower.get(), 1, tern.rib, destination());
  EXPECT_EQ(destination().paths[at[0]].peer(), partner.slot());
}

}  // namespace
}  // namespace tern::pipeline
