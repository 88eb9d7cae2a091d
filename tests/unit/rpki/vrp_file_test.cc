#include "bgpd/rpki/vrp_file.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/rpki/records.h"

namespace tern::rpki {
namespace {

VrpFile read(const std::string& text, const VrpFileOptions& options = {}) {
  auto result = read_vrp_file(text, "vrps.json", options);
  EXPECT_TRUE(result.ok()) << result.error().to_string();
  return result.ok() ? *result : VrpFile{};
}

std::string vrp_error(const std::string& text, const VrpFileOptions& options = {}) {
  const auto result = read_vrp_file(text, "vrps.json", options);
  return result.ok() ? "none" : result.error().to_string();
}

std::vector<std::string> messages(const VrpFile& file) {
  std::vector<std::string> all;
  for (const JsonError& message : file.messages) all.push_back(message.to_string());
  return all;
}

TEST(VrpFile, OfRpkiClient) {
  const VrpFile file = read(R"({
	"metadata": { "buildtime": "2025-07-20T09:31:33Z", "roas": 2, "talfiles": [ "a", "b" ] },
	"roas": [
		{ "asn": 13335, "prefix": "1.0.0.0/24", "maxLength": 24, "ta": "apnic", "expires": 1753453058 },
		{ "asn": 0, "prefix": "2001:db8::/32", "maxLength": 48, "ta": "ripe", "expires": 1753453058 }
	],
	"bgpsec_keys": [ { "asn": 15562, "ski": "5D", "pubkey": "MF", "ta": "ripe", "expires": 1 } ],
	"aspas": [ { "customer_asid": 945, "expires": 1753087103, "providers": [ 1299, 6939 ] } ],
	"signedprefixlists": [ { "asn": 1, "prefixes": [ "10.0.0.0/8" ] } ]
})");
  EXPECT_EQ(file.vrps, (std::vector{vrp("1.0.0.0/24", 13335), vrp("2001:db8::/32", 0, 48)}));
  EXPECT_EQ(file.aspas, (AspaRecords{{945, {1299, 6939}}}));
  EXPECT_EQ(file.made, 1753003893);
  EXPECT_EQ(file.left_out, 0U);
}

TEST(VrpFile, OfRoutinator) {
  const VrpFile file = read(R"({
  "metadata": { "generated": 1732800000, "generatedTime": "2024-11-28T13:20:00Z" },
  "roas": [
    { "asn": "AS64496", "prefix": "192.0.2.0/24", "maxLength": 25, "source": [ { "type": "roa",
      "uri": "rsync://x", "validity": { "notBefore": "x" } } ] }
  ],
  "aspas": [ { "customer": "AS64496", "providers": [ "AS2", "AS1" ] } ]
})");
  EXPECT_EQ(file.vrps, std::vector{vrp("192.0.2.0/24", 64496, 25)});
  EXPECT_EQ(file.aspas, (AspaRecords{{64496, {1, 2}}}));
  EXPECT_EQ(file.made, 1732800000);
  EXPECT_TRUE(messages(file).empty());
}

