// Measured round trips to prefixes in the costs of paths: of each exit by itself, whatever the
// place of the users, and also after other costs have moved.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "bgpd/pipeline/attribute_sets.h"
#include "bgpd/pipeline/pricing.h"
#include "bgpd/pipeline/vantage_order.h"
#include "policy/prefix_rtts.h"
#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

class MeasuredPrefix : public testing::Test {
 protected:
  using Measured = std::vector<policy::PrefixRtts::Measured>;
  static constexpr MetroId kParis = 0;
  static constexpr PopId kOurPop = 0, kLondon = 1;
  static constexpr LargeCommunity kCarriedParis{kOurAsn, 1, 10};
  static constexpr LargeCommunity kCarriedLhr{kOurAsn, 2, 2};
  static constexpr char kRoute[] = "203.0.113.0/24";

  std::shared_ptr<const policy::EgressCosts> costs(Measured measured) {
    return egress->costs()->with_prefixes(
        std::make_shared<const policy::PrefixRtts>(std::move(measured)));
  }
  Session with(Session session, Measured measured) {
    session.import.egress = session.export_.egress = egress;
    session.import.costs = costs(std::move(measured));
    return session;
  }
  Session partner(Measured measured) {
    Session session = with(ebgp(65001, 1), std::move(measured));
    session.import.dictionary = egress->dictionary("partner");
    return session;
  }
  Session pop(Measured measured) {
    Session session = with(ibgp(3), std::move(measured));
    session.import.between_pops = session.export_.between_pops = true;
    return session;
  }
  static Community paris() { return Community::of(65001, 10); }
  EgressInfo best(const char* text = kRoute) {
    const auto destination = tern.rib.find(unicast(prefix(text)));
    return read(tern.rib.attributes()[destination->best()->effective()]).egress;
  }
  void judge_again(Neighbour& neighbour, const Session& session) {
    neighbour.import.set_rules(session.import);
    for (rib::DestId id = 0; id < tern.rib.end(); ++id) neighbour.import.reevaluate(tern.rib, id);
  }
  void prices_each(bool between_pops) {
    const PopId exit = between_pops ? kLondon : kOurPop;
    const EgressCost by_metro = between_pops ? 7000 : 8000;
    const auto session = [&](Measured measured) {
      return between_pops ? pop(std::move(measured)) : partner(std::move(measured));
    };
    Neighbour& a = tern.add(session({{prefix("10.0.0.0/8"), exit, 1000}}));
    for (const char* text : {"10.1.0.0/16", "11.1.0.0/16", "12.1.0.0/16", "10.2.0.0/16"}) {
      route(text).large(kCarriedParis).large(kCarriedLhr).community(paris()).via(a);
    }
    EXPECT_EQ(best("10.1.0.0/16").cost, 1000U);
    EXPECT_EQ(best("11.1.0.0/16").cost, by_metro);
    judge_again(a,
                session({{prefix("10.2.0.0/16"), exit, 1000}, {prefix("11.0.0.0/8"), exit, 2000}}));
    EXPECT_EQ(best("10.1.0.0/16").cost, by_metro);
    EXPECT_EQ(best("10.2.0.0/16").cost, 1000U);
    EXPECT_EQ(best("11.1.0.0/16").cost, 2000U);
    EXPECT_EQ(best("12.1.0.0/16").cost, by_metro);
  }
  // The pair of our PoP and Paris changed.
  Pricing::Result price(const policy::EgressCosts& by) {
    policy::CostChange change;
    change.add(policy::CostPair{kOurPop, kParis, false});
    rib::ClientSet starved;
    Pricing::Result all;
    for (rib::DestId id = 0; id < tern.rib.end(); ++id) {
      const Pricing::Result one = pricing.price(tern.rib, id, change, by, starved);
      all.priced += one.priced;
      all.touched |= one.touched;
    }
    return all;
  }

  const std::shared_ptr<const policy::Egress> egress = two_pops();
  Speaker tern;
  Pricing pricing;
};

TEST_F(MeasuredPrefix, StandsForTheRoundTripToTheMetro) {
  Neighbour& a = tern.add(partner({{prefix("203.0.0.0/16"), kOurPop, 3000},
                                   {prefix("2001:db8::/32"), kOurPop, 4000},
                                   {prefix("198.51.100.0/24"), kLondon, 1}}));
  for (const char* text : {kRoute, "198.51.100.0/24", "2001:db8:1::/48"}) {
    route(text).community(paris()).via(a);
  }
  EXPECT_EQ(best(), (EgressInfo{kParis, kOurPop, 3000}));
  EXPECT_EQ(best("2001:db8:1::/48"), (EgressInfo{kParis, kOurPop, 4000}));
  EXPECT_EQ(best("198.51.100.0/24"), (EgressInfo{kParis, kOurPop, 8000}));  // another exit
}

