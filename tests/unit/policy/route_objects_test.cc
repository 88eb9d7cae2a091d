// Which AS may originate which prefix by route objects.
#include "policy/route_objects.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "tests/unit/types/random_values.h"

namespace tern::policy {
namespace {

RouteObject object_of(const char* text, Asn origin, std::uint8_t max_length = 0) {
  const Prefix prefix = Prefix::parse(text).value();
  return {prefix, max_length == 0 ? prefix.length() : max_length, origin};
}

RouteObjects::Table table_of(std::vector<RouteObject> objects) {
  return std::make_shared<const RouteObjectTable>(std::move(objects));
}

Prefix prefix_of_object(const char* text) { return Prefix::parse(text).value(); }

TEST(RouteObjects, AnObjectIsAboutItsPrefixAndItsOrigin) {
  const RouteObjects all({table_of({object_of("192.0.2.0/24", 64496), object_of("::/0", 1)})});
  EXPECT_TRUE(all.authorizes(prefix_of_object("192.0.2.0/24"), 64496));
  EXPECT_FALSE(all.authorizes(prefix_of_object("192.0.2.0/25"), 64496));
  EXPECT_FALSE(all.authorizes(prefix_of_object("192.0.2.0/23"), 64496));
  EXPECT_FALSE(all.authorizes(prefix_of_object("192.0.2.0/24"), 64497));
  EXPECT_FALSE(all.authorizes(prefix_of_object("0.0.0.0/0"), 1));
  EXPECT_TRUE(all.authorizes(prefix_of_object("::/0"), 1));
}

TEST(RouteObjects, AGreatestLengthLetsMoreSpecificsIn) {
  const RouteObjects all({table_of({object_of("192.0.2.0/24", 64496, 26)})});
  EXPECT_TRUE(all.authorizes(prefix_of_object("192.0.2.64/26"), 64496));
  EXPECT_FALSE(all.authorizes(prefix_of_object("192.0.2.64/27"), 64496));
}

TEST(RouteObjects, OfOneOriginTheGreatestLengthCounts) {
  const auto table =
      table_of({object_of("192.0.2.0/24", 64496), object_of("192.0.2.0/24", 7),
                object_of("192.0.2.0/24", 64496, 25), object_of("192.0.2.0/24", 64496)});
  EXPECT_EQ(table->size(), 2U);
  EXPECT_TRUE(RouteObjects({table}).authorizes(prefix_of_object("192.0.2.0/25"), 64496));
}

TEST(RouteObjects, TheLongestCoveringObjectIsNamed) {
  const RouteObjects all(
      {table_of({object_of("192.0.0.0/16", 64496)}),
       table_of({object_of("192.0.2.0/24", 64497), object_of("192.0.0.0/20", 64496, 22)})});
  EXPECT_EQ(all.covering(prefix_of_object("192.0.2.0/25"), 64496)->to_string(),
            "192.0.0.0/20-22 AS64496");
  EXPECT_EQ(all.covering(prefix_of_object("192.0.2.0/25"))->to_string(), "192.0.2.0/24 AS64497");
  EXPECT_EQ(all.covering(prefix_of_object("192.0.0.0/16"))->to_string(), "192.0.0.0/16 AS64496");
  EXPECT_EQ(all.covering(prefix_of_object("192.0.0.0/15")), std::nullopt);
  EXPECT_EQ(all.covering(prefix_of_object("192.0.2.0/25"), 1), std::nullopt);
}

// Random tables against a search through all objects.
TEST(RouteObjects, AnswerAsASearchThroughAll) {
  RandomValues random(2622);
  const auto some_prefix = [&random] {
    const auto value = static_cast<std::uint32_t>(random.below(64)) << 26U;
    return Prefix::v4(value, static_cast<std::uint8_t>(random.below(9)));
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<RouteObject> all;
    std::vector<RouteObjects::Table> tables;
    for (std::size_t files = random.below(4); files > 0; --files) {
      std::vector<RouteObject> objects;
      for (std::size_t count = random.below(12); count > 0; --count) {
        const Prefix of = some_prefix();
        const auto most = static_cast<std::uint8_t>(of.length() + random.below(3));
        objects.push_back({of, most, static_cast<Asn>(1 + random.below(3))});
      }
      all.insert(all.end(), objects.begin(), objects.end());
      tables.push_back(table_of(std::move(objects)));
    }
    const RouteObjects found(std::move(tables));
    for (int question = 0; question < 30; ++question) {
      const Prefix of = some_prefix();
      const auto asn = static_cast<Asn>(1 + random.below(3));
      bool authorized = false;
      int longest = -1;
      for (const RouteObject& one : all) {
        if (one.origin != asn || !one.prefix.covers(of)) continue;
        authorized |= of.length() <= one.max_length;
        longest = std::max<int>(longest, one.prefix.length());
      }
      ASSERT_EQ(found.authorizes(of, asn), authorized) << of.to_string();
      const auto covering = found.covering(of, asn);
      ASSERT_EQ(covering ? covering->prefix.length() : -1, longest) << of.to_string();
    }
  }
}

}  // namespace
}  // namespace tern::policy
