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
  EXPECT_EQ(egress.costs()->cost(0, 0), kUnknownCost);
  EXPECT_EQ(egress.costs()->backbone(0, 0), kUnknownCost);
  EXPECT_FALSE(egress.costs()->measured(0, 0));
  EXPECT_FALSE(egress.dictionary("isp-a").has_value());
  PathAttributes attributes = with_communities({"65001:120", "0:0:1"});
  const PathAttributes untouched = attributes;
  EXPECT_EQ(egress.read_tags(attributes, 0).place, kNoPlace);
  EXPECT_EQ(egress.from_pop(attributes), EgressInfo{});
  EXPECT_TRUE(egress.list_tags(attributes, 0).empty());
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
      EXPECT_EQ(egress.costs()->cost(pop, metro),
                estimated_cost(source.pops[pop].location, source.metros[metro].location));
      EXPECT_FALSE(egress.costs()->measured(pop, metro));
    }
  }
  // Each metro is nearest to the PoP beside it.
  EXPECT_LT(egress.costs()->cost(kAms, kAmsterdam), egress.costs()->cost(kLhr, kAmsterdam));
  EXPECT_LT(egress.costs()->cost(kLhr, kLondon), egress.costs()->cost(kAms, kLondon));
  EXPECT_LT(egress.costs()->cost(kIad, kWashington), egress.costs()->cost(kLhr, kWashington));
  EXPECT_EQ(egress.costs()->cost(kNoPlace, kParis), kUnknownCost);
  EXPECT_EQ(egress.costs()->cost(kAms, kNoPlace), kUnknownCost);
  EXPECT_EQ(egress.costs()->cost(3, 0), kUnknownCost);
  EXPECT_FALSE(egress.costs()->measured(kAms, kNoPlace));
}

TEST(Egress, AMeasurementOverridesTheEstimate) {
  EgressSource source = network();
  // Near by air, far by cable.
  source.rtts = {{"ams", "paris", 60000}, {"lhr", "paris", 9000}};
  const Egress egress = egress_of(source);
  EXPECT_EQ(egress.costs()->cost(kAms, kParis), 60000U);
  EXPECT_EQ(egress.costs()->cost(kLhr, kParis), 9000U);
  EXPECT_TRUE(egress.costs()->measured(kAms, kParis));
  EXPECT_FALSE(egress.costs()->measured(kAms, kLondon));
  EXPECT_FALSE(egress.costs()->measured(kIad, kParis));
}

TEST(Egress, TheBackboneIsMeasuredFromEitherEnd) {
  EgressSource source = network();
  source.rtts = {{"ams", "lhr", 6200}, {"iad", "lhr", 75000}, {"lhr", "iad", 76000}};
  const Egress egress = egress_of(source);
  EXPECT_EQ(egress.costs()->backbone(kAms, kAms), 0U);
  EXPECT_EQ(egress.costs()->backbone(kAms, kLhr), 6200U);
  EXPECT_EQ(egress.costs()->backbone(kLhr, kAms), 6200U);
  EXPECT_EQ(egress.costs()->backbone(kIad, kLhr), 75000U);
  EXPECT_EQ(egress.costs()->backbone(kLhr, kIad), 76000U);
  // Estimated: the way without a last mile.
  EXPECT_EQ(egress.costs()->backbone(kAms, kIad),
            estimated_cost(source.pops[kAms].location, source.pops[kIad].location) - 1000);
  EXPECT_EQ(egress.costs()->backbone(kAms, kNoPlace), kUnknownCost);
}

TEST(Egress, TotalAddsTheBackboneFromHere) {
  EgressSource source = network("ams");
  source.mode = CostMode::Total;
  source.rtts = {{"ams", "lhr", 6200}, {"lhr", "london", 1500}, {"ams", "london", 7000}};
  const Egress egress = egress_of(source);
  EXPECT_EQ(egress.costs()->cost(kLhr, kLondon), 7700U);
  EXPECT_EQ(egress.costs()->cost(kAms, kLondon), 7000U);  // here: nothing to add
  EXPECT_TRUE(egress.costs()->measured(kLhr, kLondon));
  // Cold potato prefers the other one.
  source.mode = CostMode::LastMile;
  EXPECT_LT(egress_of(source).costs()->cost(kLhr, kLondon),
            egress_of(source).costs()->cost(kAms, kLondon));
}

