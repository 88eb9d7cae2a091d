// The size of a message: what fits is packed, what cannot fit is said (RFC 4271 section 9.2).
#include <gtest/gtest.h>

#include "bgpd/wire/framer.h"
#include "bgpd/wire/update.h"
#include "tests/unit/wire/bytes.h"

namespace tern::wire {
namespace {

std::vector<Buffer> split(const Buffer& stream, std::size_t max_message) {
  std::vector<Buffer> messages;
  Bytes rest(stream);
  while (!rest.empty()) {
    const auto next = next_message(rest, max_message);
    if (!std::holds_alternative<Frame>(next)) {
      ADD_FAILURE() << "not a message at octet " << stream.size() - rest.size();
      break;
    }
    const Bytes message = std::get<Frame>(next).message;
    messages.emplace_back(message.begin(), message.end());
    rest = rest.subspan(message.size());
  }
  return messages;
}

std::vector<Nlri> hosts(std::size_t count, bool ipv6 = false) {
  std::vector<Nlri> list;
  for (std::uint32_t i = 0; i < count; ++i) {
    Buffer bytes = ipv6 ? hex("20010db8 0000 0000 0000 0000") : Buffer{};
    Writer(bytes).u32(0x0A000000 + i);
    list.push_back(unicast(Prefix(IpAddress::from_bytes(bytes), ipv6 ? 128 : 32)));
  }
  return list;
}

PathAttributes attributes_with(const char* next_hop) {
  PathAttributes attributes;
  attributes.origin = Origin::Igp;
  attributes.as_path = AsPath::sequence({65001});
  attributes.next_hop.global = *IpAddress::parse(next_hop);
  return attributes;
}

struct Row {
  const char* name;
  const char* next_hop;
  bool ipv6;
  std::size_t max_message;
  std::size_t per_message;  // prefixes in a full message
};

// Header 19, two lengths 4, ORIGIN 4, AS_PATH 9; NEXT_HOP 7; MP_REACH_NLRI 4 + 5 + next hop.
TEST(EncodeLimits, FullMessages) {
  const std::vector<Row> rows{
      {"IPv4 /32 in 4096", "192.0.2.1", false, 4096, (4096 - 43) / 5},
      {"IPv4 /32 in 65535", "192.0.2.1", false, 65535, (65535 - 43) / 5},
      {"IPv6 /128 in 4096", "2001:db8::1", true, 4096, (4096 - 36 - 25) / 17},
      {"IPv6 /128 in 65535", "2001:db8::1", true, 65535, (65535 - 36 - 25) / 17},
      {"IPv4 /32 by IPv6 in 4096", "2001:db8::1", false, 4096, (4096 - 36 - 25) / 5},
      {"one prefix in the smallest", "192.0.2.1", false, 48, 1},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const Encoding encoding{true, false, row.max_message};
    const PathAttributes attributes = attributes_with(row.next_hop);
    Buffer full;
    EXPECT_EQ(encode_announcements(attributes, hosts(row.per_message, row.ipv6), encoding, full),
              1U);
    EXPECT_LE(full.size(), row.max_message);
    EXPECT_EQ(split(full, row.max_message).size(), 1U);

    Buffer more;
    const auto list = hosts(row.per_message * 2 + 1, row.ipv6);
    EXPECT_EQ(encode_announcements(attributes, list, encoding, more), 3U);
    const auto messages = split(more, row.max_message);
    ASSERT_EQ(messages.size(), 3U);
    EXPECT_EQ(messages[0].size(), full.size());

    UpdateContext context;
    context.families = {Family::Ipv4Unicast, Family::Ipv6Unicast};
    context.extended_next_hop = {Family::Ipv4Unicast};
    std::vector<Nlri> received;
    UpdateMessage update;
    for (const Buffer& each : messages) {
      ASSERT_FALSE(decode_update(body_of(each), context, update));
      const auto& part = update.has_mp_reach ? update.mp_reach.prefixes : update.announced;
      received.insert(received.end(), part.begin(), part.end());
      EXPECT_EQ(update.attributes.as_path, attributes.as_path);
    }
    EXPECT_EQ(received, list);
  }
}

TEST(EncodeLimits, Withdrawals) {
  const auto ipv4 = hosts(2000);
  Buffer out;
  EXPECT_EQ(encode_withdrawals(ipv4, {}, out), 3U);  // 814 of 5 octets in 4096 - 23
  const auto messages = split(out, 4096);
  EXPECT_EQ(messages.at(0).size(), 4093U);
  const auto ipv6 = hosts(500, true);
  out.clear();
  EXPECT_EQ(encode_withdrawals(ipv6, {}, out), 3U);  // 239 of 17 octets in 4096 - 30
  EXPECT_EQ(split(out, 4096).size(), 3U);
  out.clear();
  EXPECT_EQ(encode_withdrawals(ipv6, {true, false, 65535}, out), 1U);
}

// 65535 octets of attributes cannot be in any message, 4096 not in one of RFC 4271.
TEST(EncodeLimits, AttributesThatLeaveNoRoom) {
  struct Case {
    std::size_t max_message;
    const char* next_hop;
    bool ipv6;
    std::size_t fixed;  // all but the value of the unknown attribute and the prefix
    std::size_t prefix;
  };
  for (const Case& each : std::vector<Case>{{4096, "192.0.2.1", false, 43 + 4, 5},
                                            {65535, "192.0.2.1", false, 43 + 4, 5},
                                            {4096, "2001:db8::1", true, 36 + 3 + 21 + 4, 17},
                                            {65535, "2001:db8::1", true, 36 + 3 + 21 + 4, 17}}) {
    SCOPED_TRACE(each.max_message);
    PathAttributes attributes = attributes_with(each.next_hop);
    const std::size_t value = each.max_message - each.fixed - each.prefix;
    attributes.unknown = {{0xE0, 99, repeat(value, 0)}};
    const Encoding encoding{true, false, each.max_message};
    Buffer out = hex("aa");
    EXPECT_EQ(encode_announcements(attributes, hosts(1, each.ipv6), encoding, out), 1U);
    EXPECT_EQ(out.size(), each.max_message + 1) << "to the last octet";

    attributes.unknown[0].value.push_back({});
    out = hex("aa");
    EXPECT_EQ(encode_announcements(attributes, hosts(1, each.ipv6), encoding, out), 0U);
    EXPECT_EQ(to_hex(out), "aa") << "nothing is appended";
  }
}

TEST(EncodeLimits, AttributesLargerThanAnyMessage) {
  PathAttributes attributes = attributes_with("192.0.2.1");
  attributes.unknown = {{0xE0, 98, repeat(40000, 0)}, {0xE0, 99, repeat(40000, 0)}};
  Buffer out;
  EXPECT_EQ(encode_announcements(attributes, hosts(1), {true, false, 65535}, out), 0U);
  EXPECT_TRUE(out.empty());
}

// The length of MP_REACH_NLRI takes a second octet past 255: that octet too must have a place.
TEST(EncodeLimits, AroundTheExtendedLengthOfMpReach) {
  for (std::size_t max_message = 100; max_message < 400; ++max_message) {
    Buffer out;
    const auto list = hosts(40, true);
    const std::size_t count =
        encode_announcements(attributes_with("2001:db8::1"), list, {true, false, max_message}, out);
    ASSERT_GT(count, 0U);
    const auto messages = split(out, max_message);
    ASSERT_EQ(messages.size(), count);
    for (std::size_t i = 0; i + 1 < messages.size(); ++i) {
      EXPECT_LE(messages[i].size(), max_message);
      EXPECT_GT(messages[i].size() + 17 + 1, max_message) << "no room is left unused";
    }
  }
}

TEST(EncodeLimits, LongPathsAreSeveralSegments) {
  PathAttributes attributes = attributes_with("192.0.2.1");
  attributes.as_path = AsPath({{AsSegment::Type::Sequence, std::vector<Asn>(300, 65001)}});
  Buffer out;
  ASSERT_EQ(encode_announcements(attributes, hosts(1), {}, out), 1U);
  UpdateMessage update;
  ASSERT_FALSE(decode_update(body_of(out), {}, update));
  ASSERT_EQ(update.attributes.as_path.segments().size(), 2U);
  EXPECT_EQ(update.attributes.as_path.segments()[0].asns.size(), 255U);
  EXPECT_EQ(update.attributes.as_path.segments()[1].asns.size(), 45U);
}

TEST(EncodeLimits, NothingToSay) {
  Buffer out;
  EXPECT_EQ(encode_announcements(attributes_with("192.0.2.1"), {}, {}, out), 0U);
  EXPECT_EQ(encode_withdrawals({}, {}, out), 0U);
  EXPECT_EQ(encode_announcements(attributes_with("192.0.2.1"), hosts(1, true), {}, out), 0U)
      << "no RFC has an IPv6 route with an IPv4 next hop";
  EXPECT_TRUE(out.empty());
}

}  // namespace
}  // namespace tern::wire
