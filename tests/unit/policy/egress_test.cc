// Nearest-edge egress: tags to metros, metros to costs, places carried between PoPs.

#include <gtest/gtest.h>

#include "egress_network.h"

namespace tern::policy {
namespace {

TEST(Egress, EmptyKnowsNothing) {
  const Egress egress;
  EXPECT_FALSE(egress.enabled());
  EXPECT_EQ(egress.own_pop(), kNoPlace);
  EXPECT_EQ(egress.pop_count(), 0U);
  EXPECT_EQ(egress.metro_count(), 0U);
  EXPECT_EQ(egress.cost(0, 0), kUnknownCost);
  EXPECT_EQ(egress.backbone(0, 0), kUnknownCost);
  EXPECT_FALSE(egress.measured(0, 0));
  EXPECT_FALSE(egress.dictionary("isp-a").has_value());
  PathAttributes attributes = with_communities({"65001:120", "0:0:1"});
  const PathAttributes untouched = attributes;
  EXPECT_EQ(egress.from_partner(attributes, 0), EgressInfo{});
  EXPECT_EQ(egress.from_pop(attributes), EgressInfo{});
  EXPECT_FALSE(egress.tag_of(attributes, 0).has_value());
  egress.carry({0, 0, 5}, attributes);
  egress.scrub(attributes);
  EXPECT_EQ(attributes, untouched);
}

TEST(Egress, NamesItsPlaces) {
  const Egress egress = egress_of(network("lhr"));
  EXPECT_TRUE(egress.enabled());
  EXPECT_EQ(egress.own_pop(), kLhr);
  EXPECT_EQ(egress.pop_count(), 3U);
  EXPECT_EQ(egress.metro_count(), 4U);
  EXPECT_EQ(egress.pop(kIad).title, "Washington");
  EXPECT_EQ(egress.metro(kParis).name, "paris");
  EXPECT_EQ(egress.dictionary("isp-b"), DictionaryId{1});
  EXPECT_FALSE(egress.dictionary("isp-c").has_value());
}

TEST(Egress, EstimatesFromTheDistance) {
  const EgressSource source = network();
  const Egress egress = egress_of(source);
  for (PopId pop = 0; pop < 3; ++pop) {
    for (MetroId metro = 0; metro < 4; ++metro) {
      EXPECT_EQ(egress.cost(pop, metro),
                estimated_cost(source.pops[pop].location, source.metros[metro].location));
      EXPECT_FALSE(egress.measured(pop, metro));
    }
  }
  // Each metro is nearest to the PoP beside it.
  EXPECT_LT(egress.cost(kAms, kAmsterdam), egress.cost(kLhr, kAmsterdam));
  EXPECT_LT(egress.cost(kLhr, kLondon), egress.cost(kAms, kLondon));
  EXPECT_LT(egress.cost(kIad, kWashington), egress.cost(kLhr, kWashington));
  EXPECT_EQ(egress.cost(kNoPlace, kParis), kUnknownCost);
  EXPECT_EQ(egress.cost(kAms, kNoPlace), kUnknownCost);
  EXPECT_EQ(egress.cost(3, 0), kUnknownCost);
  EXPECT_FALSE(egress.measured(kAms, kNoPlace));
}

TEST(Egress, AMeasurementOverridesTheEstimate) {
  EgressSource source = network();
  // Near by air, far by cable.
  source.rtts = {{"ams", "paris", 60000}, {"lhr", "paris", 9000}};
  const Egress egress = egress_of(source);
  EXPECT_EQ(egress.cost(kAms, kParis), 60000U);
  EXPECT_EQ(egress.cost(kLhr, kParis), 9000U);
  EXPECT_TRUE(egress.measured(kAms, kParis));
  EXPECT_FALSE(egress.measured(kAms, kLondon));
  EXPECT_FALSE(egress.measured(kIad, kParis));
}

TEST(Egress, TheBackboneIsMeasuredFromEitherEnd) {
  EgressSource source = network();
  source.rtts = {{"ams", "lhr", 6200}, {"iad", "lhr", 75000}, {"lhr", "iad", 76000}};
  const Egress egress = egress_of(source);
  EXPECT_EQ(egress.backbone(kAms, kAms), 0U);
  EXPECT_EQ(egress.backbone(kAms, kLhr), 6200U);
  EXPECT_EQ(egress.backbone(kLhr, kAms), 6200U);
  EXPECT_EQ(egress.backbone(kIad, kLhr), 75000U);
  EXPECT_EQ(egress.backbone(kLhr, kIad), 76000U);
  // Estimated: the way without a last mile.
  EXPECT_EQ(egress.backbone(kAms, kIad),
            estimated_cost(source.pops[kAms].location, source.pops[kIad].location) - 1000);
  EXPECT_EQ(egress.backbone(kAms, kNoPlace), kUnknownCost);
}

TEST(Egress, TotalAddsTheBackboneFromHere) {
  EgressSource source = network("ams");
  source.mode = CostMode::Total;
  source.rtts = {{"ams", "lhr", 6200}, {"lhr", "london", 1500}, {"ams", "london", 7000}};
  const Egress egress = egress_of(source);
  EXPECT_EQ(egress.cost(kLhr, kLondon), 7700U);
  EXPECT_EQ(egress.cost(kAms, kLondon), 7000U);  // here: nothing to add
  EXPECT_TRUE(egress.measured(kLhr, kLondon));
  // Cold potato prefers the other one.
  source.mode = CostMode::LastMile;
  EXPECT_LT(egress_of(source).cost(kLhr, kLondon), egress_of(source).cost(kAms, kLondon));
}

TEST(Egress, FromAVantageTheBackboneCountsInEitherMode) {
  EgressSource source = network();
  source.rtts = {{"ams", "lhr", 6200}, {"lhr", "paris", 9000}, {"ams", "paris", 11000}};
  for (const CostMode mode : {CostMode::LastMile, CostMode::Total}) {
    source.mode = mode;
    const Egress egress = egress_of(source);
    EXPECT_EQ(egress.cost_from(kLhr, kLhr, kParis), 9000U);
    EXPECT_EQ(egress.cost_from(kLhr, kAms, kParis), 17200U);
    EXPECT_EQ(egress.cost_from(kAms, kLhr, kParis), 15200U);
    EXPECT_EQ(egress.cost_from(kLhr, kNoPlace, kParis), kUnknownCost);
    EXPECT_EQ(egress.cost_from(kLhr, kAms, kNoPlace), kUnknownCost);
    EXPECT_EQ(egress.cost_from(kNoPlace, kAms, kParis), kUnknownCost);
  }
  EXPECT_EQ(egress_of(source).find_pop("lhr"), kLhr);
  EXPECT_EQ(egress_of(source).find_pop(""), std::nullopt);
}

TEST(Egress, ALongSumStaysBelowUnknown) {
  EgressSource source = network("ams");
  source.mode = CostMode::Total;
  source.rtts = {{"ams", "lhr", 4000000000U}, {"lhr", "london", 4000000000U}};
  EXPECT_EQ(egress_of(source).cost(kLhr, kLondon), kUnknownCost - 1);
}

TEST(Egress, ANameOfBothKindsMeansBoth) {
  EgressSource source = network("lhr");
  source.metros[kAmsterdam].name = "ams";
  source.dictionaries.clear();
  source.rtts = {{"lhr", "ams", 6500}, {"ams", "ams", 800}};
  const Egress egress = egress_of(source);
  EXPECT_EQ(egress.cost(kLhr, kAmsterdam), 6500U);
  EXPECT_EQ(egress.backbone(kLhr, kAms), 6500U);
  EXPECT_EQ(egress.cost(kAms, kAmsterdam), 800U);
  EXPECT_EQ(egress.backbone(kAms, kAms), 0U);
}

TEST(Egress, TheFirstTagOfTheDictionaryDecides) {
  const Egress egress = egress_of(network());
  struct Case {
    std::vector<std::string> communities;
    MetroId metro;
    const char* tag;
  };
  const Case cases[] = {
      {{"65001:120"}, kLondon, "65001:120"},
      {{"65001:130"}, kParis, "65001:130"},
      {{"65001:110", "65001:120"}, kLondon, "65001:120"},  // its pattern stands first
      {{"65001:7:3", "65001:190"}, kParis, "65001:190"},
      {{"65001:7:3", "rt:65001:3"}, kAmsterdam, "65001:7:3"},
      {{"rt:65001:3"}, kWashington, "rt:65001:3"},
  };
  for (const Case& c : cases) {
    const PathAttributes attributes = with_communities(c.communities);
    const EgressInfo info = egress.from_partner(attributes, 0);
    EXPECT_EQ(info.metro, c.metro) << c.tag;
    EXPECT_EQ(info.pop, kAms);
    EXPECT_EQ(info.cost, egress.cost(kAms, c.metro));
    EXPECT_EQ(egress.tag_of(attributes, 0), c.tag);
  }
  // Each partner has its own words.
  EXPECT_EQ(egress.from_partner(with_communities({"65001:120"}), 1).metro, kWashington);
}

TEST(Egress, WithoutATagTheCostIsUnknownButTheExitIsNot) {
  const Egress egress = egress_of(network());
  const PathAttributes attributes = with_communities({"65001:200"});
  EXPECT_EQ(egress.from_partner(attributes, 0), (EgressInfo{kNoPlace, kAms, kUnknownCost}));
  EXPECT_EQ(egress.from_partner(attributes, 9), (EgressInfo{kNoPlace, kAms, kUnknownCost}));
  EXPECT_FALSE(egress.tag_of(attributes, 0).has_value());
  EXPECT_FALSE(egress.tag_of(attributes, 9).has_value());
}

TEST(Egress, WithoutAPopOfOursThereIsNone) {
  EgressSource source = network("");
  const Egress egress = egress_of(source);
  EXPECT_FALSE(egress.enabled());
  EXPECT_EQ(egress.pop_count(), 3U);
  PathAttributes attributes = with_communities({"65001:120", "65000:10:102", "65000:20:2"});
  const PathAttributes untouched = attributes;
  EXPECT_EQ(egress.from_partner(attributes, 0), EgressInfo{});
  EXPECT_EQ(egress.from_pop(attributes), EgressInfo{});
  egress.scrub(attributes);
  EXPECT_EQ(attributes, untouched);
}

TEST(Egress, CarriesThePlacesToTheOtherPops) {
  const Egress ams = egress_of(network("ams"));
  const Egress iad = egress_of(network("iad"));
  PathAttributes attributes = with_communities({"65001:120", "65000:30:5", "1:1:1", "65100:1:1"});
  const PathAttributes plain = attributes;
  const EgressInfo sent = ams.from_partner(attributes, 0);
  ams.carry(sent, attributes);
  EXPECT_EQ(attributes.large_communities,
            (std::vector<LargeCommunity>{
                {1, 1, 1}, {65000, 10, 102}, {65000, 20, 1}, {65000, 30, 5}, {65100, 1, 1}}));
  EXPECT_EQ(iad.from_pop(attributes), (EgressInfo{kLondon, kAms, ams.cost(kAms, kLondon)}));
  // Again, and with other places: the old ones do not stay.
  ams.carry({kParis, kLhr, 0}, attributes);
  EXPECT_EQ(iad.from_pop(attributes), (EgressInfo{kParis, kLhr, iad.cost(kLhr, kParis)}));
  ams.scrub(attributes);
  EXPECT_EQ(attributes, plain);
}

TEST(Egress, EveryPairOfPlacesSurvivesTheJourney) {
  const Egress ams = egress_of(network("ams"));
  const Egress lhr = egress_of(network("lhr"));
  for (const PopId pop : {kAms, kLhr, kIad, PopId{kNoPlace}}) {
    for (const MetroId metro : {kAmsterdam, kLondon, kWashington, kParis, MetroId{kNoPlace}}) {
      PathAttributes attributes = with_communities({"65000:1", "9:9:9"});
      const PathAttributes plain = attributes;
      ams.carry({metro, pop, 1}, attributes);
      const EgressInfo read = lhr.from_pop(attributes);
      EXPECT_EQ(read.metro, metro);
      EXPECT_EQ(read.pop, pop);
      EXPECT_EQ(read.cost, lhr.cost(pop, metro));
      PathAttributes sorted = attributes;
      sorted.normalise();
      EXPECT_EQ(attributes, sorted);
      lhr.scrub(attributes);
      EXPECT_EQ(attributes, plain);
    }
  }
}

TEST(Egress, UnknownCodesAreNoPlace) {
  const Egress egress = egress_of(network());
  EXPECT_EQ(egress.from_pop(with_communities({"65000:10:999", "65000:20:999"})), EgressInfo{});
  EXPECT_EQ(egress.from_pop(with_communities({"64999:10:102", "65000:11:102"})), EgressInfo{});
  // A known one beside it still counts.
  EXPECT_EQ(egress.from_pop(with_communities({"65000:10:1", "65000:10:102", "65000:20:2"})).metro,
            kLondon);
}

TEST(Egress, ScrubTakesUnknownCodesToo) {
  const Egress egress = egress_of(network());
  PathAttributes attributes = with_communities({"65000:10:999", "65000:20:5", "65000:11:1"});
  egress.scrub(attributes);
  EXPECT_EQ(attributes, with_communities({"65000:11:1"}));
}

TEST(Egress, EqualityComparesTheSources) {
  EXPECT_EQ(Egress(), Egress());
  EXPECT_EQ(egress_of(network()), egress_of(network()));
  EXPECT_NE(egress_of(network("ams")), egress_of(network("lhr")));
  EgressSource source = network();
  source.rtts = {{"ams", "paris", 9000}};
  EXPECT_NE(egress_of(network()), egress_of(source));
  source = network();
  source.metros[0].location.latitude += 0.1;
  EXPECT_NE(egress_of(network()), egress_of(source));
  source = network();
  std::swap(source.dictionaries[0].tags[0], source.dictionaries[0].tags[1]);
  EXPECT_NE(egress_of(network()), egress_of(source));
}

}  // namespace
}  // namespace tern::policy
