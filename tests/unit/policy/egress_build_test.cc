// What Egress::build() refuses, all of it at once.

#include <gtest/gtest.h>

#include <limits>

#include "egress_network.h"

namespace tern::policy {
namespace {

using Errors = std::vector<std::string>;

Errors errors_of(const EgressSource& source) {
  auto egress = Egress::build(source);
  return egress.ok() ? Errors{} : egress.error();
}

TEST(EgressBuild, UnknownNamesComeWithASuggestion) {
  EgressSource source = network("amx");
  source.dictionaries[0].tags.push_back({pattern("1:1"), "londn"});
  source.rtts = {{"lhx", "paris", 1000}, {"ams", "pariss", 1000}, {"ams", "iadd", 1000}};
  EXPECT_EQ(errors_of(source),
            (Errors{"unknown pop 'amx'; did you mean 'ams'?",
                    "dictionary 'isp-a': unknown metro 'londn'; did you mean 'london'?",
                    "rtt: unknown pop 'lhx'; did you mean 'lhr'?",
                    "rtt: unknown metro or pop 'pariss'; did you mean 'paris'?",
                    "rtt: unknown metro or pop 'iadd'; did you mean 'iad'?"}));
}

TEST(EgressBuild, NamesAndCodesStandOnce) {
  EgressSource source = network();
  source.pops.push_back({"ams", "", 2, {0, 0}});
  source.metros.push_back({"oslo", "", 104, {0, 0}});
  source.metros.push_back({"", "", 105, {0, 0}});
  source.dictionaries.push_back({"isp-a", {}});
  source.dictionaries.push_back({"", {}});
  EXPECT_EQ(errors_of(source),
            (Errors{"pop 'ams': defined twice", "pop 'ams': code 2 is taken by 'lhr'",
                    "metro 'oslo': code 104 is taken by 'paris'", "metro 6: a name is missing",
                    "dictionary 'isp-a': defined twice", "dictionary: a name is missing"}));
}

TEST(EgressBuild, WiderPlacesAreHeldToTheSame) {
  EgressSource source = network();
  source.regions = {{"europe", "", 150}, {"asia", "", 150}};
  source.countries = {{"nl", "", 528, "europa"}, {"nl", "", 276}};
  source.metros[0].country = "ne";
  source.country_function = 10;
  source.dictionaries[0].tags.push_back({pattern("1:1"), "de", PlaceKind::Country});
  EXPECT_EQ(errors_of(source),
            (Errors{"country 'nl': defined twice", "region 'asia': code 150 is taken by 'europe'",
                    "'amsterdam': unknown country 'ne'; did you mean 'nl'?",
                    "'nl': unknown region 'europa'; did you mean 'europe'?",
                    "location_function and country_function are both 10; they must differ",
                    "dictionary 'isp-a': unknown country 'de'"}));
}

TEST(EgressBuild, PlacesAreOnTheGlobe) {
  EgressSource source = network();
  source.pops[0].location = {90.1, 0};
  source.pops[1].location = {0, -180.1};
  source.metros[0].location = {std::numeric_limits<double>::quiet_NaN(), 0};
  source.metros[1].location = {-90, 180};
  EXPECT_EQ(errors_of(source),
            (Errors{"pop 'ams': latitude is from -90 to 90, longitude from -180 to 180",
                    "pop 'lhr': latitude is from -90 to 90, longitude from -180 to 180",
                    "metro 'amsterdam': latitude is from -90 to 90, longitude from -180 to 180"}));
}

TEST(EgressBuild, MeasurementsMustBeSome) {
  EgressSource source = network();
  source.rtts = {{"ams", "paris", 0},
                 {"ams", "london", 5000},
                 {"ams", "london", 6000},
                 {"ams", "ams", 5},
                 {"lhr", "paris", kUnknownCost}};
  EXPECT_EQ(errors_of(source), (Errors{"rtt: 'ams' to 'paris': 0 is not a round trip",
                                       "rtt: 'ams' to 'london': measured twice",
                                       "rtt: 'ams' to 'ams': a pop has no round trip to itself",
                                       "rtt: 'lhr' to 'paris': 4294967295 is not a round trip"}));
}

TEST(EgressBuild, TagsThatNeverDecideAreAMistake) {
  EgressSource source = network();
  source.dictionaries[0].tags.push_back({pattern("65001:7:*"), "london"});
  source.dictionaries[0].tags.push_back({pattern("rt:65001:3"), "london"});
  EXPECT_EQ(errors_of(source),
            (Errors{"dictionary 'isp-a': tag 5, for 'london', repeats an earlier one",
                    "dictionary 'isp-a': tag 6, for 'london', repeats an earlier one"}));
}

TEST(EgressBuild, CarriedCommunitiesNeedTheirNumbers) {
  EgressSource source = network();
  source.community_asn = 0;
  source.egress_function = 10;
  EXPECT_EQ(errors_of(source),
            (Errors{"community_asn: 0 is not an AS number (RFC 7607)",
                    "location_function and egress_function are both 10; they must differ"}));
  source.pop.clear();  // carries nothing
  EXPECT_EQ(errors_of(source), Errors{});
}

TEST(EgressBuild, RefusesMoreThanTheIdsCanName) {
  EgressSource source;
  source.metros.resize(70000);
  EXPECT_EQ(errors_of(source), (Errors{"more than 65535 places of kind metro"}));
  source.metros.clear();
  for (std::uint32_t i = 0; i < 3000; ++i) {
    source.pops.push_back({std::to_string(i), "", i, {}});
    source.metros.push_back({std::to_string(i), "", i, {}});
  }
  EXPECT_EQ(errors_of(source), (Errors{"more than 4194304 pairs of pop and place"}));
}

}  // namespace
}  // namespace tern::policy