TEST(Egress, FromAVantageTheBackboneCountsInEitherMode) {
  EgressSource source = network();
  source.rtts = {{"ams", "lhr", 6200}, {"lhr", "paris", 9000}, {"ams", "paris", 11000}};
  for (const CostMode mode : {CostMode::LastMile, CostMode::Total}) {
    source.mode = mode;
    const Egress egress = egress_of(source);
    EXPECT_EQ(egress.costs()->cost_from(kLhr, {kParis, kLhr}), 9000U);
    EXPECT_EQ(egress.costs()->cost_from(kLhr, {kParis, kAms}), 17200U);
    EXPECT_EQ(egress.costs()->cost_from(kAms, {kParis, kLhr}), 15200U);
    EXPECT_EQ(egress.costs()->cost_from(kLhr, {kParis, kNoPlace}), kUnknownCost);
    EXPECT_EQ(egress.costs()->cost_from(kLhr, {kNoPlace, kAms}), kUnknownCost);
    EXPECT_EQ(egress.costs()->cost_from(kNoPlace, {kParis, kAms}), kUnknownCost);
  }
  EXPECT_EQ(egress_of(source).find_pop("lhr"), kLhr);
  EXPECT_EQ(egress_of(source).find_pop(""), std::nullopt);
}

TEST(Egress, AShareOfTheBackboneCounts) {
  EgressSource source = network("ams");
  source.rtts = {{"ams", "lhr", 6200}, {"lhr", "london", 1500}, {"ams", "london", 7000}};
  source.mode = CostMode::Weighted;
  source.backbone_percent = 50;
  const Egress half = egress_of(source);
  EXPECT_EQ(half.costs()->cost(kLhr, kLondon), 1500U + 3100);
  EXPECT_EQ(half.costs()->cost(kAms, kLondon), 7000U);
  EXPECT_EQ(half.costs()->cost_from(kAms, {kLondon, kLhr}), 1500U + 3100);
  source.backbone_percent = 1000;
  EXPECT_EQ(egress_of(source).costs()->cost(kLhr, kLondon), 1500U + 62000);
}

TEST(Egress, AHotPotatoLeavesAtTheExitNearestToHere) {
  EgressSource source = network("ams");
  source.rtts = {{"ams", "lhr", 6200}, {"lhr", "london", 1500}, {"ams", "london", 7000}};
  source.mode = CostMode::HotPotato;
  const Egress egress = egress_of(source);
  EXPECT_EQ(egress.costs()->cost(kAms, kLondon), 0U);
  EXPECT_EQ(egress.costs()->cost(kLhr, kLondon), 6200U);
  EXPECT_EQ(egress.costs()->cost_from(kLhr, {kLondon, kLhr}), 0U);
  EXPECT_EQ(egress.costs()->cost(kLhr, kNoPlace), kUnknownCost);
}

TEST(Egress, ALongSumStaysBelowUnknown) {
  EgressSource source = network("ams");
  source.mode = CostMode::Total;
  source.rtts = {{"ams", "lhr", 4000000000U}, {"lhr", "london", 4000000000U}};
  EXPECT_EQ(egress_of(source).costs()->cost(kLhr, kLondon), kUnknownCost - 1);
}

TEST(Egress, ANameOfBothKindsMeansBoth) {
  EgressSource source = network("lhr");
  source.metros[kAmsterdam].name = "ams";
  source.dictionaries.clear();
  source.rtts = {{"lhr", "ams", 6500}, {"ams", "ams", 800}};
  const Egress egress = egress_of(source);
  EXPECT_EQ(egress.costs()->cost(kLhr, kAmsterdam), 6500U);
  EXPECT_EQ(egress.costs()->backbone(kLhr, kAms), 6500U);
  EXPECT_EQ(egress.costs()->cost(kAms, kAmsterdam), 800U);
  EXPECT_EQ(egress.costs()->backbone(kAms, kAms), 0U);
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
    EXPECT_EQ(egress.read_tags(attributes, 0).place, c.metro) << c.tag;
    const auto tags = egress.list_tags(attributes, 0);
    ASSERT_EQ(tags.size(), c.communities.size());
    EXPECT_EQ(tags[0].community, c.tag);
    EXPECT_TRUE(tags[0].counts);
    // Two metros exclude each other.
    EXPECT_EQ(egress.read_tags(attributes, 0).contradictory, c.communities.size() > 1) << c.tag;
  }
  // Each partner has its own words.
  EXPECT_EQ(egress.read_tags(with_communities({"65001:120"}), 1).place, kWashington);
  EXPECT_EQ(egress.leaving_here(kParis),
            (EgressInfo{kParis, kAms, egress.costs()->cost(kAms, kParis)}));
}

TEST(Egress, WithoutATagTheCostIsUnknownButTheExitIsNot) {
  const Egress egress = egress_of(network());
  const PathAttributes attributes = with_communities({"65001:200"});
  EXPECT_EQ(egress.read_tags(attributes, 0).place, kNoPlace);
  EXPECT_EQ(egress.read_tags(attributes, 9).place, kNoPlace);
  EXPECT_TRUE(egress.list_tags(attributes, 0).empty());
  EXPECT_TRUE(egress.list_tags(attributes, 9).empty());
  EXPECT_EQ(egress.leaving_here(kNoPlace), (EgressInfo{kNoPlace, kAms, kUnknownCost}));
}

