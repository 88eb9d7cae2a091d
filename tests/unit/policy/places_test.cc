// Places of users of four kinds: tags that name them, what they cost, how they travel between PoPs.

#include "policy/places.h"

#include <gtest/gtest.h>

#include <random>

#include "egress_network.h"

namespace tern::policy {
namespace {

// Behind four metros: three PoPs, then countries and regions.
constexpr MetroId kNearAms = 4, kNearLhr = 5, kNearIad = 6;
constexpr MetroId kFrance = 7, kBritain = 8, kNetherlands = 9, kAmerica = 10;
constexpr MetroId kEurope = 11, kAmericas = 12;

EgressSource wide_network(std::string own_pop = "ams") {
  EgressSource source = network(std::move(own_pop));
  source.regions = {{"europe", "Europe", 150}, {"americas", "Americas", 19}};
  source.countries = {{"fr", "France", 250, "europe"},
                      {"gb", "Britain", 826, "europe"},
                      {"nl", "Netherlands", 528, "europe"},
                      {"us", "America", 840, "americas"}};
  source.metros[kAmsterdam].country = "nl";
  source.metros[kLondon].country = "gb";
  source.metros[kWashington].country = "us";
  source.pops[kAms].country = "nl";
  source.pops[kLhr].country = "gb";
  source.pop_function = 30;
  source.country_function = 31;
  source.region_function = 32;
  source.dictionaries = {{"isp",
                          {{pattern("65001:1"), "amsterdam"},
                           {pattern("65001:2"), "london"},
                           {pattern("65001:3:3"), "paris"},
                           {pattern("65001:4"), "lhr", PlaceKind::Pop},
                           {pattern("rt:65001:5"), "gb", PlaceKind::Country},
                           {pattern("65001:6:*"), "us", PlaceKind::Country},
                           {pattern("65001:7"), "europe", PlaceKind::Region},
                           {pattern("65001:8"), "americas", PlaceKind::Region}}}};
  return source;
}

TEST(Places, AreNumberedByKind) {
  const Egress egress = egress_of(wide_network());
  const Places& places = egress.places();
  ASSERT_EQ(places.count(), 13U);
  EXPECT_EQ(places.first(PlaceKind::Pop), kNearAms);
  EXPECT_EQ(places.first(PlaceKind::Country), kFrance);
  EXPECT_EQ(places.first(PlaceKind::Region), kEurope);
  EXPECT_EQ(places.label(kLondon), "london");
  EXPECT_EQ(places.label(kNearIad), "pop iad");
  EXPECT_EQ(places.label(kBritain), "country gb");
  EXPECT_EQ(places.find(PlaceKind::Region, "americas"), kAmericas);
  EXPECT_EQ(places.find(PlaceKind::Country, "americas"), std::nullopt);
  EXPECT_EQ(places.by_code(PlaceKind::Country, 528), kNetherlands);
  EXPECT_EQ(places.by_code(PlaceKind::Country, 102), kNoPlace);
  EXPECT_EQ(places.widened(kLondon, PlaceKind::Region), kEurope);
  EXPECT_EQ(places.widened(kParis, PlaceKind::Country), kNoPlace);
  EXPECT_EQ(places.widened(kEurope, PlaceKind::Country), kNoPlace);
}

TEST(Places, ContradictWhereOneIsKnownToLieOutside) {
  const Egress egress = egress_of(wide_network());
  const auto contradict = [&](MetroId a, MetroId b) {
    EXPECT_EQ(egress.places().contradict(a, b), egress.places().contradict(b, a));
    return egress.places().contradict(a, b);
  };
  EXPECT_TRUE(contradict(kLondon, kParis));
  EXPECT_TRUE(contradict(kLondon, kNetherlands));
  EXPECT_TRUE(contradict(kLondon, kAmericas));
  EXPECT_TRUE(contradict(kLondon, kNearAms));  // by their countries
  EXPECT_TRUE(contradict(kNearLhr, kNetherlands));
  EXPECT_TRUE(contradict(kAmerica, kEurope));
  EXPECT_FALSE(contradict(kLondon, kLondon));
  EXPECT_FALSE(contradict(kLondon, kBritain));
  EXPECT_FALSE(contradict(kLondon, kEurope));
  EXPECT_FALSE(contradict(kLondon, kNearLhr));
  EXPECT_FALSE(contradict(kLondon, kNearIad));  // its country is not known
  EXPECT_FALSE(contradict(kParis, kAmericas));  // likewise
  EXPECT_FALSE(contradict(kLondon, kNoPlace));
}

TEST(Places, TheMostSpecificTagCounts) {
  const Egress egress = egress_of(wide_network());
  struct Case {
    std::vector<std::string> communities;
    MetroId place;
    bool contradictory;
  };
  const Case cases[] = {
      {{"65001:7"}, kEurope, false},
      {{"rt:65001:5", "65001:7"}, kBritain, false},
      {{"65001:2", "rt:65001:5", "65001:7"}, kLondon, false},
      {{"65001:4", "rt:65001:5"}, kNearLhr, false},
      {{"65001:2", "65001:4"}, kLondon, false},
      {{"65001:6:9", "65001:7"}, kAmerica, true},
      {{"65001:1", "65001:6:9"}, kAmsterdam, true},
      {{"65001:1", "65001:4"}, kAmsterdam, true},
      {{"65001:2", "65001:1"}, kAmsterdam, true},  // the first of the dictionary
      {{"65001:3:3", "65001:8"}, kParis, false},   // the country of Paris is not known
      {{"65001:7", "65001:8"}, kEurope, true},
      {{"65001:6:1", "65001:6:2"}, kAmerica, false},  // two tags of one place
      {{"65001:9"}, kNoPlace, false},
  };
  for (const Case& c : cases) {
    const auto reading = egress.read_tags(with_communities(c.communities), 0);
    EXPECT_EQ(reading.place, c.place) << c.communities[0];
    EXPECT_EQ(reading.contradictory, c.contradictory) << c.communities[0];
  }
  const auto tags = egress.list_tags(with_communities({"65001:7", "rt:65001:5"}), 0);
  ASSERT_EQ(tags.size(), 2U);
  EXPECT_EQ(tags[0].community, "rt:65001:5");
  EXPECT_TRUE(tags[0].counts);
  EXPECT_EQ(tags[1].place, kEurope);
  EXPECT_FALSE(tags[1].counts);
}

TEST(Places, AWiderPlaceCostsTheMeanOfItsMetros) {
  EgressSource source = wide_network();
  source.metros[kParis].country = "fr";
  source.rtts = {{"ams", "london", 8000},
                 {"ams", "paris", 11000},
                 {"ams", "amsterdam", 1001},
                 {"ams", "lhr", 6000}};
  const Egress egress = egress_of(source);
  EXPECT_EQ(egress.costs()->cost(kAms, kBritain), 8000U);
  EXPECT_TRUE(egress.costs()->measured(kAms, kBritain));
  EXPECT_EQ(egress.costs()->cost(kAms, kEurope), (8000U + 11000U + 1001U) / 3);
  EXPECT_TRUE(egress.costs()->measured(kAms, kEurope));
  EXPECT_EQ(egress.costs()->cost(kAms, kAmerica), egress.costs()->cost(kAms, kWashington));
  EXPECT_FALSE(egress.costs()->measured(kAms, kAmerica));
  EXPECT_EQ(egress.costs()->cost(kAms, kNearLhr), 6000U + kLastMileMicroseconds);
  EXPECT_TRUE(egress.costs()->measured(kAms, kNearLhr));
  EXPECT_EQ(egress.costs()->cost(kAms, kNearAms), kLastMileMicroseconds);
  EXPECT_EQ(egress.costs()->cost_from(kLhr, {kBritain, kAms}), 14000U);
}

TEST(Places, ACountryWithoutAMetroCostsWhatItsPopsOrItsRegionDo) {
  EgressSource source = wide_network();
  source.metros[kLondon].country.clear();
  source.rtts = {{"ams", "lhr", 6000}};
  const Egress egress = egress_of(source);
  EXPECT_EQ(egress.costs()->cost(kAms, kBritain), 6000U + kLastMileMicroseconds);
  const EgressCost of_europe = egress.costs()->cost(kAms, kEurope);
  EXPECT_NE(of_europe, kUnknownCost);
  EXPECT_EQ(egress.costs()->cost(kAms, kFrance), of_europe);
}

TEST(Places, TravelBetweenPopsAsTheyAre) {
  const Egress ams = egress_of(wide_network("ams"));
  const Egress iad = egress_of(wide_network("iad"));
  for (MetroId place = 0; place < ams.places().count(); ++place) {
    PathAttributes attributes = with_communities({"9:9:9"});
    const PathAttributes plain = attributes;
    ams.carry({place, kLhr, 1}, attributes);
    EXPECT_EQ(iad.from_pop(attributes), (EgressInfo{place, kLhr, iad.costs()->cost(kLhr, place)}));
    iad.scrub(attributes);
    EXPECT_EQ(attributes, plain);
  }
  // Other routers read the country and the region of a metro, too.
  PathAttributes attributes;
  ams.carry({kLondon, kAms, 1}, attributes);
  EXPECT_EQ(attributes.large_communities,
            (std::vector<LargeCommunity>{
                {65000, 10, 102}, {65000, 20, 1}, {65000, 31, 826}, {65000, 32, 150}}));
}

TEST(Places, WithoutItsFunctionAPlaceDoesNotTravel) {
  EgressSource source = wide_network();
  source.country_function.reset();
  source.pop_function.reset();
  const Egress egress = egress_of(source);
  PathAttributes attributes = with_communities({"65000:31:826"});
  const PathAttributes untouched = attributes;
  egress.scrub(attributes);
  EXPECT_EQ(attributes, untouched);
  egress.carry({kBritain, kAms, 1}, attributes);
  EXPECT_EQ(egress.from_pop(attributes).metro, kEurope);
  attributes = {};
  egress.carry({kNearLhr, kAms, 1}, attributes);
  EXPECT_EQ(egress.from_pop(attributes).metro, kEurope);
}

// By definition: the narrowest kind with a tag, of it the first pattern; contradictory where two
// places of the path exclude each other.
TEST(LocationTags, AgreeWithTheDefinitionOnRandomPaths) {
  std::mt19937 random(8805);
  const EgressSource source = wide_network();
  const Egress egress = egress_of(source);
  const auto& tags = source.dictionaries[0].tags;
  const std::vector<std::string> communities{"65001:1",    "65001:2",   "65001:3:3", "65001:4",
                                             "rt:65001:5", "65001:6:1", "65001:7",   "65001:8"};
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::string> carried;
    std::vector<MetroId> places;
    for (std::size_t i = 0; i < communities.size(); ++i) {
      if (random() % 4 != 0) continue;
      carried.push_back(communities[i]);
      places.push_back(egress.places().find(tags[i].kind, tags[i].place).value());
    }
    MetroId expected = kNoPlace;  // the dictionary stands in the order of the kinds
    bool contradictory = false;
    for (const MetroId place : places) {
      if (expected == kNoPlace) expected = place;
    }
    // The places of a kind that do not count contradict the one that does.
    std::vector<MetroId> counting;
    for (const MetroId place : places) {
      const auto same = std::ranges::find(counting, egress.places()[place].kind,
                                          [&](MetroId id) { return egress.places()[id].kind; });
      if (same == counting.end()) {
        counting.push_back(place);
      } else {
        contradictory |= *same != place;
      }
    }
    for (const MetroId a : counting) {
      for (const MetroId b : counting) contradictory |= egress.places().contradict(a, b);
    }
    std::ranges::shuffle(carried, random);
    const auto reading = egress.read_tags(with_communities(carried), 0);
    ASSERT_EQ(reading.place, expected);
    ASSERT_EQ(reading.contradictory, contradictory);
  }
}

}  // namespace
}  // namespace tern::policy