TEST(VrpFile, WrongEntriesAreLeftOutAndNamed) {
  const VrpFile file = read(R"({"roas": [
    {"asn": 1, "prefix": "10.0.0.0/8"},
    {"asn": 1, "prefix": "10.0.0.1/8", "maxLength": 8},
    {"asn": 4294967296, "prefix": "10.0.0.0/8", "maxLength": 8},
    {"asn": "ASx", "prefix": "10.0.0.0/8", "maxLength": 8},
    {"prefix": "10.0.0.0/8", "maxLength": 8},
    {"asn": 1, "maxLength": 8},
    {"asn": 1, "prefix": "10.0.0.0/8", "maxLength": 7},
    {"asn": 1, "prefix": "10.0.0.0/8", "maxLength": 33},
    {"asn": 1, "prefix": "10.0.0.0/8", "maxLength": -1},
    {"asn": [1], "prefix": "10.0.0.0/8", "maxLength": 8},
    7, "text", null, [1],
    {"asn": 2, "prefix": "11.0.0.0/8", "maxLength": 8}
  ], "aspas": [{"customer": 1}, {"customer": 1, "providers": 5},
    {"customer": 1, "providers": {"a": 5}}]})");
  EXPECT_EQ(file.vrps, (std::vector{vrp("10.0.0.0/8", 1), vrp("11.0.0.0/8", 2)}));
  EXPECT_TRUE(file.aspas.empty());
  EXPECT_EQ(file.left_out, 16U);
  const std::vector<std::string> expected{
      "vrps.json: roas[1].prefix: '10.0.0.1/8' is no prefix",
      "vrps.json: roas[2].asn: is above 4294967295",
      "vrps.json: roas[3].asn: 'ASx' is no AS number",
      "vrps.json: roas[4].asn: is missing",
      "vrps.json: roas[5].prefix: is missing",
      "vrps.json: roas[6].maxLength: 7 does not fit 10.0.0.0/8",
      "vrps.json: roas[7].maxLength: 33 does not fit 10.0.0.0/8",
      "vrps.json: roas[8].maxLength: has a wrong value",
      "vrps.json: roas[9].asn: is no scalar",
      "vrps.json: roas[10]: is no object",
      "vrps.json: roas[11]: is no object",
      "vrps.json: roas[12]: is no object",
      "vrps.json: roas[13]: is no object",
      "vrps.json: aspas[0].providers: is missing",
      "vrps.json: aspas[1].providers: is no list",
      "vrps.json: aspas[2].providers: is no list",
  };
  EXPECT_EQ(messages(file), expected);
}

TEST(VrpFile, EntriesExpireByTheCallersClock) {
  const std::string text = R"({"roas": [
    {"asn": 1, "prefix": "10.0.0.0/8", "maxLength": 8, "expires": 100},
    {"asn": 2, "prefix": "10.0.0.0/8", "maxLength": 8, "expires": 200}]})";
  EXPECT_EQ(read(text).vrps.size(), 2U);
  VrpFileOptions options;
  options.now = 150;
  const VrpFile file = read(text, options);
  EXPECT_EQ(file.vrps, std::vector{vrp("10.0.0.0/8", 2)});
  EXPECT_EQ(file.expired, 1U);
  EXPECT_EQ(file.left_out, 0U);
}

TEST(VrpFile, ErrorsOfTheWhole) {
  EXPECT_EQ(vrp_error("{\n\"roas\": [\n{\"asn\": 1,}]}").substr(0, 12), "vrps.json:3:");
  EXPECT_EQ(vrp_error("").substr(0, 12), "vrps.json:1:");
  EXPECT_EQ(vrp_error("{}"), "vrps.json: roas: is missing, or no list");
  EXPECT_EQ(vrp_error("[]"), "vrps.json: roas: is missing, or no list");
  EXPECT_EQ(vrp_error(R"({"roas": 7})"), "vrps.json: roas: is missing, or no list");
}

TEST(VrpFile, Bounds) {
  VrpFileOptions options;
  options.max_octets = 8;
  EXPECT_EQ(vrp_error(R"({"roas": []})", options), "vrps.json: more than 8 octets");
  options = {};
  options.max_records = 1;
  EXPECT_EQ(vrp_error(R"({"roas": [{"asn": 1, "prefix": "10.0.0.0/8"},
                              {"asn": 1, "prefix": "11.0.0.0/8"}]})",
                      options),
            "vrps.json: more than 1 records");
  options = {};
  options.max_messages = 1;
  const VrpFile file = read(R"({"roas": [1, 2, 3]})", options);
  EXPECT_EQ(file.left_out, 3U);
  EXPECT_EQ(file.messages.size(), 1U);
  EXPECT_EQ(vrp_error(std::string(100, '[')), "vrps.json: more than 16 levels");
}

}  // namespace
}  // namespace tern::rpki
