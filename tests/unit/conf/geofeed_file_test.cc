// The text of a geofeed (RFC 8805), and the places that it names.

#include "conf/geofeed_file.h"

#include <gtest/gtest.h>

#include "tests/unit/conf/support.h"

namespace tern::conf {
namespace {

using test::must_load;

GeofeedFile good(std::string_view text, const GeofeedLimits& limits = {}) {
  auto file = read_geofeed(text, "feed.csv", limits);
  if (file) return *file;
  ADD_FAILURE() << file.error();
  return {};
}

// "192.0.2.0/24 de berlin"
std::vector<std::string> shown(const GeofeedFile& file) {
  std::vector<std::string> all;
  for (const GeofeedFile::Entry& entry : file.entries) {
    const GeofeedFile::Location& location = file.locations[entry.location];
    const std::string region = location.region.empty() ? "" : " in " + location.region;
    all.push_back(entry.prefix.to_string() + " " + location.country + " " + location.city + region);
  }
  return all;
}

using Lines = std::vector<std::string>;

TEST(GeofeedFile, PrefixesHaveCountriesAndCities) {
  const GeofeedFile file = good(
      "# comment\n\n192.0.2.0/24,DE,DE-BE,Berlin,10115\r\n 2001:db8::/32 , us ,,New York\n"
      "198.51.100.7,FR\n\"203.0.113.0/24\",\"US\",\"\",\"Washington, D.C.\"\n"
      "192.0.2.128/25,,DE-BE,Berlin,");
  EXPECT_EQ(shown(file), (Lines{"192.0.2.0/24 de berlin in de-be", "2001:db8::/32 us new-york",
                                "198.51.100.7/32 fr ", "203.0.113.0/24 us washington-d-c-",
                                "192.0.2.128/25  "}));
  EXPECT_EQ(file.left_out, 0U);
}

// RFC 8805 section 2.1: from '#' to the end of a line.
TEST(GeofeedFile, CommentsMayFollowAnEntry) {
  const GeofeedFile file = good(
      "192.0.2.0/24,DE # office\n198.51.100.0/24,DE,,Berlin # hq\n"
      "203.0.113.0/24,US,,\"Suite #5\",#x\n10.0.0.0/8#\n  # more\n");
  EXPECT_EQ(shown(file), (Lines{"192.0.2.0/24 de ", "198.51.100.0/24 de berlin",
                                "203.0.113.0/24 us suite-5", "10.0.0.0/8  "}));
  EXPECT_EQ(file.left_out, 0U);
}

TEST(GeofeedFile, EqualLocationsAreOne) {
  const GeofeedFile file = good(
      "10.0.0.0/8,DE,,Berlin\n11.0.0.0/8,de,,BERLIN\n12.0.0.0/8,DE,DE-BE,\n13.0.0.0/8,DE,X,\n");
  EXPECT_EQ(file.entries.size(), 4U);
  EXPECT_EQ(file.locations.size(), 2U);  // regions tell cities apart, and nothing else
}

TEST(GeofeedFile, WrongLinesAreLeftOut) {
  const GeofeedFile file =
      good("192.0.2.1/24,DE,,,\n10.0.0.0/8,DE\nh\x1bllo\n11.0.0.0/8,XX,,\n,DE\n");
  EXPECT_EQ(shown(file), (Lines{"10.0.0.0/8 de "}));
  EXPECT_EQ(file.left_out, 4U);
  EXPECT_EQ(file.messages, (Lines{"feed.csv:1: expected a prefix, found '192.0.2.1/24'",
                                  "feed.csv:3: expected a prefix, found 'h?llo'",
                                  "feed.csv:4: expected a code of ISO 3166-1, found 'XX'",
                                  "feed.csv:5: expected a prefix, found ''"}));
}

TEST(GeofeedFile, LimitsHold) {
  GeofeedLimits limits;
  limits.max_entries = 2;
  limits.max_messages = 1;
  EXPECT_EQ(good("10.0.0.0/8,DE\n11.0.0.0/8,DE\nx\ny\n", limits).messages.size(), 1U);
  EXPECT_EQ(read_geofeed("10.0.0.0/8,DE\n11.0.0.0/8,DE\n12.0.0.0/8,DE\n", "f", limits).error(),
            "f:3: more than 2 entries");
  limits.max_octets = 10;
  EXPECT_EQ(read_geofeed("10.0.0.0/8,DE\n", "f", limits).error(), "f: more than 10 octets");
}

TEST(GeofeedFile, APageOfAnErrorIsNoGeofeed) {
  EXPECT_EQ(read_geofeed("<html>\n404\n", "f").error(),
            "no line is good, the first: f:1: expected a prefix, found '<html>'");
  EXPECT_TRUE(good("# nothing yet\n").entries.empty());
}

TEST(PlaceNames, KnowCitiesBeforeCountries) {
  const auto config = must_load(
      "router: { asn: 65000, id: 10.0.0.1 }\n"
      "egress:\n"
      "  pop: ams\n"
      "  pops: { ams: { latitude: 52, longitude: 4, code: 1 } }\n"
      "  metros:\n"
      "    berlin: { latitude: 52, longitude: 13, code: 1, country: de }\n"
      "    nyc: { title: New York, latitude: 40, longitude: -74, code: 2 }\n"
      "  countries: { de: { code: 276 }, america: { code: 840, iso: US } }\n");
  const auto label = [&](const std::string& country, const std::string& city) {
    const MetroId place = config->place_names.find(country, "", city);
    return place == kNoPlace ? std::string() : config->egress.places().label(place);
  };
  EXPECT_EQ(label("de", "berlin"), "berlin");
  EXPECT_EQ(label("de", "bonn"), "country de");
  EXPECT_EQ(label("us", "berlin"), "country america");  // in New Hampshire
  EXPECT_EQ(label("us", "new-york"), "nyc");            // its country is not known
  EXPECT_EQ(label("us", ""), "country america");
  EXPECT_EQ(label("fr", "paris"), "");
  EXPECT_EQ(label("", ""), "");
}

TEST(PlaceNames, CitiesOfOneNameLieInTheirSubdivisions) {
  const auto config = must_load(
      "router: { asn: 65000, id: 10.0.0.1 }\n"
      "egress:\n"
      "  pop: ams\n"
      "  pops: { ams: { latitude: 52, longitude: 4, code: 1 } }\n"
      "  metros:\n"
      "    portland: { latitude: 45, longitude: -122, code: 1, country: us, subdivision: US-OR }\n"
      "    kan: { title: Kansas City, latitude: 39, longitude: -94, code: 2, country: us,\n"
      "           subdivision: US-KS }\n"
      "    mis: { title: Kansas City, latitude: 39, longitude: -94, code: 3, country: us,\n"
      "           subdivision: us-mo }\n"
      "    austin: { latitude: 30, longitude: -97, code: 4, country: us }\n"
      "  countries: { us: { code: 840 } }\n");
  const auto label = [&](const std::string& region, const std::string& city) {
    return config->egress.places().label(config->place_names.find("us", region, city));
  };
  EXPECT_EQ(label("us-or", "portland"), "portland");
  EXPECT_EQ(label("", "portland"), "portland");
  EXPECT_EQ(label("us-me", "portland"), "country us");
  EXPECT_EQ(label("us-ks", "kansas-city"), "kan");
  EXPECT_EQ(label("us-mo", "kansas-city"), "mis");
  EXPECT_EQ(label("", "kansas-city"), "country us");  // two have the name
  EXPECT_EQ(label("us-tx", "austin"), "austin");
  EXPECT_EQ(label("", "austin"), "austin");
}

}  // namespace
}  // namespace tern::conf
