// Places of users in a configuration: what tags, defaults and presets name.

#include <gtest/gtest.h>

#include <string>

#include "conf/config.h"
#include "conf/iso_countries.h"
#include "conf/place_names.h"
#include "tests/unit/conf/support.h"
#include "tests/unit/policy/policy_builders.h"

namespace tern::conf {
namespace {

constexpr char kNetwork[] = R"(
router: { asn: 65000, id: 10.0.0.1 }
egress:
  pop: ams
  pops: { ams: { latitude: 52.37, longitude: 4.9, code: 1, country: nl } }
  metros:
    berlin: { title: Berlin, latitude: 52.52, longitude: 13.4, code: 1, country: de }
    fra: { title: Frankfurt, latitude: 50.11, longitude: 8.68, code: 2, country: de }
    ashburn: { latitude: 39.04, longitude: -77.49, code: 3, country: usa }
    paris: { title: Paris, latitude: 33.66, longitude: -95.56, code: 4, country: usa }
  countries:
    de: { code: 276, region: europe }
    nl: { code: 528, region: europe }
    fr: { code: 250, region: europe }
    usa: { code: 840, iso: US }
  regions: { europe: { title: Europe, code: 150 } }
)";

using test::must_load;

// The label of the place of a path with these communities; empty: it has none.
std::string place_of(const Config& config, const std::vector<std::string>& communities) {
  const policy::Egress& egress = config.egress;
  const auto reading = egress.read_tags(policy::with_communities(communities), 0);
  return reading.place == kNoPlace ? std::string() : egress.places().label(reading.place);
}

TEST(Places, AreThoseOfTheFile) {
  const auto config = must_load(std::string(kNetwork) +
                                "  dictionaries: { a: { tags: [\n"
                                "    { community: '65001:1', metro: berlin },\n"
                                "    { community: '65001:2', pop: ams },\n"
                                "    { community: 'rt:65001:3', country: usa },\n"
                                "    { community: '65001:4:4', region: europe } ] } }\n"
                                "  pop_function: 20\n");
  EXPECT_TRUE(config->warnings.empty());
  EXPECT_EQ(place_of(*config, {"65001:1", "65001:4:4"}), "berlin");
  EXPECT_EQ(place_of(*config, {"65001:2"}), "pop ams");
  EXPECT_EQ(place_of(*config, {"rt:65001:3"}), "country usa");
  EXPECT_EQ(place_of(*config, {"65001:4:4"}), "region europe");
  EXPECT_EQ(config->file.egress().country_function(), 13U);
  EXPECT_EQ(config->file.egress().region_function(), 14U);
}

TEST(Places, WarnWhereTheyCountForNothing) {
  const auto config = must_load(
      "router: { asn: 65000, id: 10.0.0.1 }\n"
      "egress:\n"
      "  pop: ams\n"
      "  pops: { ams: { latitude: 52.37, longitude: 4.9, code: 1, country: nl } }\n"
      "  countries: { nl: { code: 528, region: europe }, fr: { code: 250, region: europe },\n"
      "               us: { code: 840, region: america }, jp: { code: 392 } }\n"
      "  regions: { europe: { code: 150 }, america: { code: 19 } }\n"
      "peers:\n"
      "  - { address: 10.0.1.1, asn: 65000, location_default: { country: nl } }\n");
  std::vector<std::string> named;
  for (const auto& warning : config->warnings) named.push_back(warning.path);
  EXPECT_EQ(named,
            (std::vector<std::string>{"egress.countries.us", "egress.countries.jp",
                                      "egress.regions.america", "peers[0].location_default"}));
}

// A router without countries removes them nevertheless: other PoPs have them.
TEST(Places, AStrangersPlacesAreRemovedWhateverTheConfigurationHas) {
  const std::string start =
      "router: { asn: 65000, id: 10.0.0.1 }\n"
      "egress: { pop: ams, pops: { ams: { latitude: 52.37, longitude: 4.9, code: 1 } }";
  const auto left = [](const Config& config) {
    PathAttributes attributes = policy::with_communities(
        {"65000:12:1", "65000:13:276", "65000:14:150", "65000:15:1", "65000:16:1"});
    config.egress.scrub(attributes);
    return attributes.large_communities;
  };
  const auto plain = must_load(start + " }\n");
  EXPECT_EQ(left(*plain), (std::vector<LargeCommunity>{{65000, 16, 1}}));
  // A function of another kind may have the same number.
  const auto other = must_load(start + ", location_function: 13, egress_function: 15 }\n");
  EXPECT_FALSE(other->file.egress().has_country_function());
  EXPECT_FALSE(other->file.egress().has_pop_function());
  EXPECT_EQ(left(*other), (std::vector<LargeCommunity>{{65000, 16, 1}}));
}

TEST(Places, APeersDefaultReplacesThatOfItsGroup) {
  const auto config =
      must_load(std::string(kNetwork) +
                "groups: { g: { location_default: { country: de } } }\n"
                "peers:\n"
                "  - { address: 10.0.1.1, asn: 65001, group: g, import: [], export: [],"
                " location_default: { metro: fra } }\n"
                "  - { address: 10.0.1.2, asn: 65002, group: g, import: [], export: []"
                " }\n");
  EXPECT_EQ(config->file.peers(0).location_default().metro(), "fra");
  EXPECT_EQ(config->file.peers(0).location_default().country(), "");
  EXPECT_EQ(config->file.peers(1).location_default().country(), "de");
}

TEST(Presets, DeCixKnowsMetrosCountriesAndContinents) {
  const auto config = must_load(std::string(kNetwork) +
                                "  dictionaries: { a: { preset: de-cix, preset_asn: 6695, tags: [\n"
                                "    { community: '65103:528', metro: fra } ] } }\n");
  EXPECT_EQ(place_of(*config, {"6695:1912:0", "6695:1913:276", "6695:1914:150"}), "fra");
  EXPECT_EQ(place_of(*config, {"6695:1913:840"}), "country usa");
  EXPECT_EQ(place_of(*config, {"65103:276", "65104:150"}), "country de");
  EXPECT_EQ(place_of(*config, {"65104:150"}), "region europe");
  EXPECT_EQ(place_of(*config, {"65103:528"}), "fra");  // the dictionary's own tag
  EXPECT_EQ(place_of(*config, {"6695:1913:65535", "8714:1913:276"}), "");
  ASSERT_EQ(config->warnings.size(), 1U);
  EXPECT_NE(config->warnings[0].message.find("6695:1912:1 (Munich)"), std::string::npos);
}

TEST(Presets, AzureTakesACityBeforeItsCountry) {
  const auto config =
      must_load(std::string(kNetwork) + "  dictionaries: { a: { preset: azure } }\n");
  EXPECT_EQ(place_of(*config, {"12076:51004"}), "ashburn");
  EXPECT_EQ(place_of(*config, {"12076:51006"}), "country usa");
  EXPECT_EQ(place_of(*config, {"12076:51002"}), "country nl");
  EXPECT_EQ(place_of(*config, {"12076:51030"}), "country fr");  // not Paris in Texas
  EXPECT_EQ(place_of(*config, {"12076:51014"}), "");
  ASSERT_EQ(config->warnings.size(), 1U);
  EXPECT_NE(config->warnings[0].message.find("12076:51014 (Brazil South)"), std::string::npos);
}

TEST(Presets, AmazonMeansTheContinentOfThisPop) {
  const auto config = must_load(std::string(kNetwork) + "  dictionaries: { a: { preset: aws } }\n");
  EXPECT_EQ(place_of(*config, {"7224:8100"}), "region europe");
  EXPECT_EQ(place_of(*config, {"7224:8200"}), "region europe");
  EXPECT_TRUE(config->warnings.empty());
}

TEST(Countries, HaveTheirNumbers) {
  EXPECT_EQ(country_number("ad"), 20);
  EXPECT_EQ(country_number("al"), 8);
  EXPECT_EQ(country_number("de"), 276);
  EXPECT_EQ(country_number("zw"), 716);
  EXPECT_EQ(country_number("DE"), std::nullopt);
  EXPECT_EQ(country_number("xx"), std::nullopt);
  EXPECT_EQ(country_number(""), std::nullopt);
  EXPECT_EQ(plain_name("Frankfurt am Main "), "frankfurt-am-main-");
}

// The errors of a configuration with so many targets.
std::string errors_of_targets(int count, int interval) {
  std::string text = std::string(kNetwork) +
                     "  probes:\n    interval: " + std::to_string(interval) + "\n    targets:\n";
  for (int i = 0; i < count; ++i) {
    text += "      t" + std::to_string(i) + ": { address: 192.0.2.1, to: berlin }\n";
  }
  return test::errors_of(load_text(text, "t.yml"));
}

TEST(Probes, ATargetStandsForAPlaceOrAPrefix) {
  const auto errors_of = [](const std::string& stands_for) {
    return test::errors_of(load_text(std::string(kNetwork) +
                                         "  probes:\n    targets:\n"
                                         "      a: { address: 192.0.2.1" +
                                         stands_for + " }\n",
                                     "t.yml"));
  };
  EXPECT_EQ(errors_of(", to: berlin"), "");
  EXPECT_EQ(errors_of(", prefix: 203.0.113.0/24"), "");
  const std::string either = "either 'to' or 'prefix' must be given, and not both";
  EXPECT_NE(errors_of("").find(either), std::string::npos);
  EXPECT_NE(errors_of(", to: berlin, prefix: 203.0.113.0/24").find(either), std::string::npos);
}

TEST(Probes, AreOftenEnoughForALatencyToBeDegraded) {
  const auto warnings_of = [](int interval, const std::string& latency) {
    return test::warnings_of(
        load_text(std::string(kNetwork) + "  probes:\n    interval: " + std::to_string(interval) +
                      "\n    targets: { a: { address: 192.0.2.1, to: berlin } }\n" + latency,
                  "t.yml"));
  };
  EXPECT_EQ(warnings_of(10, "latency: { samples: 30 }\n"), "");
  EXPECT_NE(warnings_of(10, "latency: { samples: 31 }\n")
                .find("latency.samples: probes give 30 round trips in five minutes "
                      "(egress.probes.interval), and a degraded latency needs 31"),
            std::string::npos);
  EXPECT_NE(
      warnings_of(18, "latency: { subjects: 9 }\n").find("latency: probes give 16 round trips"),
      std::string::npos);
  EXPECT_EQ(warnings_of(15, "latency: { subjects: 9 }\n"), "");
  EXPECT_EQ(warnings_of(60, ""), "") << "nothing is said of latency";
}

TEST(Probes, TargetsHaveABoundAndARate) {
  EXPECT_EQ(errors_of_targets(64, 1), "");
  EXPECT_NE(errors_of_targets(65, 1).find("65 targets need an interval of 2 s or more"),
            std::string::npos);
  EXPECT_EQ(errors_of_targets(256, 4), "");
  EXPECT_NE(errors_of_targets(256, 3).find("at most 64 probes are sent a second"),
            std::string::npos);
  EXPECT_NE(errors_of_targets(257, 60).find("at most 256 targets may stand here, these are 257"),
            std::string::npos);
}

}  // namespace
}  // namespace tern::conf
