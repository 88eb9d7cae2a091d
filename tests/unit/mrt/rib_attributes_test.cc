// The attributes of table dumps, which are almost those of an UPDATE.
#include "tests/lab/replay/rib_attributes.h"

#include <gtest/gtest.h>

#include "tests/unit/mrt/records.h"

namespace tern::mrt {
namespace {

Prefix prefix(const char* text) { return Prefix::parse(text).value(); }

const Prefix kV4 = prefix("203.0.113.0/24");
const Prefix kV6 = prefix("2001:db8:1::/48");

// ORIGIN and AS_PATH, but no next hop
Buffer bare() { return hex("40 01 01 00  40 02 0a 02 02 0000fde9 0000fdea"); }

PathAttributes expect_attributes(const Buffer& bytes, const Prefix& of, bool four_octet_as = true) {
  auto decoded = decode_rib_attributes(bytes, four_octet_as, of);
  EXPECT_TRUE(decoded.ok()) << (decoded.ok() ? "" : decoded.error().what);
  return decoded.ok() ? *decoded : PathAttributes{};
}

TEST(RibAttributes, Plain) {
  const PathAttributes attributes = expect_attributes(plain_attributes(), kV4);
  EXPECT_EQ(attributes.origin, Origin::Igp);
  EXPECT_EQ(attributes.as_path.to_string(), "65001 65002");
  EXPECT_EQ(attributes.next_hop.global.to_string(), "192.0.2.1");
}

TEST(RibAttributes, AsNumbersOfTwoOctetsWithTheirAs4Path) {
  const PathAttributes attributes = expect_attributes(
      hex("40 01 01 00  40 02 06 02 02 fde9 5ba0  40 03 04 c0000201 c0 11 06 02 01 fa56ea01"), kV4,
      false);
  EXPECT_EQ(attributes.as_path.to_string(), "65001 4200000001");
}

// RFC 6396 section 4.3.4: "only the Next Hop Address Length and Next Hop Address fields".
TEST(RibAttributes, ShortMpReach) {
  const PathAttributes attributes =
      expect_attributes(join({bare(), hex("80 0e 11 10 20010db8000000000000000000000001")}), kV6);
  EXPECT_EQ(attributes.next_hop.global.to_string(), "2001:db8::1");
  EXPECT_FALSE(attributes.next_hop.link_local);
}

TEST(RibAttributes, ShortMpReachWithLinkLocal) {
  const PathAttributes attributes =
      expect_attributes(join({bare(), hex("80 0e 21 20 20010db8000000000000000000000001"
                                          "fe800000000000000000000000000001")}),
                        kV6);
  EXPECT_EQ(attributes.next_hop.global.to_string(), "2001:db8::1");
  ASSERT_TRUE(attributes.next_hop.link_local);
  EXPECT_EQ(attributes.next_hop.link_local->to_string(), "fe80::1");
}

// Many daemons write the attribute as it came.
TEST(RibAttributes, WholeMpReachOfAnotherPrefix) {
  const PathAttributes attributes = expect_attributes(
      join({bare(), hex("90 0e 001c 0002 01 10 20010db8000000000000000000000001 00"
                        "30 20010db80002")}),
      kV6);
  EXPECT_EQ(attributes.next_hop.global.to_string(), "2001:db8::1");
}

// RFC 8950 in a dump: IPv4 behind an IPv6 next hop
TEST(RibAttributes, Ipv4BehindIpv6) {
  const PathAttributes attributes =
      expect_attributes(join({bare(), hex("80 0e 11 10 20010db8000000000000000000000001")}), kV4);
  EXPECT_EQ(attributes.next_hop.global.to_string(), "2001:db8::1");
}

TEST(RibAttributes, AsSetsStayAndLocalPrefGoes) {
  const PathAttributes attributes = expect_attributes(
      hex("40 01 01 02  40 02 10 02 01 0000fde9 01 02 0000fdea 0000fdeb  40 03 04 c0000201"
          "80 04 04 00000007  40 05 04 000000c8  c0 08 04 fde90001"),
      kV4);
  EXPECT_EQ(attributes.as_path.to_string(), "65001 {65002 65003}");
  EXPECT_EQ(attributes.med, 7U);
  EXPECT_FALSE(attributes.local_pref);
  EXPECT_EQ(attributes.communities, std::vector{Community::of(65001, 1)});
}

TEST(RibAttributes, WhatASpeakerWouldNotTakeIsAnError) {
  EXPECT_FALSE(decode_rib_attributes(bare(), true, kV4).ok()) << "no next hop";
  EXPECT_FALSE(decode_rib_attributes(bare(), true, kV6).ok()) << "no next hop";
  EXPECT_FALSE(decode_rib_attributes({}, true, kV4).ok()) << "nothing";
  EXPECT_FALSE(decode_rib_attributes(hex("40 01 01"), true, kV4).ok()) << "cut short";
  EXPECT_FALSE(
      decode_rib_attributes(hex("40 01 01 09  40 02 00  40 03 04 c0000201"), true, kV4).ok())
      << "origin 9";
  EXPECT_FALSE(decode_rib_attributes(join({bare(), hex("80 0e 05 10 20010db8")}), true, kV6).ok())
      << "next hop longer than its attribute";
}

}  // namespace
}  // namespace tern::mrt
