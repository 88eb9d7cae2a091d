#include "bgpd/rpki/slurm.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/rpki/records.h"

namespace tern::rpki {
namespace {

using policy::VrpTable;

std::string file(const std::string& filters, const std::string& assertions) {
  return R"({"slurmVersion": 1,
 "validationOutputFilters": {"prefixFilters": [)" +
         filters + R"(], "bgpsecFilters": []},
 "locallyAddedAssertions": {"prefixAssertions": [)" +
         assertions + R"(], "bgpsecAssertions": []}})";
}

Slurm slurm(const std::string& filters, const std::string& assertions) {
  auto read = read_slurm(file(filters, assertions), "slurm.json");
  EXPECT_TRUE(read.ok()) << read.error().to_string();
  return Slurm({*read});
}

std::string slurm_error(const std::string& text, const SlurmLimits& limits = {}) {
  const auto read = read_slurm(text, "slurm.json", limits);
  return read.ok() ? "none" : read.error().to_string();
}

TEST(Slurm, FiltersTakeByPrefixByAsAndByBoth) {
  const Slurm some = slurm(R"({"prefix": "192.0.2.0/24", "comment": "all"}, {"asn": 64496},
      {"prefix": "198.51.100.0/24", "asn": 64497})",
                           "");
  EXPECT_TRUE(some.filters(vrp("192.0.2.0/24", 1)));
  EXPECT_TRUE(some.filters(vrp("192.0.2.128/25", 1)));
  EXPECT_FALSE(some.filters(vrp("192.0.0.0/16", 1)));  // covers the filter
  EXPECT_TRUE(some.filters(vrp("2001:db8::/32", 64496)));
  EXPECT_TRUE(some.filters(vrp("198.51.100.0/24", 64497)));
  EXPECT_FALSE(some.filters(vrp("198.51.100.0/24", 64498)));
  EXPECT_FALSE(some.filters(vrp("2001:db8::/32", 64497)));
}

// RFC 8416 section 4.1: an assertion stays where a filter would take it.
TEST(Slurm, AssertionsAreAboveFilters) {
  const Slurm both = slurm(R"({"asn": 64496})",
                           R"({"asn": 64496, "prefix": "10.0.0.0/8", "maxPrefixLength": 16},
                              {"asn": 1, "prefix": "2001:db8::/32"})");
  const auto from = VrpTable::build({vrp("192.0.2.0/24", 64496), vrp("192.0.2.0/24", 2)});
  EXPECT_EQ(
      list(*both.apply(*from)),
      (std::vector{vrp("10.0.0.0/8", 64496, 16), vrp("192.0.2.0/24", 2), vrp("2001:db8::/32", 1)}));
}

TEST(Slurm, TheTableFollowsItsSource) {
  SlurmTable table;
  EXPECT_FALSE(table.set_slurm(slurm(R"({"asn": 5})", R"({"asn": 1, "prefix": "10.0.0.0/8"})")));
  EXPECT_EQ(table.table(), nullptr);  // assertions alone validate nothing

  const auto first = VrpTable::build({vrp("192.0.2.0/24", 5), vrp("192.0.2.0/24", 6)});
  EXPECT_TRUE(table.set_source(first));
  EXPECT_EQ(list(*table.table()), (std::vector{vrp("10.0.0.0/8", 1), vrp("192.0.2.0/24", 6)}));

  // The cache announces and withdraws what is asserted, and something that is filtered.
  const auto second = first->changed({{vrp("10.0.0.0/8", 1), vrp("198.51.100.0/24", 5)}, {}});
  table.set_source(second);
  EXPECT_EQ(list(*table.table()), (std::vector{vrp("10.0.0.0/8", 1), vrp("192.0.2.0/24", 6)}));
  const auto third = second->changed({{vrp("203.0.113.0/24", 1)}, {vrp("10.0.0.0/8", 1)}});
  EXPECT_TRUE(table.set_source(third));
  EXPECT_EQ(list(*table.table()),
            (std::vector{vrp("10.0.0.0/8", 1), vrp("192.0.2.0/24", 6), vrp("203.0.113.0/24", 1)}));
  EXPECT_FALSE(table.set_source(third));

  EXPECT_TRUE(table.set_slurm({}));
  EXPECT_EQ(table.table(), third);
  EXPECT_TRUE(table.set_source(nullptr));
  EXPECT_EQ(table.table(), nullptr);
}

TEST(Slurm, ErrorsNameTheirPlace) {
  EXPECT_EQ(slurm_error("{\n\"slurmVersion\": 1,\n oops}"),
            "slurm.json:3: syntax error while parsing object key - invalid literal; last read: "
            "'1,<U+000A> o'; expected string literal");
  EXPECT_EQ(slurm_error("{}"), "slurm.json: slurmVersion: is missing");
  EXPECT_EQ(slurm_error("[]"), "slurm.json: is no object");
  EXPECT_EQ(slurm_error(R"({"slurmVersion": 2})"), "slurm.json: slurmVersion: is not 1");
  EXPECT_EQ(slurm_error(file(R"({"asn": 1, "prefx": "10.0.0.0/8"})", "")),
            "slurm.json: validationOutputFilters.prefixFilters[0].prefx: is no member of RFC 8416");
  EXPECT_EQ(slurm_error(file(R"({"comment": "nothing"})", "")),
            "slurm.json: validationOutputFilters.prefixFilters[0]: has neither prefix nor asn");
  EXPECT_EQ(slurm_error(file(R"({"asn": 1}, {"asn": "AS1"})", "")),
            "slurm.json: validationOutputFilters.prefixFilters[1].asn: is no AS number");
  EXPECT_EQ(slurm_error(file(R"({"prefix": "10.0.0.1/8"})", "")),
            "slurm.json: validationOutputFilters.prefixFilters[0].prefix: \"10.0.0.1/8\" is no "
            "prefix");
  EXPECT_EQ(slurm_error(file("", R"({"prefix": "10.0.0.0/8"})")),
            "slurm.json: locallyAddedAssertions.prefixAssertions[0].asn: is missing");
  EXPECT_EQ(slurm_error(file("", R"({"asn": 1, "prefix": "10.0.0.0/8", "maxPrefixLength": 33})")),
            "slurm.json: locallyAddedAssertions.prefixAssertions[0].maxPrefixLength: is not from 8 "
            "to 32");
  EXPECT_EQ(slurm_error(file("7", "")),
            "slurm.json: validationOutputFilters.prefixFilters[0]: is no object");
  EXPECT_EQ(slurm_error(R"({"slurmVersion": 1, "slurmVersion": 1})"),
            "slurm.json: member \"slurmVersion\" is there twice");
}

TEST(Slurm, FilesHaveBounds) {
  EXPECT_EQ(slurm_error("{ }", {2, 10}), "slurm.json: more than 2 octets");
  EXPECT_EQ(slurm_error(file(R"({"asn": 1}, {"asn": 2})", ""), {1000, 1}),
            "slurm.json: validationOutputFilters.prefixFilters: more than 1 entries");
  EXPECT_EQ(slurm_error(std::string(40, '[')), "slurm.json: more than 16 levels");
}

// RFC 8416 section 4.2.
TEST(Slurm, FilesMustNotSpeakAboutTheSame) {
  const auto read = [](const char* name, const std::string& filters,
                       const std::string& assertions) {
    return *read_slurm(file(filters, assertions), name);
  };
  const SlurmFile one = read("a.json", R"({"prefix": "10.0.0.0/8"}, {"asn": 7})", "");
  const SlurmFile other = read("b.json", "", R"({"asn": 1, "prefix": "11.0.0.0/16"})");
  EXPECT_FALSE(slurm_conflict({one, other}));
  const SlurmFile inner = read("c.json", "", R"({"asn": 1, "prefix": "10.1.0.0/16"})");
  EXPECT_EQ(slurm_conflict({one, other, inner})->to_string(),
            "c.json: 10.0.0.0/8 is a subject of a.json, too");
  EXPECT_EQ(slurm_conflict({inner, one})->to_string(),
            "a.json: 10.0.0.0/8 is a subject of c.json, too");
  const SlurmFile same_as = read("d.json", R"({"asn": 7})", "");
  EXPECT_EQ(slurm_conflict({one, same_as})->to_string(), "d.json: AS7 is a subject of a.json, too");
}

}  // namespace
}  // namespace tern::rpki
