// Four-octet AS numbers with peers of two-octet ones (RFC 6793).
#include <gtest/gtest.h>

#include "bgpd/wire/attribute_encode.h"
#include "bgpd/wire/update.h"
#include "tests/unit/wire/bytes.h"

namespace tern::wire {
namespace {

const Buffer kOrigin = hex("40 01 01 00");
const Buffer kNextHop = hex("40 03 04 c0000201");
const Buffer kPrefix = hex("18 cb0071");

UpdateContext two_octets() {
  UpdateContext context;
  context.four_octet_as = false;
  context.reject_as_sets = false;
  return context;
}

struct Row {
  const char* name;
  const char* as_path;   // value of AS_PATH, two-octet
  const char* as4_path;  // value of AS4_PATH; "" for none
  const char* merged;
  std::size_t faults;
};

UpdateMessage decode(const Buffer& more, const char* as_path) {
  const Buffer body =
      update_body({}, join({kOrigin, attribute(0x40, 2, hex(as_path)), kNextHop, more}), kPrefix);
  UpdateMessage update;
  EXPECT_FALSE(decode_update(body, two_octets(), update));
  return update;
}

TEST(As4Path, Merge) {  // section 4.2.3
  const std::vector<Row> rows{
      {"no AS4_PATH", "0202 fde9 5ba0", "", "65001 23456", 0},
      {"the same length", "0202 fde9 5ba0", "0202 0000fde9 00030d40", "65001 200000", 0},
      {"an old speaker prepended", "0203 0064 fde9 5ba0", "0202 0000fde9 00030d40",
       "100 65001 200000", 0},
      {"old speakers prepended twice", "0204 0064 0065 fde9 5ba0", "0202 0000fde9 00030d40",
       "100 101 65001 200000", 0},
      {"AS4_PATH only of the origin", "0203 0064 5ba0 5ba0", "0201 00030d40", "100 23456 200000",
       0},
      {"AS_PATH is shorter: AS4_PATH is ignored", "0201 fde9", "0202 0000fde9 00030d40", "65001",
       0},
      {"an AS_SET counts one", "0202 0064 5ba0 0102 5ba0 0065",
       "0201 00030d40 0102 00030d41 00000065", "100 200000 {200001 101}", 0},
      {"an AS_SET among the leading ones", "0101 0064 0201 5ba0", "0201 00030d40", "{100} 200000",
       0},
      {"old speakers aggregated: leading AS_SET", "0201 0064 0102 0065 0066 0202 5ba0 0067",
       "0202 00030d40 00000067", "100 {101 102} 200000 103", 0},
      {"malformed: past the attribute", "0202 fde9 5ba0", "0202 0000fde9", "65001 23456", 1},
      {"malformed: segment of none", "0202 fde9 5ba0", "0200 0201 00030d40", "65001 23456", 1},
      {"malformed: segment type", "0202 fde9 5ba0", "0901 00030d40", "65001 23456", 1},
      {"malformed: AS 0, RFC 7607", "0202 fde9 5ba0", "0202 0000fde9 00000000", "65001 23456", 1},
      {"confederation segments are dropped, section 6", "0202 fde9 5ba0",
       "0301 0000fe4c 0202 0000fde9 00030d40", "65001 200000", 0},
      {"nothing but confederation segments", "0202 fde9 5ba0", "0301 0000fe4c", "65001 23456", 0},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const Buffer as4 = hex(row.as4_path);
    const UpdateMessage update =
        decode(as4.empty() ? Buffer{} : attribute(0xC0, 17, as4), row.as_path);
    EXPECT_EQ(update.attributes.as_path.to_string(), row.merged);
    EXPECT_EQ(update.faults.size(), row.faults);
    EXPECT_LE(update.treatment, Treatment::AttributeDiscard);
  }
}

TEST(As4Path, OneSequenceBeforeIsOneSequenceAfter) {
  const UpdateMessage update =
      decode(attribute(0xC0, 17, hex("0202 0000fde9 00030d40")), "0203 0064 fde9 5ba0");
  EXPECT_EQ(update.attributes.as_path, AsPath::sequence({100, 65001, 200000}));
}

TEST(As4Path, LeadingConfederationSegmentsStay) {  // section 4.2.3, last sentence
  UpdateContext context = two_octets();
  context.ibgp = true;
  const Buffer list = join({kOrigin, attribute(0x40, 2, hex("0301 fe4c 0202 fde9 5ba0")), kNextHop,
                            attribute(0xC0, 17, hex("0202 0000fde9 00030d40"))});
  UpdateMessage update;
  ASSERT_FALSE(decode_update(update_body({}, list, kPrefix), context, update));
  EXPECT_EQ(update.attributes.as_path, AsPath({{AsSegment::Type::ConfedSequence, {65100}},
                                               {AsSegment::Type::Sequence, {65001, 200000}}}));
}

TEST(As4Path, AnAsSetHiddenInItIsRejectedToo) {  // RFC 9774
  UpdateContext context = two_octets();
  context.reject_as_sets = true;
  const Buffer list = join({kOrigin, attribute(0x40, 2, hex("0202 fde9 5ba0")), kNextHop,
                            attribute(0xC0, 17, hex("0201 0000fde9 0101 00030d40"))});
  UpdateMessage update;
  ASSERT_FALSE(decode_update(update_body({}, list, kPrefix), context, update));
  EXPECT_EQ(update.treatment, Treatment::TreatAsWithdraw);
  EXPECT_EQ(update.faults.at(0).reason, Reason::AsSet);
}

TEST(As4Aggregator, StandsInForAsTrans) {
  const UpdateMessage update =
      decode(hex("c00706 5ba0 c6336401 c01208 00030d40 c6336402"), "0201 fde9");
  EXPECT_EQ(update.attributes.aggregator, (Aggregator{200000, *IpAddress::parse("198.51.100.2")}));
  EXPECT_TRUE(update.faults.empty());
}

TEST(As4Aggregator, IsOldWhenAggregatorIsNotAsTrans) {  // section 4.2.3: and so is AS4_PATH
  const UpdateMessage update = decode(
      hex("c00706 0064 c6336401 c01106 0201 00030d40 c01208 00030d40 c6336402"), "0202 fde9 5ba0");
  EXPECT_EQ(update.attributes.aggregator, (Aggregator{100, *IpAddress::parse("198.51.100.1")}));
  EXPECT_EQ(update.attributes.as_path.to_string(), "65001 23456");
  EXPECT_EQ(update.treatment, Treatment::AttributeDiscard);
}

TEST(As4Aggregator, WithoutAggregatorMeansNothing) {
  const UpdateMessage update =
      decode(hex("c01106 0201 00030d40 c01208 00030d40 c6336402"), "0202 fde9 5ba0");
  EXPECT_FALSE(update.attributes.aggregator);
  EXPECT_EQ(update.attributes.as_path.to_string(), "65001 200000");
}

TEST(As4Aggregator, MalformedIsDiscarded) {
  for (const char* bytes : {"c01207 00030d40 c63364", "c01208 00000000 c6336402"}) {
    const UpdateMessage update =
        decode(join({hex("c00706 5ba0 c6336401"), hex(bytes)}), "0201 fde9");
    EXPECT_EQ(update.attributes.aggregator->asn, kAsTrans);
    EXPECT_EQ(update.treatment, Treatment::AttributeDiscard);
  }
}

// ---- Sending

std::string encoded(const AsPath& path, std::optional<Aggregator> aggregator = {}) {
  PathAttributes attributes;
  attributes.origin = Origin::Igp;
  attributes.as_path = path;
  attributes.aggregator = aggregator;
  Buffer out;
  encode_attribute_list(attributes, {false, false}, out);
  return to_hex(std::span(out).subspan(4));  // after ORIGIN
}

std::string plain(std::string_view text) { return to_hex(hex(text)); }

TEST(As4Path, IsSentOnlyWhereItIsNeeded) {  // section 4.2.2
  EXPECT_EQ(encoded(AsPath::sequence({65001, 100})), plain("400206 0202 fde9 0064"));
  EXPECT_EQ(encoded(AsPath::sequence({65001, 200000})),
            plain("400206 0202 fde9 5ba0 c0110a 0202 0000fde9 00030d40"));
  EXPECT_EQ(encoded({}), plain("400200"));
}

TEST(As4Path, IsSentWithoutConfederationSegments) {  // section 3
  const AsPath confederation(
      {{AsSegment::Type::ConfedSequence, {200001}}, {AsSegment::Type::Sequence, {65001}}});
  EXPECT_EQ(encoded(confederation), plain("400208 0301 5ba0 0201 fde9"))
      << "what only they would need is lost";
  const AsPath both(
      {{AsSegment::Type::ConfedSequence, {65100}}, {AsSegment::Type::Sequence, {200000}}});
  EXPECT_EQ(encoded(both), plain("400208 0301 fe4c 0201 5ba0 c01106 0201 00030d40"));
}

TEST(As4Aggregator, IsSentOnlyWhereItIsNeeded) {
  const IpAddress address = *IpAddress::parse("198.51.100.1");
  EXPECT_EQ(encoded({}, Aggregator{100, address}), plain("400200 c00706 0064 c6336401"));
  EXPECT_EQ(encoded({}, Aggregator{200000, address}),
            plain("400200 c00706 5ba0 c6336401 c01208 00030d40 c6336401"));
}

}  // namespace
}  // namespace tern::wire
