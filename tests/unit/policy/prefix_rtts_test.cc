// Measured round trips to prefixes: the longest measured prefix of each exit decides, a change
// names what it concerns, and costs are made of them as of round trips to metros.

#include "policy/prefix_rtts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <random>

#include "covering_scan.h"
#include "egress_network.h"
#include "policy/live_costs.h"
#include "policy_builders.h"

namespace tern::policy {
namespace {

using Ranges = std::vector<PrefixRange>;

// "10.0.0.0/8 5000", or "none".
std::string found(const PrefixRtts& rtts, const char* asked, PopId pop) {
  const PrefixRtts::Measured* const one = rtts.find(prefix(asked), pop);
  if (one == nullptr) return "none";
  return one->prefix.to_string() + " " + std::to_string(one->microseconds);
}

TEST(PrefixRtts, TheLongestPrefixOfAnExitDecides) {
  const PrefixRtts rtts({{prefix("10.0.0.0/8"), 0, 5000},
                         {prefix("10.0.0.0/8"), 1, 6000},
                         {prefix("10.1.0.0/16"), 0, 7000},
                         {prefix("10.1.2.0/24"), 1, 8000},
                         {prefix("2001:db8::/32"), 0, 9000}});
  EXPECT_EQ(rtts.size(), 5U);
  EXPECT_EQ(found(rtts, "10.1.2.0/24", 0), "10.1.0.0/16 7000");
  EXPECT_EQ(found(rtts, "10.1.2.0/24", 1), "10.1.2.0/24 8000");
  EXPECT_EQ(found(rtts, "10.1.2.128/25", 1), "10.1.2.0/24 8000");
  EXPECT_EQ(found(rtts, "10.1.3.0/24", 1), "10.0.0.0/8 6000");
  EXPECT_EQ(found(rtts, "10.2.0.0/16", 0), "10.0.0.0/8 5000");
  EXPECT_EQ(found(rtts, "10.1.2.0/24", 2), "none");
  EXPECT_EQ(found(rtts, "10.0.0.0/7", 0), "none");
  EXPECT_EQ(found(rtts, "11.0.0.0/8", 0), "none");
  EXPECT_EQ(found(rtts, "2001:db8:1::/48", 0), "2001:db8::/32 9000");
  EXPECT_EQ(found(rtts, "2001:db8:1::/48", 1), "none");
  EXPECT_EQ(found(rtts, "::/0", 0), "none");
  EXPECT_EQ(found(PrefixRtts(), "10.0.0.0/8", 0), "none");
}

TEST(PrefixRtts, OfEqualOnesTheFirstCounts) {
  const PrefixRtts rtts({{prefix("10.0.0.0/8"), 0, 5000}, {prefix("10.0.0.0/8"), 0, 6000}});
  EXPECT_EQ(rtts.size(), 1U);
  EXPECT_EQ(found(rtts, "10.0.0.0/8", 0), "10.0.0.0/8 5000");
}

TEST(PrefixRtts, ADifferenceIsOfThePrefixesThatDiffer) {
  const PrefixRtts wide({{prefix("10.0.0.0/8"), 0, 5000}});
  const PrefixRtts same({{prefix("10.0.0.0/8"), 0, 5000}, {prefix("10.1.0.0/16"), 0, 5000}});
  // Measurements of another source may lie between the two.
  EXPECT_EQ(PrefixRtts::difference(wide, same), (Ranges{{prefix("10.1.0.0/16"), 16, 32}}));
  EXPECT_EQ(PrefixRtts::difference(wide, wide), Ranges{});
  const PrefixRtts other({{prefix("10.0.0.0/8"), 0, 5000}, {prefix("10.1.0.0/16"), 1, 5000}});
  EXPECT_EQ(PrefixRtts::difference(wide, other), (Ranges{{prefix("10.1.0.0/16"), 16, 32}}));
  // A range has those that lie inside.
  EXPECT_EQ(PrefixRtts::difference(other, PrefixRtts()), (Ranges{{prefix("10.0.0.0/8"), 8, 32}}));
}

TEST(PrefixRtts, RangesHaveEveryMeasuredPrefix) {
  const PrefixRtts rtts({{prefix("10.1.0.0/16"), 1, 5000},
                         {prefix("10.0.0.0/8"), 0, 5000},
                         {prefix("2001:db8::/32"), 0, 5000}});
  EXPECT_EQ(rtts.ranges(),
            (Ranges{{prefix("10.0.0.0/8"), 8, 32}, {prefix("2001:db8::/32"), 32, 128}}));
  EXPECT_EQ(PrefixRtts().ranges(), Ranges{});
}

TEST(PrefixRtts, ASmallDifferenceChangesNothing) {
  const CostRules rules{.least_share = 0.1, .least_microseconds = 500};
  const PrefixRtts used({{prefix("10.0.0.0/8"), 0, 20000}, {prefix("11.0.0.0/8"), 0, 2000}});
  const PrefixRtts next({{prefix("10.0.0.0/8"), 0, 21900},
                         {prefix("11.0.0.0/8"), 0, 2500},
                         {prefix("10.1.0.0/16"), 0, 20100}});
  const PrefixRtts settled = next.settled(used, rules);
  EXPECT_EQ(found(settled, "10.0.0.0/8", 0), "10.0.0.0/8 20000");
  EXPECT_EQ(found(settled, "11.0.0.0/8", 0), "11.0.0.0/8 2500");
  EXPECT_EQ(found(settled, "10.1.0.0/16", 0), "10.1.0.0/16 20100");  // it was not measured
  EXPECT_EQ(settled.digest(0), next.digest(0));
  EXPECT_NE(settled.digest(0), used.digest(0));
  EXPECT_EQ(settled.digest(1), 0U);
}

// ---- Costs

TEST(PrefixRtts, TakeTheNumbersOfThePops) {
  const Egress egress = egress_of(network());
  const PrefixRtts rtts({{"lhr", prefix("10.0.0.0/8"), 5000}, {"nowhere", prefix("10.0.0.0/8"), 1}},
                        egress);
  EXPECT_EQ(rtts.size(), 1U);
  EXPECT_EQ(found(rtts, "10.0.0.0/8", *egress.find_pop("lhr")), "10.0.0.0/8 5000");
}

std::shared_ptr<const EgressCosts> measured(const Egress& egress) {
  return egress.costs()->with_prefixes(std::make_shared<const PrefixRtts>(
      std::vector<PrefixRtts::Measured>{{prefix("10.0.0.0/8"), kLhr, 30000}}));
}

EgressCost cost(const EgressCosts& costs, const char* text, const EgressInfo& place) {
  return costs.cost(place, costs.measured_to(prefix(text), place.pop));
}

TEST(PrefixRtts, StandForTheLastMileOfTheirExit) {
  const Egress egress = egress_of(network());
  const auto costs = measured(egress);
  EXPECT_EQ(cost(*costs, "10.1.0.0/16", {kParis, kLhr}), 30000U);
  EXPECT_EQ(cost(*costs, "10.1.0.0/16", {kParis, kLhr, kUnknownCost, 700}), 30700U);
  EXPECT_EQ(cost(*costs, "10.1.0.0/16", {kNoPlace, kLhr}), 30000U);
  EXPECT_EQ(cost(*costs, "10.1.0.0/16", {kParis, kAms}), costs->cost(kAms, kParis));
  EXPECT_EQ(cost(*costs, "11.0.0.0/8", {kParis, kLhr}), costs->cost(kLhr, kParis));
  EXPECT_EQ(cost(*costs, "11.0.0.0/8", {kNoPlace, kLhr}), kUnknownCost);
  EXPECT_EQ(cost(*egress.costs(), "10.0.0.0/8", {kParis, kLhr}), costs->cost(kLhr, kParis));
}

// As of a round trip to the metro: only the last mile is another.
TEST(PrefixRtts, CountByTheModeOfTheCosts) {
  for (const CostMode mode :
       {CostMode::LastMile, CostMode::Total, CostMode::Weighted, CostMode::HotPotato}) {
    EgressSource source = network();
    source.mode = mode;
    source.backbone_percent = 50;
    const Egress egress = egress_of(source);
    const auto costs = measured(egress);
    const EgressCosts::Change change{{kLhr, kParis, false}, {30000, CostSource::File}};
    const auto by_metro = egress.costs()->with({&change, 1});
    const EgressInfo place{kParis, kLhr, kUnknownCost, 700};
    EXPECT_EQ(cost(*costs, "10.0.0.0/8", place), by_metro->cost(place)) << to_string(mode);
    for (const PopId vantage : {kAms, kLhr}) {
      EXPECT_EQ(costs->cost_from(vantage, place, costs->measured_to(prefix("10.0.0.0/8"), kLhr)),
                by_metro->cost_from(vantage, place))
          << to_string(mode);
    }
  }
}

// Costs of pairs that move, and equality.
TEST(PrefixRtts, StayWhenOtherCostsMove) {
  const Egress egress = egress_of(network());
  const auto costs = measured(egress);
  const EgressCosts::Change change{{kLhr, kParis, false}, {1000, CostSource::File}};
  EXPECT_EQ(cost(*costs->with({&change, 1}), "10.0.0.0/8", {kParis, kLhr}), 30000U);
  EXPECT_EQ(*costs, *measured(egress));
  EXPECT_FALSE(*costs == *egress.costs());
  EXPECT_TRUE(costs->same_places(*egress.costs()));
}

// ---- Of a file, and of the control API

// "file 10.0.0.0/8 5000", "api ...", or "none".
std::string measurement(const EgressCosts& costs, const char* asked, PopId pop) {
  const auto one = costs.measurement_to(prefix(asked), pop);
  if (!one) return "none";
  return std::string(to_string(one->source)) + " " + one->prefix.to_string() + " " +
         std::to_string(one->microseconds);
}

TEST(PrefixRtts, TheLongestOfAllSourcesCountsThenTheControlApiThenTheFile) {
  const Egress egress = egress_of(network());
  const auto of = [](std::vector<PrefixRtts::Measured> measured) {
    return std::make_shared<const PrefixRtts>(std::move(measured));
  };
  const auto costs = egress.costs()->with_prefixes(
      of({{prefix("10.0.0.0/8"), kAms, 1000}, {prefix("10.1.2.0/24"), kAms, 2000}}),
      of({{prefix("10.0.0.0/8"), kAms, 3000}, {prefix("11.0.0.0/8"), kLhr, 5000}}),
      of({{prefix("10.1.0.0/16"), kAms, 4000},
          {prefix("10.1.2.0/24"), kAms, 6000},
          {prefix("11.0.0.0/8"), kLhr, 7000}}));
  EXPECT_EQ(measurement(*costs, "10.2.0.0/16", kAms), "api 10.0.0.0/8 3000");
  EXPECT_EQ(measurement(*costs, "10.1.0.0/16", kAms), "probe 10.1.0.0/16 4000");
  EXPECT_EQ(measurement(*costs, "10.1.2.0/24", kAms), "file 10.1.2.0/24 2000");
  EXPECT_EQ(measurement(*costs, "11.0.0.0/8", kLhr), "api 11.0.0.0/8 5000");
  EXPECT_EQ(measurement(*costs, "11.0.0.0/8", kAms), "none");
  EXPECT_EQ(costs->measured_to(prefix("10.2.0.0/16"), kAms), 3000U);
  const auto api_alone = costs->with_prefixes(nullptr, of({{prefix("10.0.0.0/8"), kAms, 1000}}));
  EXPECT_EQ(measurement(*api_alone, "10.2.0.0/16", kAms), "api 10.0.0.0/8 1000");
  EXPECT_TRUE(api_alone->measures_prefixes());
  EXPECT_FALSE(*api_alone == *egress.costs());
  EXPECT_FALSE(egress.costs()->measures_prefixes());
}

// ---- Beside a scan

using PopModels = std::array<std::map<Prefix, EgressCost>, 3>;  // by PoP

PrefixRtts shuffled_tables(const PopModels& model, std::mt19937& random) {
  std::vector<PrefixRtts::Measured> measured;
  for (PopId pop = 0; pop < model.size(); ++pop) {
    for (const auto& [prefix, cost] : model[pop]) measured.push_back({prefix, pop, cost});
  }
  std::ranges::shuffle(measured, random);
  return PrefixRtts(std::move(measured));
}

TEST(PrefixRtts, AgreeWithAScanOnRandomTables) {
  std::mt19937 random(13);
  const auto add = [&](PopModels& model, std::size_t count) {
    for (std::size_t left = count; left != 0; --left) {
      model[random() % model.size()][short_prefix(random)] =
          static_cast<EgressCost>(1 + random() % 3);
    }
  };
  for (int round = 0; round < 300; ++round) {
    PopModels before;
    add(before, random() % 20);
    PopModels after = before;
    add(after, random() % 4);
    auto& of_first = after.front();
    if (!of_first.empty() && random() % 2 == 0) of_first.erase(of_first.begin());
    const PrefixRtts a = shuffled_tables(before, random);
    const PrefixRtts b = shuffled_tables(after, random);
    const Ranges changed = PrefixRtts::difference(a, b);
    for (int i = 0; i < 100; ++i) {
      const Prefix asked = short_prefix(random);
      const auto pop = static_cast<PopId>(random() % 3);
      const auto value = [&](const PrefixRtts& rtts) {
        const PrefixRtts::Measured* const one = rtts.find(asked, pop);
        return one == nullptr ? kUnknownCost : one->microseconds;
      };
      ASSERT_EQ(value(a), longest(before[pop], asked).value_or(kUnknownCost)) << asked.to_string();
      ASSERT_EQ(value(b), longest(after[pop], asked).value_or(kUnknownCost)) << asked.to_string();
      if (value(a) == value(b)) continue;
      ASSERT_TRUE(is_in(changed, asked)) << asked.to_string();
    }
  }
}

// A change of one source has every prefix for which another measurement counts, whatever the other
// source has.
TEST(PrefixRtts, AChangeOfOneSourceIsOfAllPrefixesThatItMoves) {
  std::mt19937 random(17);
  const Egress egress = egress_of(network());
  const auto table = [&](std::size_t count) {
    PopModels model;
    for (; count != 0; --count) {
      model[random() % model.size()][short_prefix(random)] =
          static_cast<EgressCost>(1 + random() % 3);
    }
    return std::make_shared<const PrefixRtts>(shuffled_tables(model, random));
  };
  for (int round = 0; round < 300; ++round) {
    const auto a = table(random() % 20);
    const auto b = table(random() % 20);
    const auto other = table(random() % 20);
    const bool of_file = random() % 2 == 0;
    const auto with = [&](const std::shared_ptr<const PrefixRtts>& one) {
      return egress.costs()->with_prefixes(of_file ? one : other, of_file ? other : one);
    };
    const auto before = with(a);
    const auto after = with(b);
    const Ranges changed = PrefixRtts::difference(*a, *b);
    for (int i = 0; i < 100; ++i) {
      const Prefix asked = short_prefix(random);
      const auto pop = static_cast<PopId>(random() % 3);
      if (before->measured_to(asked, pop) == after->measured_to(asked, pop)) continue;
      ASSERT_TRUE(is_in(changed, asked)) << asked.to_string();
    }
  }
}

}  // namespace
}  // namespace tern::policy
