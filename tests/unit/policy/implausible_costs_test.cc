// Measurements that are faster than light in fiber: LiveCosts refuses them, or counts them.
#include <gtest/gtest.h>

#include "cost_history.h"
#include "policy/live_costs.h"

namespace tern::policy {
namespace {

TEST(LiveCosts, AMeasurementFasterThanLightDoesNotCount) {
  History history;
  const LiveCosts::Step step = history.set(kIadAmsterdam, 30'000);
  EXPECT_EQ(step.implausible, 1U);
  EXPECT_EQ(step.first_implausible.pair, kIadAmsterdam);
  EXPECT_EQ(step.first_implausible.microseconds, 30'000U);
  EXPECT_EQ(history.costs().implausible_pairs(), 1U);
  EXPECT_EQ(history.cell(kIadAmsterdam).source, CostSource::Distance);
  EXPECT_EQ(history.rows().front().state, LiveCosts::State::Implausible);
  EXPECT_GT(history.rows().front().shortest, 59'000U);
  EXPECT_LT(history.rows().front().shortest, 61'000U);
  // A second one in a row is no event, and the next possible one begins an average.
  EXPECT_EQ(history.set(kIadAmsterdam, 31'000).implausible, 0U);
  history.set(kIadAmsterdam, 90'000);
  EXPECT_EQ(history.cost(kIadAmsterdam), 90'000U);
  EXPECT_EQ(history.costs().implausible_pairs(), 0U);
}

// A single one, of a proxy or an anycast address, does not move the exit.
TEST(LiveCosts, TheMeasurementBeforeAnImpossibleOneCountsOn) {
  CostRules rules;
  rules.dwell = seconds(0);
  rules.max_age = seconds(100);
  History history(rules);
  history.set(kIadAmsterdam, 80'000);
  history.wait(seconds(50));
  EXPECT_EQ(history.set(kIadAmsterdam, 30'000, seconds(3600)).implausible, 1U);
  EXPECT_EQ(history.cost(kIadAmsterdam), 80'000U);
  EXPECT_EQ(history.rows().front().state, LiveCosts::State::Implausible);
  EXPECT_EQ(history.rows().front().latest, 30'000U);
  EXPECT_EQ(history.costs().implausible_pairs(), 1U);
  history.wait(seconds(50));  // the possible one is too old
  EXPECT_EQ(history.cell(kIadAmsterdam).source, CostSource::Distance);
}

TEST(LiveCosts, CorrectedCoordinatesMakeAMeasurementPossible) {
  EgressSource wrong = network();
  wrong.metros[kParis].location = wrong.pops[kIad].location;
  History history({}, wrong);
  history.set(kAmsParis, 9000);
  EXPECT_EQ(history.cell(kAmsParis).source, CostSource::Distance);
  history.configure(network());
  EXPECT_EQ(history.cell(kAmsParis), (EgressCosts::Cell{9000, CostSource::Operator}));
  history.wait(seconds(1));
  EXPECT_EQ(history.costs().implausible_pairs(), 0U);
  // And the other way around.
  history.configure(wrong);
  EXPECT_EQ(history.cell(kAmsParis).source, CostSource::Distance);
}

// A reload with other places asks again whether light allows the refused measurement.
TEST(LiveCosts, ARefusedMeasurementOutlastsOtherPlaces) {
  CostRules rules;
  rules.dwell = seconds(0);
  History history(rules);
  history.set(kIadAmsterdam, 80'000);
  history.wait(seconds(10));
  history.set(kIadAmsterdam, 30'000, seconds(3600));
  EgressSource more = network();
  more.metros.push_back({"riga", "Riga", 77, {56.9, 24.1}, ""});
  history.configure(more);
  EXPECT_EQ(history.wait(seconds(10)).implausible, 0U) << "it was reported when it came";
  EXPECT_EQ(history.cost(kIadAmsterdam), 80'000U);
  ASSERT_EQ(history.rows().size(), 1U);
  EXPECT_EQ(history.rows().front().state, LiveCosts::State::Implausible);
  EXPECT_EQ(history.rows().front().latest, 30'000U);
  EXPECT_EQ(history.costs().implausible_pairs(), 1U);
  // Amsterdam is near Washington after all.
  more.metros[kAmsterdam].location = more.pops[kIad].location;
  history.configure(more);
  EXPECT_EQ(history.cost(kIadAmsterdam), 30'000U);
  history.wait(seconds(10));
  EXPECT_EQ(history.costs().implausible_pairs(), 0U);
  EXPECT_EQ(history.rows().front().age, seconds(20));
  EXPECT_EQ(history.rows().front().lasts, seconds(3580));
}

// The measurement before it counts on.
TEST(LiveCosts, ARefusedMeasurementThatHasEndedIsNotTaken) {
  for (const bool has_other_places : {false, true}) {
    CostRules rules;
    rules.dwell = seconds(0);
    History history(rules);
    history.set(kIadAmsterdam, 80'000);
    history.set(kIadAmsterdam, 30'000, seconds(60));
    history.wait(seconds(60));
    rules.use_implausible = true;
    history.set_rules(rules);
    if (has_other_places) {
      history.configure(network());
    } else {
      history.reload({});
    }
    EXPECT_EQ(history.cost(kIadAmsterdam), 80'000U);
  }
}

TEST(LiveCosts, AMeasurementFasterThanLightCountsWhereTheRulesSaySo) {
  CostRules rules;
  rules.use_implausible = true;
  History history(rules);
  EXPECT_EQ(history.set({kIad, kAms, true}, 30'000).implausible, 1U);
  EXPECT_EQ(history.cost({kIad, kAms, true}), 30'000U);
  EXPECT_EQ(history.cost({kAms, kIad, true}), 30'000U);
}

TEST(LiveCosts, MeasurementsFasterThanLightHaveAnAverageWhereTheyCount) {
  CostRules rules;
  rules.use_implausible = true;
  rules.weight = 0.5;
  rules.dwell = seconds(0);
  History history(rules);
  history.set(kIadAmsterdam, 30'000);
  history.set(kIadAmsterdam, 40'000);
  EXPECT_EQ(history.cost(kIadAmsterdam), 35'000U);
}

// The 80 ms are of the first content, and no younger because the second one is read again.
TEST(LiveCosts, AReloadDoesNotRenewAMeasurementBehindARefusedOne) {
  CostRules rules;
  rules.dwell = seconds(0);
  rules.max_age = seconds(3600);
  History history(rules);
  history.file({{kIadAmsterdam, 80'000}});
  history.wait(seconds(1800));
  history.file({{kIadAmsterdam, 30'000}});
  history.reload({{kIadAmsterdam, 30'000}});
  EXPECT_EQ(history.cost(kIadAmsterdam), 80'000U);
  EXPECT_EQ(history.rows().front().age, seconds(1800));
  history.wait(seconds(1800));
  EXPECT_EQ(history.cell(kIadAmsterdam).source, CostSource::Distance);
}

TEST(LiveCosts, RulesThatUseImplausibleMeasurementsTakeTheRefusedOnes) {
  CostRules rules;
  rules.dwell = seconds(0);
  rules.weight = 0.5;
  History history(rules);
  constexpr CostPair kIadParis{kIad, kParis, false};
  history.file({{kIadAmsterdam, 80'000}});
  history.set(kIadParis, 80'000);
  history.wait(seconds(10));
  history.file({{kIadAmsterdam, 30'000}});
  history.set(kIadParis, 20'000, seconds(3600));
  ASSERT_EQ(history.cost(kIadAmsterdam), 80'000U);
  ASSERT_EQ(history.cost(kIadParis), 80'000U);
  history.wait(seconds(10));
  rules.use_implausible = true;
  history.set_rules(rules);
  const LiveCosts::Step step = history.reload({{kIadAmsterdam, 30'000}}, seconds(10));
  EXPECT_EQ(step.implausible, 0U) << "they were reported when they came";
  EXPECT_EQ(history.cost(kIadAmsterdam), 55'000U);
  EXPECT_EQ(history.cost(kIadParis), 50'000U);
  const auto rows = history.rows();
  ASSERT_EQ(rows.size(), 2U);
  for (const LiveCosts::Row& row : rows) {
    EXPECT_EQ(row.state, LiveCosts::State::Used);
    EXPECT_EQ(row.age, seconds(10));
  }
  // As long as `rtt set` said, counted from then on.
  const auto paris = history.costs().row(kIadParis, seconds(1020));
  EXPECT_EQ(paris->lasts, seconds(3590));
}

TEST(LiveCosts, ARefusedMeasurementIsNotShownAsOneThatWaits) {
  History history;
  history.set(kIadAmsterdam, 80'000);
  history.wait(seconds(10));
  history.set(kIadAmsterdam, 100'000);
  ASSERT_EQ(history.rows().front().state, LiveCosts::State::Waits);
  history.set(kIadAmsterdam, 30'000);
  EXPECT_EQ(history.rows().front().state, LiveCosts::State::Implausible);
  history.wait(seconds(50));
  EXPECT_EQ(history.cost(kIadAmsterdam), 100'000U);
}

TEST(LiveCosts, AnImplausibleMeasurementThatCountsBecomesStale) {
  CostRules rules;
  rules.dwell = seconds(0);
  rules.max_age = seconds(100);
  rules.use_implausible = true;
  History history(rules);
  history.set(kIadAmsterdam, 30'000);
  history.wait(seconds(100));
  EXPECT_EQ(history.cell(kIadAmsterdam).source, CostSource::Distance);
  EXPECT_EQ(history.rows().front().state, LiveCosts::State::Stale);
}

}  // namespace
}  // namespace tern::policy
