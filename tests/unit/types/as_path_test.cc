#include "rib/types/as_path.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/unit/types/random_values.h"

namespace tern {
namespace {

using Type = AsSegment::Type;

AsPath path(std::string_view text) { return AsPath::parse(text).value(); }

TEST(AsPath, EmptyIsEmpty) {
  EXPECT_TRUE(AsPath().empty());
  EXPECT_EQ(AsPath().length(), 0U);
  EXPECT_EQ(AsPath().to_string(), "");
  EXPECT_EQ(AsPath().neighbour(), std::nullopt);
  EXPECT_EQ(AsPath().origin(), std::nullopt);
  EXPECT_EQ(path(""), AsPath());
  EXPECT_EQ(path("  "), AsPath());
  EXPECT_EQ(AsPath::sequence({}), AsPath());
}

TEST(AsPath, ReadsSegments) {
  EXPECT_EQ(path("65001 64999"), AsPath::sequence({65001, 64999}));
  EXPECT_EQ(path("65001 {65010 65011}"),
            AsPath({{Type::Sequence, {65001}}, {Type::Set, {65010, 65011}}}));
  EXPECT_EQ(path("(1 2) [3 4] 5 {6}"), AsPath({{Type::ConfedSequence, {1, 2}},
                                               {Type::ConfedSet, {3, 4}},
                                               {Type::Sequence, {5}},
                                               {Type::Set, {6}}}));
  EXPECT_EQ(path("1.0"), AsPath::sequence({65536}));
  EXPECT_EQ(path("  1   2 { 3  4 } "), path("1 2 {3 4}"));
}

TEST(AsPath, RefusesOtherText) {
  for (const auto* text : {"x", "65001 x", "65001,64999", "{", "}", "{}", "{ }", "{1", "1}", "(1]",
                           "{1 {2}}", "{1 (2)}", "()", "[]", "4294967296", "1\t2", "-1", "1 2)"}) {
    EXPECT_EQ(AsPath::parse(text), std::nullopt) << '"' << text << '"';
  }
}

// RFC 4271 section 9.1.2.2 a, RFC 5065 section 5.3
TEST(AsPath, LengthCountsASetOnceAndConfederationsNotAtAll) {
  EXPECT_EQ(path("1 2 3").length(), 3U);
  EXPECT_EQ(path("1 1 1").length(), 3U);
  EXPECT_EQ(path("1 2 {3 4 5}").length(), 3U);
  EXPECT_EQ(path("(10 11) [12 13] 1 2").length(), 2U);
}

TEST(AsPath, NeighbourLeadsAndOriginCloses) {
  EXPECT_EQ(path("65001 64999 64510").neighbour(), Asn{65001});
  EXPECT_EQ(path("65001 64999 64510").origin(), Asn{64510});
  EXPECT_EQ(path("65001").origin(), Asn{65001});
  EXPECT_EQ(path("65001 {1 2}").neighbour(), Asn{65001});
  EXPECT_EQ(path("65001 {1 2}").origin(), std::nullopt);
  EXPECT_EQ(path("{1 2} 65001").neighbour(), std::nullopt);
  EXPECT_EQ(path("{1 2} 65001").origin(), Asn{65001});
  EXPECT_EQ(path("(1 2)").neighbour(), std::nullopt);
  EXPECT_EQ(path("(1 2)").origin(), std::nullopt);
}

TEST(AsPath, FindsAnAsInEverySegment) {
  const AsPath any = path("(9) 1 2 1 {3 1}");
  EXPECT_TRUE(any.contains(9));
  EXPECT_TRUE(any.contains(3));
  EXPECT_FALSE(any.contains(4));
  EXPECT_EQ(any.count(1), 3U);
  EXPECT_EQ(any.count(4), 0U);
}

TEST(AsPath, KnowsItsKindsOfSegments) {
  EXPECT_FALSE(path("1 2").has_set());
  EXPECT_TRUE(path("1 {2}").has_set());
  EXPECT_TRUE(path("[2] 1").has_set());
  EXPECT_FALSE(path("(2) 1").has_set());
  EXPECT_FALSE(path("1 {2}").has_confederation_segment());
  EXPECT_TRUE(path("(2) 1").has_confederation_segment());
  EXPECT_TRUE(path("[2] 1").has_confederation_segment());
}

TEST(AsPath, Prepends) {
  AsPath any;
  any.prepend(64999);
  any.prepend(65001, 3);
  EXPECT_EQ(any.to_string(), "65001 65001 65001 64999");
  any.prepend(1, 0);
  EXPECT_EQ(any.neighbour(), Asn{65001});
  EXPECT_EQ(any.segments().size(), 1U);
}

TEST(AsPath, DropsWhatLeads) {
  AsPath any = path("65001 65001 64999 65001");
  any.drop_leading(64999);
  EXPECT_EQ(any, path("65001 65001 64999 65001"));
  any.drop_leading(65001);
  EXPECT_EQ(any, path("64999 65001"));
  AsPath set = path("65001 {65001 2}");
  set.drop_leading(65001);
  EXPECT_EQ(set, path("{65001 2}"));
  AsPath alone = path("65001");
  alone.drop_leading(65001);
  EXPECT_TRUE(alone.empty());
}

TEST(AsPath, PrependsInFrontOfOtherSegmentsWithASequence) {
  AsPath set = path("{1 2}");
  set.prepend(65001, 2);
  EXPECT_EQ(set, path("65001 65001 {1 2}"));
  AsPath confederation = path("(1 2) 3");
  confederation.prepend(65001);
  EXPECT_EQ(confederation, path("65001 (1 2) 3"));
}

// RFC 4271 section 5.1.2 b
TEST(AsPath, PrependsIntoANewSegmentWhereOneIsFull) {
  AsPath any;
  any.prepend(1, 254);
  any.prepend(2, 3);
  ASSERT_EQ(any.segments().size(), 2U);
  EXPECT_EQ(any.segments()[0].asns, (std::vector<Asn>{2, 2}));
  EXPECT_EQ(any.segments()[1].asns.size(), 255U);
  EXPECT_EQ(any.segments()[1].asns.front(), 2U);
  EXPECT_EQ(any.length(), 257U);

  AsPath long_path;
  long_path.prepend(7, 600);
  ASSERT_EQ(long_path.segments().size(), 3U);
  EXPECT_EQ(long_path.segments()[0].asns.size(), 90U);
  EXPECT_EQ(path(long_path.to_string()), long_path);
  EXPECT_EQ(AsPath::sequence(std::vector<Asn>(600, 7)), long_path);
}

TEST(AsPath, ASetHasNoRoomForMoreThanItsOctetCounts) {
  const auto set_of = [](int size) {
    std::string text = "{1";
    for (int i = 1; i < size; ++i) text += " 1";
    return AsPath::parse(text + '}');
  };
  EXPECT_TRUE(set_of(255));
  EXPECT_FALSE(set_of(256));
}

AsPath random_path(RandomValues& random) {
  std::vector<AsSegment> segments;
  const std::uint32_t size = random.below(5);
  for (std::uint32_t i = 0; i < size; ++i) {
    auto type = static_cast<Type>(1 + random.below(4));
    // Two sequences side by side are one in text.
    if (!segments.empty() && segments.back().type == Type::Sequence) type = Type::Set;
    std::vector<Asn> asns(1 + random.below(random.one_in(10) ? 255 : 6));
    for (Asn& asn : asns) asn = random.asn();
    segments.push_back({type, std::move(asns)});
  }
  return AsPath(std::move(segments));
}

TEST(AsPath, TextRoundTrip) {
  RandomValues random(5065);
  for (int i = 0; i < 5000; ++i) {
    const AsPath any = random_path(random);
    const std::string text = any.to_string();
    const auto again = AsPath::parse(text);
    ASSERT_EQ(again, any) << text;
  }
}

}  // namespace
}  // namespace tern