TEST_F(MeasuredPrefix, NeedsNoPlaceOfTheUsers) {
  Session session = partner({{prefix(kRoute), kOurPop, 3000}});
  session.import.added_cost = 700;
  Neighbour& a = tern.add(session);
  route(kRoute).via(a);
  route("198.51.100.0/24").via(a);
  EXPECT_EQ(best(), (EgressInfo{kNoPlace, kOurPop, 3700, 700}));
  // For a measurement that comes later, and for other PoPs.
  EXPECT_EQ(best("198.51.100.0/24"), (EgressInfo{kNoPlace, kOurPop, kUnknownCost, 700}));
}

// Measurements of the control API alone concern the prefixes that they cover, and no other path. A
// path without a place has the added cost of its exit, for PoPs that have measured its prefix.
TEST_F(MeasuredPrefix, OfTheControlApiLeavesOtherPathsAlone) {
  Session session = partner({});
  session.import.costs = egress->costs()->with_prefixes(
      nullptr,
      std::make_shared<const policy::PrefixRtts>(Measured{{prefix(kRoute), kOurPop, 3000}}));
  session.import.added_cost = 700;
  Neighbour& a = tern.add(session);
  route(kRoute).via(a);
  route("198.51.100.0/24").via(a);
  EXPECT_EQ(best(), (EgressInfo{kNoPlace, kOurPop, 3700, 700}));
  EXPECT_EQ(best("198.51.100.0/24"), (EgressInfo{kNoPlace, kOurPop, kUnknownCost, 700}));
  session.import.costs = nullptr;
  judge_again(a, session);
  EXPECT_EQ(best(), (EgressInfo{kNoPlace, kOurPop, kUnknownCost, 700}));
}

TEST_F(MeasuredPrefix, CountsForThePathsOfItsExitAlone) {
  const Measured measured{{prefix(kRoute), kOurPop, 6000}};
  Neighbour& here = tern.add(partner(measured));
  Neighbour& london = tern.add(pop(measured));
  route(kRoute).as_path({65001}).community(paris()).via(here);
  route(kRoute).as_path({65001}).large(kCarriedParis).large(kCarriedLhr).via(london);
  EXPECT_EQ(best(), (EgressInfo{kParis, kOurPop, 6000}));  // before 7 ms
  judge_again(here, partner({{prefix(kRoute), kLondon, 6000}}));
  judge_again(london, pop({{prefix(kRoute), kLondon, 6000}}));
  EXPECT_EQ(best(), (EgressInfo{kParis, kLondon, 6000}));  // before 8 ms
}

// Routes with one attribute set have costs of their own, also when stored routes are judged again.
TEST_F(MeasuredPrefix, PricesEachRouteOfAPartner) { prices_each(false); }
TEST_F(MeasuredPrefix, PricesEachRouteOfAnotherPop) { prices_each(true); }

TEST_F(MeasuredPrefix, StaysWhenTheCostOfThePairMoves) {
  Neighbour& a = tern.add(partner({{prefix(kRoute), kOurPop, 3000}}));
  route(kRoute).community(paris()).via(a);
  route("198.51.100.0/24").community(paris()).via(a);
  const policy::EgressCosts::Change moved{{kOurPop, kParis, false},
                                          {9000, policy::CostSource::File}};
  const auto next = costs({{prefix(kRoute), kOurPop, 3000}})->with({&moved, 1});
  const Pricing::Result result = price(*next);
  EXPECT_EQ(result.priced, 1U);
  EXPECT_TRUE(result.touched);
  EXPECT_EQ(best().cost, 3000U);
  EXPECT_EQ(best("198.51.100.0/24").cost, 9000U);
  // Without measurements the pair counts.
  EXPECT_EQ(price(*next->with_prefixes(nullptr)).priced, 1U);
  EXPECT_EQ(best().cost, 9000U);
}

TEST_F(MeasuredPrefix, CountsFromAVantage) {
  const Measured measured{{prefix(kRoute), kOurPop, 500'000}};
  Neighbour& here = tern.add(partner(measured));
  Neighbour& london = tern.add(pop(measured));
  route(kRoute).community(paris()).via(here);
  route(kRoute).large(kCarriedParis).large(kCarriedLhr).via(london);
  const auto destination = tern.rib.find(unicast(prefix(kRoute)));
  VantageOrder order;
  const auto first = [&](const policy::EgressCosts& by) {
    const auto at = order.at(&by, kOurPop, tern.rib, *destination).front();
    return read(tern.rib.attributes()[destination->paths[at].effective()]).egress.pop;
  };
  EXPECT_EQ(first(*egress->costs()), kOurPop);
  EXPECT_EQ(first(*costs(measured)), kLondon);
}

}  // namespace
}  // namespace tern::pipeline
