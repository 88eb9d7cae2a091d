// The octets of attribute sets: there and back, one set one form, and the same announcements as
// from the set itself.
#include "bgpd/wire/attribute_set.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>

#include "bgpd/wire/attributes.h"
#include "bgpd/wire/framer.h"
#include "tests/unit/types/random_values.h"
#include "tests/unit/wire/bytes.h"

namespace tern::wire {
namespace {

// Sets of all shapes rather than likely ones.
class RandomSets : public RandomValues {
 public:
  using RandomValues::RandomValues;

  PathAttributes set() {
    PathAttributes set;
    set.origin = static_cast<Origin>(below(3));
    set.as_path = path();
    set.next_hop = next_hop();
    if (one_in(2)) set.med = small();
    if (one_in(2)) set.local_pref = small();
    set.atomic_aggregate = one_in(4);
    if (one_in(3)) set.aggregator = Aggregator{asn(), v4()};
    fill(set.communities, [&] { return Community{small()}; });
    fill(set.extended_communities, [&] { return ExtendedCommunity{word()}; });
    fill(set.ipv6_extended_communities, [&] { return ipv6_community(); });
    fill(set.large_communities, [&] { return LargeCommunity{small(), small(), small()}; });
    if (one_in(4)) set.originator_id = v4();
    fill(set.cluster_list, [&] { return small(); });
    if (one_in(4)) set.aigp = one_in(4) ? std::numeric_limits<std::uint64_t>::max() : small();
    if (one_in(4)) set.only_to_customer = asn();
    for (const unsigned type : {0U, 11U, 30U, 255U}) {
      if (one_in(8)) set.unknown.push_back(unknown(type));
    }
    set.normalise();
    return set;
  }

  std::vector<Nlri> prefixes(Family family) {
    std::vector<Nlri> list(1 + below(one_in(8) ? 3000 : 12));
    for (Nlri& nlri : list) {
      const IpAddress address = row(family).version == IpVersion::V4 ? v4() : v6();
      nlri.family = family;
      const auto bits = static_cast<std::uint32_t>(address.bits());
      nlri.prefix = Prefix(address, static_cast<std::uint8_t>(below(bits + 1)));
      nlri.path_id = small();
    }
    return list;
  }

 private:
  // Zero is frequent, for it is not the same as nothing.
  std::uint32_t small() { return one_in(3) ? below(3) : static_cast<std::uint32_t>(word()); }

  template <typename List, typename Make>
  void fill(List& list, Make make) {
    if (one_in(2)) return;
    for (std::uint32_t n = below(one_in(20) ? 400 : 5); n > 0; --n) list.push_back(make());
  }

  AsPath path() {
    std::vector<AsSegment> segments(one_in(3) ? below(4) : 1);
    for (AsSegment& segment : segments) {
      segment.type = static_cast<AsSegment::Type>(one_in(3) ? 1 + below(4) : 2);
      segment.asns.resize(one_in(10) ? 253 + below(3) : 1 + below(6));
      for (Asn& number : segment.asns) number = asn();
    }
    return AsPath(std::move(segments));
  }

  NextHop next_hop() {
    if (one_in(8)) return {one_in(2) ? IpAddress() : *IpAddress::parse("::"), std::nullopt};
    if (one_in(2)) return {v4(), std::nullopt};
    if (one_in(2)) return {v6(), std::nullopt};
    return {v6(), v6()};
  }

  Ipv6ExtendedCommunity ipv6_community() {
    Ipv6ExtendedCommunity community;
    for (std::byte& octet : community.bytes) octet = static_cast<std::byte>(word());
    return community;
  }