TEST(Egress, WithoutAPopOfOursThereIsNone) {
  EgressSource source = network("");
  const Egress egress = egress_of(source);
  EXPECT_FALSE(egress.enabled());
  EXPECT_EQ(egress.pop_count(), 3U);
  PathAttributes attributes = with_communities({"65001:120", "65000:10:102", "65000:20:2"});
  const PathAttributes untouched = attributes;
  EXPECT_EQ(egress.leaving_here(kLondon), (EgressInfo{kLondon, kNoPlace, kUnknownCost}));
  EXPECT_EQ(egress.from_pop(attributes), EgressInfo{});
  egress.scrub(attributes);
  EXPECT_EQ(attributes, untouched);
}

TEST(Egress, CarriesThePlacesToTheOtherPops) {
  const Egress ams = egress_of(network("ams"));
  const Egress iad = egress_of(network("iad"));
  PathAttributes attributes = with_communities({"65001:120", "65000:30:5", "1:1:1", "65100:1:1"});
  const PathAttributes plain = attributes;
  const EgressInfo sent = ams.leaving_here(ams.read_tags(attributes, 0).place);
  ams.carry(sent, attributes);
  EXPECT_EQ(attributes.large_communities,
            (std::vector<LargeCommunity>{
                {1, 1, 1}, {65000, 10, 102}, {65000, 20, 1}, {65000, 30, 5}, {65100, 1, 1}}));
  EXPECT_EQ(iad.from_pop(attributes),
            (EgressInfo{kLondon, kAms, ams.costs()->cost(kAms, kLondon)}));
  // Again, and with other places: the old ones do not stay.
  ams.carry({kParis, kLhr, 0}, attributes);
  EXPECT_EQ(iad.from_pop(attributes), (EgressInfo{kParis, kLhr, iad.costs()->cost(kLhr, kParis)}));
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
      EXPECT_EQ(read.cost, lhr.costs()->cost(pop, metro));
      PathAttributes sorted = attributes;
      sorted.normalise();
      EXPECT_EQ(attributes, sorted);
      lhr.scrub(attributes);
      EXPECT_EQ(attributes, plain);
    }
  }
}

TEST(Egress, CarriesWhatTheExitAdds) {
  EgressSource source = network("ams");
  source.added_cost_function = 30;
  const Egress ams = egress_of(source);
  source.pop = "lhr";
  const Egress lhr = egress_of(source);
  PathAttributes attributes;
  ams.carry({kParis, kAms, 1, 20000}, attributes);
  EXPECT_EQ(attributes.large_communities,
            (std::vector<LargeCommunity>{{65000, 10, 104}, {65000, 20, 1}, {65000, 30, 20000}}));
  const EgressInfo read = lhr.from_pop(attributes);
  EXPECT_EQ(read.added, 20000U);
  EXPECT_EQ(read.cost, lhr.costs()->cost(kAms, kParis) + 20000);
  EXPECT_EQ(lhr.costs()->cost_from(kLhr, read),
            lhr.costs()->cost_from(kLhr, {kParis, kAms}) + 20000);
  // A router that does not know the function computes the cost without it, and removes nothing.
  EXPECT_EQ(egress_of(network("lhr")).from_pop(attributes).added, 0U);
  ams.carry({kParis, kAms, 1, 0}, attributes);
  EXPECT_EQ(lhr.from_pop(attributes).added, 0U);
  ams.carry({kParis, kAms, 1, kUnknownCost}, attributes);
  EXPECT_EQ(lhr.from_pop(attributes).cost, kUnknownCost);
  lhr.scrub(attributes);
  EXPECT_TRUE(attributes.large_communities.empty());
}

TEST(Egress, PairsOfNames) {
  EgressSource source = network();
  source.metros.push_back({"lhr", "", 105, {51.47, -0.45}});
  const auto pairs = egress_of(source).pairs_of({{"lhr", "ams", 1},
                                                 {"ams", "lhr", 2},
                                                 {"ams", "paris", 3},
                                                 {"amx", "paris", 4},
                                                 {"ams", "nowhere", 5}});
  std::vector<std::pair<CostPair, EgressCost>> found;
  for (const MeasuredPair& pair : pairs) found.emplace_back(pair.pair, pair.microseconds);
  EXPECT_EQ(found, (std::vector<std::pair<CostPair, EgressCost>>{{{kAms, kLhr, true}, 2},
                                                                 {{kAms, kParis, false}, 3},
                                                                 {{kAms, 4, false}, 2},
                                                                 {{kLhr, kAms, true}, 1}}));
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
