#include "bgpd/baseline/path_facts.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "bgpd/wire/attribute_set.h"
#include "rib/types/path_attributes.h"

namespace tern::baseline {
namespace {

std::optional<PathFacts> facts_of(std::string_view text) {
  PathAttributes attributes;
  attributes.as_path = *AsPath::parse(text);
  std::vector<std::byte> set;
  EXPECT_TRUE(wire::encode_set(attributes, set));
  const auto facts = path_facts(wire::as_path_of(set));
  EXPECT_EQ(tern::path_facts(AsPath::parse(text).value()), facts) << "a path that is decoded";
  return facts;
}

TEST(PathFacts, HaveOriginUpstreamAndLength) {
  EXPECT_EQ(facts_of("100 200 300"), (PathFacts{300, 200, 3}));
  EXPECT_EQ(facts_of("300"), (PathFacts{300, kNoUpstream, 1}));
}

TEST(PathFacts, PrependedAsesCountAndAreNoUpstream) {
  EXPECT_EQ(facts_of("100 100 200 300 300 300"), (PathFacts{300, 200, 6}));
  EXPECT_EQ(facts_of("300 300"), (PathFacts{300, kNoUpstream, 2}));
}

TEST(PathFacts, AnAsSetIsNeitherOriginNorUpstream) {
  EXPECT_EQ(facts_of("100 {200 300}"), std::nullopt);
  EXPECT_EQ(facts_of("100 {200} 300"), std::nullopt);
  EXPECT_EQ(facts_of("100 {200} 300 400"), (PathFacts{400, 300, 4}));
  EXPECT_EQ(facts_of(""), std::nullopt);
}

TEST(PathFacts, SegmentsOfConfederationsDoNotCount) {
  EXPECT_EQ(facts_of("(64512 64513) 100 300"), (PathFacts{300, 100, 2}));
}

TEST(PathFacts, OctetsThatAreCutHaveNone) {
  const std::vector<std::byte> cut{std::byte{2}, std::byte{2}, std::byte{0},
                                   std::byte{0}, std::byte{1}, std::byte{44}};
  EXPECT_EQ(path_facts(cut), std::nullopt);
  EXPECT_EQ(path_facts({}), std::nullopt);
}

TEST(PathFacts, ALongPathHasTheLongestLength) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "100 ";
  EXPECT_EQ(facts_of(text + "300")->length, 255);
}

}  // namespace
}  // namespace tern::baseline
