// Values that are read of a set without decoding equal those that decoding gives.
#include "bgpd/pipeline/attribute_sets.h"

#include <gtest/gtest.h>

#include <vector>

#include "policy/vrp.h"
#include "tests/unit/types/random_values.h"

namespace tern::pipeline {
namespace {

AsPath random_path(RandomValues& random) {
  std::vector<AsSegment> segments;
  for (std::uint32_t left = random.below(4); left > 0; --left) {
    AsSegment segment;
    segment.type = static_cast<AsSegment::Type>(1 + random.below(4));
    for (std::uint32_t n = 1 + random.below(5); n > 0; --n) segment.asns.push_back(random.asn());
    segments.push_back(std::move(segment));
  }
  return AsPath(std::move(segments));
}

TEST(AttributeSets, TheOriginWithoutDecoding) {
  RandomValues random(8);
  rib::AttrTable table;
  for (int i = 0; i < 2000; ++i) {
    PathAttributes attributes;
    attributes.as_path = random_path(random);
    attributes.next_hop.global = random.v4();
    if (random.one_in(2)) attributes.med = random.asn();
    const rib::AttrHandle set(table, intern(table, attributes, {}));
    EXPECT_EQ(validated_origin(table[set.ref()], 65000),
              policy::validated_origin(attributes.as_path, 65000))
        << attributes.as_path.to_string();
  }
}

// The longest path that a segment holds, behind a long one.
TEST(AttributeSets, TheOriginOfLongPaths) {
  rib::AttrTable table;
  PathAttributes attributes;
  attributes.next_hop.global = IpAddress::v4(1);
  attributes.as_path = AsPath::sequence(std::vector<Asn>(600, 65001));
  attributes.as_path.mutable_segments().back().asns.back() = 4'200'000'001;
  const rib::AttrHandle set(table, intern(table, attributes, {}));
  EXPECT_EQ(validated_origin(table[set.ref()], 65000), 4'200'000'001);
}

}  // namespace
}  // namespace tern::pipeline
