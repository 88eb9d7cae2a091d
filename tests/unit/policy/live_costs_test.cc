#include "policy/live_costs.h"

#include <gtest/gtest.h>

#include "cost_history.h"

namespace tern::policy {
namespace {

TEST(LiveCosts, WithoutMeasurementsTheTableIsThatOfTheConfiguration) {
  History history;
  EXPECT_EQ(history.wait(seconds(100)).pairs, 0U);
  EXPECT_EQ(history.cell(kAmsParis).source, CostSource::Distance);
  EXPECT_EQ(history.size(), 0U);
}

TEST(LiveCosts, DigestsAreEqualWhereTheSameIsKnown) {
  History here;
  History there;
  ASSERT_EQ(here.costs().digests(), there.costs().digests());
  here.set(kLhrParis, 9000);
  EXPECT_NE(here.costs().digests(), there.costs().digests());
  EXPECT_EQ(here.costs().digests()[kAms], there.costs().digests()[kAms]);
  there.file({{kAmsParis, 11'000}, {kLhrParis, 9010}});
  here.file({{kAmsParis, 11'000}, {kLhrParis, 9010}});
  EXPECT_NE(here.costs().digests()[kLhr], there.costs().digests()[kLhr]);
  here.clear(kLhrParis);
  // The cost in force differs still, by less than the rules ask for.
  EXPECT_EQ(here.costs().digests(), there.costs().digests());
  EgressSource other = network();
  other.rtts = {{"iad", "paris", 90'000}};
  there.configure(other);
  EXPECT_NE(here.costs().digests()[kIad], there.costs().digests()[kIad]);
}

TEST(LiveCosts, AMeasurementIsTheCostUntilItIsCleared) {
  History history;
  const LiveCosts::Step step = history.set(kAmsParis, 9000);
  EXPECT_EQ(step.pairs, 1U);
  EXPECT_EQ(step.first, kAmsParis);
  EXPECT_FALSE(step.by_age_only);
  EXPECT_TRUE(step.change.touches(kAms, kParis));
  EXPECT_FALSE(step.change.touches(kAms, kLondon));
  EXPECT_EQ(history.cell(kAmsParis), (EgressCosts::Cell{9000, CostSource::Operator}));
  history.wait(seconds(60));
  EXPECT_TRUE(history.clear(kAmsParis).by_age_only);
  EXPECT_EQ(history.cell(kAmsParis).source, CostSource::Distance);
  EXPECT_EQ(history.size(), 0U);
  EXPECT_FALSE(history.costs().clear(kAmsParis));
}

// The average is 9 ms, 9.3, 9.51 and so on; what moves is beyond 5 % and 0.5 ms.
TEST(LiveCosts, AnAverageSmoothsAndASmallChangeMovesNothing) {
  CostRules rules;
  rules.weight = 0.3;
  rules.dwell = seconds(0);
  History history(rules);
  history.set(kAmsParis, 9000);
  EXPECT_EQ(history.set(kAmsParis, 10000).pairs, 0U);
  EXPECT_EQ(history.cost(kAmsParis), 9000U);
  ASSERT_EQ(history.rows().size(), 1U);
  EXPECT_EQ(history.rows()[0].average, 9300U);
  EXPECT_EQ(history.rows()[0].latest, 10000U);
  EXPECT_EQ(history.rows()[0].state, LiveCosts::State::Used);
  EXPECT_EQ(history.set(kAmsParis, 10000).pairs, 1U);
  EXPECT_EQ(history.cost(kAmsParis), 9510U);
}

// 0.4 ms are 40 % of a cost, and 3 ms are 3 % of another: neither moves.
TEST(LiveCosts, AChangeHasToPassBothBounds) {
  CostRules rules;
  rules.dwell = seconds(0);
  History history(rules);
  history.set(kAmsParis, 1000);
  EXPECT_EQ(history.set(kAmsParis, 1400).pairs, 0U);
  history.set(kAmsLondon, 100000);
  EXPECT_EQ(history.set(kAmsLondon, 103000).pairs, 0U);
  EXPECT_EQ(history.set(kAmsLondon, 106000).pairs, 1U);
}

TEST(LiveCosts, TheCostsOfAMetroStayForTheDwell) {
  History history;
  EXPECT_EQ(history.set(kAmsParis, 9000).pairs, 1U);
  history.wait(seconds(10));
  EXPECT_EQ(history.set(kLhrParis, 3000).pairs, 0U) << "the same metro";
  EXPECT_EQ(history.set(kAmsLondon, 3000).pairs, 1U) << "another one";
  const auto rows = history.rows();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[2].pair, kLhrParis);
  EXPECT_EQ(rows[2].state, LiveCosts::State::Waits);
  EXPECT_EQ(rows[2].waits, seconds(50));
  EXPECT_EQ(history.wait(seconds(49)).pairs, 0U);
  const LiveCosts::Step step = history.wait(seconds(1));
  EXPECT_EQ(step.pairs, 1U);
  EXPECT_TRUE(step.change.touches(kLhr, kParis));
  EXPECT_EQ(history.cost(kLhrParis), 3000U);
}

// However fast two exits trade places, the costs of a metro change at most once in the dwell.
TEST(LiveCosts, AMeasurementThatOscillatesMovesOncePerDwell) {
  History history;
  std::size_t steps = 0;
  for (int i = 0; i < 600; ++i) {
    const EgressCost good = 5000;
    const EgressCost bad = 50000;
    if (history.file({{kAmsParis, i % 2 == 0 ? good : bad}, {kLhrParis, i % 2 == 0 ? bad : good}})
            .pairs != 0) {
      ++steps;
    }
    if (history.wait(seconds(1)).pairs != 0) ++steps;
  }
  EXPECT_LE(steps, 11U);
  EXPECT_GE(steps, 5U);
}

TEST(LiveCosts, AMeasurementThatIsTooOldFallsBackToTheDistance) {
  CostRules rules;
  rules.max_age = seconds(300);
  History history(rules);
  history.set(kAmsParis, 60000);
  EXPECT_EQ(history.wait(seconds(299)).pairs, 0U);
  const LiveCosts::Step step = history.wait(seconds(1));
  EXPECT_EQ(step.pairs, 1U);
  EXPECT_TRUE(step.by_age_only);
  EXPECT_EQ(history.cost(kAmsParis), history.distance(kAmsParis));
  ASSERT_EQ(history.rows().size(), 1U);
  EXPECT_EQ(history.rows()[0].state, LiveCosts::State::Stale);
  EXPECT_EQ(history.rows()[0].used.source, CostSource::Distance);
  // A new one counts again, behind the dwell.
  EXPECT_EQ(history.set(kAmsParis, 60000).pairs, 0U);
  EXPECT_EQ(history.wait(seconds(60)).pairs, 1U);
}

TEST(LiveCosts, AMeasurementEndsAtItsTime) {
  History history;
  history.set(kAmsParis, 60000, seconds(90));
  EXPECT_EQ(history.rows()[0].lasts, seconds(90));
  EXPECT_EQ(history.wait(seconds(89)).pairs, 0U);
  EXPECT_EQ(history.wait(seconds(1)).pairs, 1U);
  EXPECT_EQ(history.size(), 0U);
}

TEST(LiveCosts, TheControlApiCountsBeforeTheFile) {
  CostRules rules;
  rules.dwell = seconds(0);
  History history(rules);
  history.file({{kAmsParis, 8000}});
  EXPECT_EQ(history.cell(kAmsParis), (EgressCosts::Cell{8000, CostSource::File}));
  history.set(kAmsParis, 20000);
  history.file({{kAmsParis, 12000}});
  EXPECT_EQ(history.cost(kAmsParis), 20000U);
  history.clear(kAmsParis);
  EXPECT_EQ(history.cell(kAmsParis), (EgressCosts::Cell{12000, CostSource::File}));
  EXPECT_TRUE(history.file({}).by_age_only);
  EXPECT_EQ(history.cell(kAmsParis).source, CostSource::Distance);
}

// Of the file and of `rtts`: the configuration is what is fallen back to.
TEST(LiveCosts, TheFileCountsBeforeTheConfiguration) {
  EgressSource source = network();
  source.rtts = {{"ams", "paris", 7000}};
  CostRules rules;
  rules.dwell = seconds(0);
  rules.max_age = seconds(60);
  History history(rules, source);
  EXPECT_EQ(history.cell(kAmsParis), (EgressCosts::Cell{7000, CostSource::Configuration}));
  history.file({{kAmsParis, 9000}}, seconds(30));
  EXPECT_EQ(history.cost(kAmsParis), 9000U);
  history.wait(seconds(30));
  EXPECT_EQ(history.cell(kAmsParis), (EgressCosts::Cell{7000, CostSource::Configuration}));
}

TEST(LiveCosts, ABackboneIsMeasuredForBothDirections) {
  History history;
  const LiveCosts::Step step = history.set(kAmsLhr, 50000);
  EXPECT_EQ(step.pairs, 2U);
  EXPECT_TRUE(step.change.touches(kLhr, kParis));
  EXPECT_TRUE(step.change.touches(kAms, kWashington));
  EXPECT_EQ(history.cost(kLhrAms), 50000U);
  history.wait(seconds(60));
  history.set(kLhrAms, 60000);
  EXPECT_EQ(history.cost(kLhrAms), 60000U);
  EXPECT_EQ(history.cost(kAmsLhr), 50000U);
  history.wait(seconds(60));
  history.clear(kAmsLhr);
  EXPECT_EQ(history.cost(kAmsLhr), 60000U);
  history.wait(seconds(60));
  history.clear(kLhrAms);
  EXPECT_EQ(history.cost(kAmsLhr), history.distance(kAmsLhr));
  EXPECT_EQ(history.size(), 0U);
}

// The only metro of a country, and the surroundings of a PoP.
TEST(LiveCosts, AWiderPlaceFollowsWhatItIsMadeOf) {
  EgressSource source = network();
  source.countries = {{"fr", "France", 1, ""}};
  source.metros[kParis].country = "fr";
  History history({}, source);
  constexpr MetroId kNearLhr = 5;  // behind four metros and ams
  constexpr MetroId kFrance = 7;
  const LiveCosts::Step step = history.set(kAmsParis, 9000);
  EXPECT_EQ(history.cell({kAms, kFrance, false}), history.cell(kAmsParis));
  EXPECT_TRUE(step.change.touches(kAms, kFrance));
  EXPECT_FALSE(step.change.touches(kLhr, kFrance));
  history.set(kAmsLhr, 50000);
  EXPECT_EQ(history.cost({kAms, kNearLhr, false}), 50000 + kLastMileMicroseconds);
  history.wait(seconds(60));
  history.clear(kAmsParis);
  EXPECT_EQ(history.cell({kAms, kFrance, false}).source, CostSource::Distance);
}

// A program that writes the file each few seconds is always ahead of a reload.
TEST(LiveCosts, AReloadWithNewerContentKeepsAveragesAndDwell) {
  CostRules rules;
  rules.weight = 0.5;
  History history(rules);
  history.file({{kAmsParis, 8000}});
  EXPECT_EQ(history.reload({{kAmsParis, 20'000}}).pairs, 0U);  // the dwell
  EXPECT_EQ(history.rows()[0].average, 14'000U);
  EXPECT_EQ(history.reload({{kAmsParis, 20'000}}).pairs, 0U);
  EXPECT_EQ(history.rows()[0].average, 14'000U) << "the same content is no new measurement";
  EXPECT_EQ(history.wait(seconds(60)).pairs, 1U);
  EXPECT_EQ(history.cost(kAmsParis), 14'000U);
  EXPECT_EQ(history.reload({}).pairs, 0U);
  EXPECT_EQ(history.wait(seconds(60)).pairs, 1U);
  EXPECT_EQ(history.cell(kAmsParis).source, CostSource::Distance);
}

// A reload read the file before the watch took a later content.
TEST(LiveCosts, AReloadWithOlderContentChangesNothing) {
  CostRules rules;
  rules.dwell = seconds(0);
  History history(rules);
  history.file({{kAmsParis, 8000}});
  EXPECT_EQ(history.reload({{kAmsParis, 20'000}}, seconds(0), {}, kOrder - 1).pairs, 0U);
  EXPECT_EQ(history.cost(kAmsParis), 8000U);
  // A file with another name may be older.
  EXPECT_EQ(history.reload({{kAmsParis, 20'000}}, seconds(3), "other.csv", 1).pairs, 1U);
}

// A restored backup has older measurements, but is the later content.
TEST(LiveCosts, AReloadTakesOlderMeasurementsOfALaterContent) {
  CostRules rules;
  rules.dwell = seconds(0);
  History history(rules);
  history.file({{kAmsParis, 8000}});
  EXPECT_EQ(history.reload({{kAmsParis, 20'000}}, seconds(90), {}, kOrder + 1).pairs, 1U);
  EXPECT_EQ(history.cost(kAmsParis), 20'000U);
  EXPECT_EQ(history.rows()[0].age, seconds(90));
}

TEST(LiveCosts, AReloadWithOtherPlacesTakesTheFileAsItIs) {
  CostRules rules;
  rules.weight = 0.1;
  History history(rules);
  history.file({{kAmsParis, 8000}});
  EgressSource other = network();
  other.metros[kParis].title = "Paris, France";
  history.configure(other, {{kAmsParis, 20'000}});
  EXPECT_EQ(history.cost(kAmsParis), 20'000U);
}

TEST(LiveCosts, PairsWithAMeasurementAreCounted) {
  History history;
  history.set({kAms, kLhr, true}, 7000);  // the other direction follows, and is not measured
  EXPECT_EQ(history.size(), 1U);
  history.file({{{kAms, kLhr, true}, 7000}, {kAmsParis, 9000}});
  EXPECT_EQ(history.size(), 2U);
  history.clear({kAms, kLhr, true});
  EXPECT_EQ(history.size(), 2U);
  history.file({{kAmsParis, 9000}});
  EXPECT_EQ(history.size(), 1U);
  history.set(kAmsParis, 9000, seconds(5));
  history.file({});
  EXPECT_EQ(history.size(), 1U);
  history.wait(seconds(5));
  EXPECT_EQ(history.size(), 0U);
}

TEST(LiveCosts, ACostThatNeverMovedHasNoTime) {
  History history;
  history.set(kAmsParis, 9000);
  history.set(kLhrParis, 9000);  // waits: costs of a metro move together
  EXPECT_EQ(history.rows()[0].used_since, seconds(0));
  EXPECT_EQ(history.rows()[1].used_since, std::nullopt);
}

TEST(LiveCosts, RowsComeInParts) {
  History history;
  history.file({{kAmsLondon, 7000}, {kAmsParis, 9000}, {kLhrParis, 9000}});
  EXPECT_EQ(history.costs().rows(seconds(1000), 2, {0, 0, false}).size(), 2U);
  const auto rest = history.costs().rows(seconds(1000), 2, {kAms, kParis, true});
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].pair, kLhrParis);
  EXPECT_EQ(history.costs().row(kAmsLondon, seconds(1000))->latest, 7000U);
  EXPECT_FALSE(history.costs().row({kIad, kParis, false}, seconds(1000)));
}

TEST(LiveCosts, MeasurementsOfTheControlApiFollowTheNamesOfPlaces) {
  History history;
  history.set(kAmsParis, 9000);
  history.set(kAmsLhr, 50000);
  history.set(kAmsLondon, 4000);
  EgressSource source = network();
  std::swap(source.metros[kLondon], source.metros[kParis]);  // paris has the number of london
  source.metros.erase(source.metros.begin() + kParis);
  source.dictionaries.clear();
  history.configure(source);
  EXPECT_EQ(history.cost({kAms, kLondon, false}), 9000U);
  EXPECT_EQ(history.cost(kLhrAms), 50000U);
  EXPECT_EQ(history.size(), 2U);
}

TEST(LiveCosts, AProbeCountsBehindTheFileAndBeforeTheConfiguration) {
  CostRules rules;
  rules.dwell = seconds(0);
  EgressSource source = network();
  source.rtts = {{"ams", "paris", 20'000}};
  History history(rules, source);
  EXPECT_EQ(history.probe(kAmsParis, 9000).pairs, 1U);
  EXPECT_EQ(history.cell(kAmsParis), (EgressCosts::Cell{9000, CostSource::Probe}));
  ASSERT_EQ(history.rows().size(), 1U);
  EXPECT_EQ(history.rows()[0].source, CostSource::Probe);
  EXPECT_EQ(history.rows()[0].lasts, seconds(50));
  history.file({{kAmsParis, 12'000}});
  EXPECT_EQ(history.cell(kAmsParis), (EgressCosts::Cell{12'000, CostSource::File}));
  history.probe(kAmsParis, 5000);
  EXPECT_EQ(history.cost(kAmsParis), 12'000U);
  EXPECT_EQ(history.rows()[0].source, CostSource::File);
  history.file({});
  EXPECT_EQ(history.cell(kAmsParis), (EgressCosts::Cell{5000, CostSource::Probe}));
}

TEST(LiveCosts, DigestsAreOfWhatOtherPopsCanKnow) {
  History history;
  const auto before = history.costs().digests();
  history.probe(kAmsParis, 9000);
  EXPECT_EQ(history.cell(kAmsParis).source, CostSource::Probe);
  EXPECT_EQ(history.costs().digests(), before);
}

TEST(LiveCosts, AProbeEndsWithoutNewOnes) {
  CostRules rules;
  rules.dwell = seconds(0);
  rules.weight = 0.5;
  History history(rules);
  history.probe(kAmsLhr, 9000);
  history.wait(seconds(40));
  history.probe(kAmsLhr, 11'000);
  EXPECT_EQ(history.cost(kAmsLhr), 10'000U);
  EXPECT_EQ(history.cost(kLhrAms), 10'000U) << "the other direction follows";
  history.wait(seconds(49));
  EXPECT_EQ(history.cell(kAmsLhr).source, CostSource::Probe);
  EXPECT_TRUE(history.wait(seconds(1)).by_age_only);
  EXPECT_EQ(history.cell(kAmsLhr).source, CostSource::Distance);
  EXPECT_EQ(history.cell(kLhrAms).source, CostSource::Distance);
  EXPECT_EQ(history.size(), 0U);
  // The next one begins a new average.
  history.probe(kAmsLhr, 30'000);
  EXPECT_EQ(history.cost(kAmsLhr), 30'000U);
}

TEST(LiveCosts, PairsWithImplausibleProbesAreCountedWhileTheyLast) {
  CostRules rules;
  rules.dwell = seconds(0);
  History history(rules);
  EXPECT_EQ(history.probe(kIadAmsterdam, 30'000).implausible, 1U);
  EXPECT_EQ(history.costs().implausible_pairs(), 1U);
  EXPECT_EQ(history.probe(kIadAmsterdam, 31'000).implausible, 0U);
  EXPECT_EQ(history.costs().implausible_pairs(), 1U);
  history.probe(kIadAmsterdam, 90'000);
  EXPECT_EQ(history.costs().implausible_pairs(), 0U);
  EXPECT_EQ(history.cost(kIadAmsterdam), 90'000U);
  EXPECT_EQ(history.probe(kIadAmsterdam, 30'000).implausible, 1U);
  EXPECT_EQ(history.costs().implausible_pairs(), 1U);
  EXPECT_EQ(history.cost(kIadAmsterdam), 90'000U);
}

TEST(LiveCosts, ProbesOfPlacesThatStayAreKept) {
  CostRules rules;
  rules.dwell = seconds(0);
  History history(rules);
  history.probe(kAmsParis, 9000);
  history.probe(kAmsLondon, 8000);
  history.costs().keep_probes({kAmsParis});
  history.wait(seconds(1));
  EXPECT_EQ(history.cost(kAmsParis), 9000U);
  EXPECT_EQ(history.cell(kAmsLondon).source, CostSource::Distance);
  EXPECT_EQ(history.size(), 1U);
  // Also where a reload gives places other numbers.
  EgressSource source = network();
  source.metros.erase(source.metros.begin() + kLondon);
  source.dictionaries.clear();
  history.configure(source);
  EXPECT_EQ(history.cell({kAms, kParis - 1, false}), (EgressCosts::Cell{9000, CostSource::Probe}));
}

TEST(LiveCosts, TakesNoMorePairsThanItsBound) {
  EgressSource source;
  source.pop = "p0";
  source.community_asn = 65000;
  source.location_function = 1;
  source.egress_function = 2;
  for (std::uint32_t i = 0; i < 66; ++i) {
    source.pops.push_back({"p" + std::to_string(i), "", i + 1, {}});
  }
  for (std::uint32_t i = 0; i < 1000; ++i) {
    source.metros.push_back({"m" + std::to_string(i), "", i + 1, {}});
  }
  History history({}, source);
  std::vector<MeasuredPair> pairs;
  for (PopId pop = 0; pop < 65; ++pop) {
    for (MetroId metro = 0; metro < 1000; ++metro) pairs.push_back({{pop, metro, false}, 5000});
  }
  EXPECT_EQ(history.file(pairs).pairs, 65000U);
  std::size_t taken = 0;
  for (MetroId metro = 0; metro < 1000; ++metro) {
    if (history.costs().set({{65, metro, false}, 5000}, std::nullopt, seconds(1000))) ++taken;
  }
  EXPECT_EQ(history.size(), LiveCosts::kMostPairs);
  EXPECT_EQ(taken, LiveCosts::kMostPairs - 65000);
  EXPECT_TRUE(history.costs().set({{0, 0, false}, 1}, std::nullopt, seconds(1000)));
  const MeasuredPair last{{65, 999, false}, 5000};
  EXPECT_FALSE(history.costs().take_probe(last, seconds(50), seconds(1000)));
}

}  // namespace
}  // namespace tern::policy