  UnknownAttribute unknown(unsigned type) {
    const auto flags = static_cast<std::uint8_t>(one_in(4) ? 0xC0 : 0xE0);
    return {flags, static_cast<std::uint8_t>(type), Buffer(below(600), std::byte{7})};
  }
};

Buffer octets_of(const PathAttributes& set) {
  Buffer octets;
  EXPECT_TRUE(encode_set(set, octets));
  return octets;
}

PathAttributes typical() {
  PathAttributes set;
  set.origin = Origin::Igp;
  set.as_path = AsPath::sequence({65001, 200000});
  set.next_hop.global = *IpAddress::parse("192.0.2.1");
  set.communities = {Community::of(65001, 100)};
  return set;
}

TEST(AttributeSet, IsTheNextHopAndTheAttributesOfAMessage) {
  EXPECT_EQ(to_hex(octets_of(typical())),
            to_hex(hex("04 c0000201 400101 00 40020a 0202 0000fde9 00030d40 c00804 fde90064")));
  PathAttributes empty;
  EXPECT_EQ(to_hex(octets_of(empty)), to_hex(hex("00 400101 02 400200")));
}

TEST(AttributeSet, ComesBack) {
  RandomSets random(1);
  PathAttributes back;  // one for all: nothing of the last set may stay
  for (int i = 0; i < 20000; ++i) {
    const PathAttributes set = random.set();
    const Buffer octets = octets_of(set);
    decode_set(octets, back);
    ASSERT_EQ(back, set) << to_hex(octets);
    ASSERT_EQ(octets_of(back), octets);
  }
}

// The buffer of an encoded set has the sum of most_octets(), so no row may write more.
TEST(AttributeSet, NoRowWritesMoreThanItSays) {
  RandomSets random(4);
  Buffer room(1 << 20);
  std::size_t written = 0;
  for (int i = 0; i < 2000; ++i) {
    const PathAttributes set = random.set();
    for (const AttributeEncoding encoding : {AttributeEncoding{true, true}, {false, true}}) {
      for (const AttributeRow& row : attribute_rows()) {
        if (row.encode == nullptr) continue;
        RawWriter writer(room.data());
        const bool present = row.encode(set, encoding, writer);
        const auto size = static_cast<std::size_t>(writer.at() - room.data());
        ASSERT_LE(size, row.most_octets(set, encoding)) << row.name;
        ASSERT_TRUE(present || size == 0) << row.name;
        ASSERT_TRUE(!present || row.length.allows(size)) << row.name;
        written += size;
      }
    }
  }
  EXPECT_GT(written, 100'000U);
}

TEST(AttributeSet, IsAppended) {
  Buffer octets = hex("0102");
  ASSERT_TRUE(encode_set(typical(), octets));
  EXPECT_EQ(octets, join({hex("0102"), octets_of(typical())}));
}

// Sets that differ in as little as can be.
TEST(AttributeSet, UnequalSetsHaveUnequalOctets) {
  const std::vector<void (*)(PathAttributes&)> changes = {
      [](PathAttributes&) {},
      [](PathAttributes& set) { set.origin = Origin::Egp; },
      [](PathAttributes& set) { set.as_path = {}; },
      [](PathAttributes& set) {
        set.as_path =
            AsPath({{AsSegment::Type::Sequence, {65001}}, {AsSegment::Type::Sequence, {200000}}});
      },
      [](PathAttributes& set) {
        set.as_path = AsPath({{AsSegment::Type::Set, {65001, 200000}}});
      },
      [](PathAttributes& set) { set.next_hop = {}; },
      [](PathAttributes& set) { set.next_hop.global = *IpAddress::parse("::"); },
      [](PathAttributes& set) { set.next_hop.global = *IpAddress::parse("fe80::1"); },
      [](PathAttributes& set) {
        set.next_hop = {*IpAddress::parse("fe80::1"), *IpAddress::parse("fe80::1")};
      },
      [](PathAttributes& set) { set.med = 0; },
      [](PathAttributes& set) { set.local_pref = 0; },
      [](PathAttributes& set) { set.atomic_aggregate = true; },
      [](PathAttributes& set) { set.aggregator = Aggregator{}; },
      [](PathAttributes& set) { set.communities.clear(); },
      [](PathAttributes& set) { set.extended_communities = {ExtendedCommunity{0}}; },
      [](PathAttributes& set) { set.ipv6_extended_communities.resize(1); },
      [](PathAttributes& set) { set.large_communities.resize(1); },
      [](PathAttributes& set) { set.originator_id = IpAddress(); },
      [](PathAttributes& set) { set.cluster_list = {0}; },
      [](PathAttributes& set) { set.aigp = 0; },
      [](PathAttributes& set) { set.aigp = std::numeric_limits<std::uint64_t>::max(); },
      [](PathAttributes& set) { set.only_to_customer = 0; },
      [](PathAttributes& set) {
        set.unknown = {{0xC0, 99, {}}};
      },
      [](PathAttributes& set) {
        set.unknown = {{0xE0, 99, {}}};
      },
      [](PathAttributes& set) {
        set.unknown = {{0xE0, 98, {}}};
      },
      [](PathAttributes& set) {
        set.unknown = {{0xE0, 99, Buffer(1)}};
      },
  };
  std::map<Buffer, std::size_t> seen;
  PathAttributes back;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    PathAttributes set = typical();
    changes[i](set);
    const auto [other, is_new] = seen.emplace(octets_of(set), i);
    EXPECT_TRUE(is_new) << "changes " << other->second << " and " << i;
    decode_set(other->first, back);
    EXPECT_EQ(back, set) << "change " << i;
  }
}

TEST(AttributeSet, DecodingAgainKeepsTheMemory) {
  const Buffer octets = octets_of(typical());
  PathAttributes set;
  decode_set(octets, set);
  const void* asns = set.as_path.segments().at(0).asns.data();
  const void* communities = set.communities.data();
  decode_set(octets, set);
  EXPECT_EQ(set.as_path.segments().at(0).asns.data(), asns);
  EXPECT_EQ(set.communities.data(), communities);
}

// What came in an extended message and grew by a policy.
TEST(AttributeSet, MoreThanAMessageHoldsHasNoOctets) {
  PathAttributes set = typical();
  Buffer octets = hex("0102");
  set.communities.resize(16384 - 12);
  EXPECT_TRUE(encode_set(set, octets));
  octets.resize(2);
  set.communities.resize(16384);
  EXPECT_FALSE(encode_set(set, octets));
  EXPECT_EQ(octets, hex("0102"));
}

// The sizes at which the octets of a message, an attribute or a header end.
std::vector<std::size_t> message_sizes(RandomSets& random) {
  return {kMaxMessage, kMaxExtendedMessage, 64 + random.below(600)};
}

TEST(AttributeSet, AnnouncesWhatTheAttributesAnnounce) {
  RandomSets random(2);
  std::size_t announced = 0;
  for (int i = 0; i < 1500; ++i) {
    const PathAttributes set = random.set();
    const Buffer octets = octets_of(set);
    const Family family = kFamilies[random.below(kFamilyCount)];
    const std::vector<Nlri> prefixes = random.prefixes(family);
    for (const std::size_t max_message : message_sizes(random)) {
      for (const unsigned bits : {0U, 1U, 2U, 3U}) {
        const Encoding encoding{(bits & 1U) != 0, (bits & 2U) != 0, max_message};
        Buffer expected = hex("aa");
        Buffer out = hex("aa");
        const std::size_t messages = encode_announcements(set, prefixes, encoding, expected);
        ASSERT_EQ(encode_announcements(octets, prefixes, encoding, out), messages);
        ASSERT_EQ(out, expected);
        announced += messages;
      }
    }
  }
  EXPECT_GT(announced, 10000U);
}

TEST(AttributeSet, FitsWhenTheLongestPrefixCanBeAnnounced) {
  RandomSets random(3);
  std::size_t fitting = 0;
  constexpr std::size_t kSets = 4000;
  for (std::size_t i = 0; i < kSets; ++i) {
    const PathAttributes set = random.set();
    const Buffer octets = octets_of(set);
    for (const Family family : kFamilies) {
      const bool v4 = row(family).version == IpVersion::V4;
      const Nlri longest{v4 ? Prefix(random.v4(), 32) : Prefix(random.v6(), 128), family, 1};
      const Encoding encoding{random.one_in(2), random.one_in(2), 64 + random.below(300)};
      Buffer out;
      const bool possible = encode_announcements(set, {&longest, 1}, encoding, out) != 0;
      ASSERT_EQ(fits(octets, family, encoding), possible);
      fitting += possible ? 1 : 0;
    }
  }
  EXPECT_GT(fitting, kSets / 8);
  EXPECT_LT(fitting, 2 * kSets);
}

// The border itself: one octet less than the longest prefix needs.
TEST(AttributeSet, FitsToTheOctet) {
  const Buffer octets = octets_of(typical());
  const Nlri longest = unicast(Prefix(*IpAddress::parse("198.51.100.1"), 32));
  Buffer out;
  ASSERT_EQ(encode_announcements(octets, {&longest, 1}, {}, out), 1U);
  EXPECT_TRUE(fits(octets, Family::Ipv4Unicast, {true, false, out.size()}));
  EXPECT_FALSE(fits(octets, Family::Ipv4Unicast, {true, false, out.size() - 1}));
  EXPECT_FALSE(fits(octets, Family::Ipv6Unicast, {})) << "an IPv6 prefix with an IPv4 next hop";
}

}  // namespace
}  // namespace tern::wire
