#include "rib/types/community.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/unit/types/random_values.h"

namespace tern {
namespace {

TEST(Community, HasTwoHalves) {
  constexpr Community community = Community::of(65000, 100);
  EXPECT_EQ(community.high(), 65000);
  EXPECT_EQ(community.low(), 100);
  EXPECT_EQ(to_string(community), "65000:100");
  EXPECT_EQ(parse_community("65000:100"), community);
  EXPECT_EQ(parse_community("0:0"), Community{});
}

TEST(Community, WellKnownOnesHaveNamesAndNumbers) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"graceful-shutdown", "65535:0"},       {"blackhole", "65535:666"},
      {"no-export", "65535:65281"},           {"no-advertise", "65535:65282"},
      {"no-export-subconfed", "65535:65283"}, {"no-peer", "65535:65284"},
  };
  for (const auto& [name, numbers] : cases) {
    const auto community = parse_community(name);
    ASSERT_TRUE(community) << name;
    EXPECT_EQ(parse_community(numbers), community) << name;
    EXPECT_EQ(to_string(*community), name);
  }
}

TEST(Community, RefusesOtherText) {
  for (const auto* text : {"", ":", "1", "1:", ":1", "65536:0", "0:65536", "1:2:3", "-1:1", "1: 1",
                           " 1:1", "1:1 ", "0x1:1", "No-Export", "no-export ", "internet"}) {
    EXPECT_EQ(parse_community(text), std::nullopt) << '"' << text << '"';
  }
}

TEST(Community, TextRoundTrip) {
  RandomValues random(1997);
  for (int i = 0; i < 20000; ++i) {
    const Community any{static_cast<std::uint32_t>(random.word())};
    ASSERT_EQ(parse_community(to_string(any)), any) << to_string(any);
  }
  // All of 65535:*, where the names are.
  for (std::uint32_t low = 0; low <= 0xFFFF; ++low) {
    const Community any{0xFFFF0000U | low};
    ASSERT_EQ(parse_community(to_string(any)), any) << to_string(any);
  }
}

TEST(ExtendedCommunity, TextAndOctets) {
  const std::pair<std::string_view, std::uint64_t> cases[] = {
      {"rt:65000:100", 0x0002'FDE8'0000'0064},  // RFC 4360 section 3.1
      {"ro:65000:4294967295", 0x0003'FDE8'FFFF'FFFF},
      {"rt:0:0", 0x0002'0000'0000'0000},
      {"rt:192.0.2.1:5", 0x0102'C000'0201'0005},  // RFC 4360 section 3.2
      {"ro:192.0.2.1:65535", 0x0103'C000'0201'FFFF},
      {"rt:65536:100", 0x0202'0001'0000'0064},  // RFC 5668 section 2
      {"ro:4294967295:65535", 0x0203'FFFF'FFFF'FFFF},
      {"generic:0x43000000:0x00000002", 0x4300'0000'0000'0002},  // RFC 8097
      {"generic:0x4002fde8:0x00000064", 0x4002'FDE8'0000'0064},  // not transitive
      {"generic:0x02020000:0xfde80064", 0x0202'0000'FDE8'0064},  // 65000 in four octets
      {"generic:0x0005fde8:0x00000064", 0x0005'FDE8'0000'0064},
  };
  for (const auto& [text, value] : cases) {
    EXPECT_EQ(to_string(ExtendedCommunity{value}), text);
    EXPECT_EQ(parse_extended_community(text), ExtendedCommunity{value}) << text;
  }
}

TEST(ExtendedCommunity, ReadsWhatItDoesNotPrint) {
  EXPECT_EQ(parse_extended_community("rt:1.0:100"), parse_extended_community("rt:65536:100"));
  EXPECT_EQ(parse_extended_community("generic:0x2FDE8:0x64"),
            parse_extended_community("rt:65000:100"));
}

TEST(ExtendedCommunity, RefusesOtherText) {
  for (const auto* text : {"",
                           "65000:100",
                           "rt",
                           "rt:",
                           "rt:65000",
                           "rt:65000:",
                           "rt::100",
                           "rt:65000:4294967296",
                           "rt:65536:65536",
                           "rt:4294967296:1",
                           "rt:192.0.2.1:65536",
                           "rt:192.0.2:1",
                           "rt:2001:db8::1:5",
                           "RT:65000:100",
                           "soo:65000:100",
                           "rt:65000:100:1",
                           "generic:",
                           "generic:0x1",
                           "generic:1:2",
                           "generic:0x1:",
                           "generic:0x:0x1",
                           "generic:0x100000000:0x0",
                           "generic:0x1:0x1:0x1",
                           "generic:0xg:0x1",
                           "generic:0x-1:0x1",
                           "rt:-1:1",
                           " rt:1:1",
                           "rt:1:1 "}) {
    EXPECT_EQ(parse_extended_community(text), std::nullopt) << '"' << text << '"';
  }
}

TEST(ExtendedCommunity, TransitiveWhenTheBitIsClear) {
  EXPECT_TRUE(ExtendedCommunity{0x0002'0000'0000'0000}.transitive());
  EXPECT_FALSE(ExtendedCommunity{0x4300'0000'0000'0000}.transitive());
  EXPECT_EQ((ExtendedCommunity{0x4301'0000'0000'0000}.type()), 0x43);
  EXPECT_EQ((ExtendedCommunity{0x4301'0000'0000'0000}.subtype()), 0x01);
}

TEST(ExtendedCommunity, TextRoundTrip) {
  RandomValues random(4360);
  for (int i = 0; i < 50000; ++i) {
    std::uint64_t value = random.word();
    if (!random.one_in(5)) {  // mostly the layouts that have a text of their own, and near misses
      value = (value & 0x0000'FFFF'FFFF'FFFF) | (std::uint64_t{random.below(4)} << 56U) |
              (std::uint64_t{1U + random.below(3)} << 48U);
      if (random.one_in(2)) value &= 0xFFFF'0000'FFFF'FFFF;
    }
    const ExtendedCommunity any{value};
    ASSERT_EQ(parse_extended_community(to_string(any)), any) << to_string(any);
  }
}

Ipv6ExtendedCommunity ipv6_extended(std::uint8_t type, std::uint8_t subtype,
                                    std::string_view address, std::uint16_t number) {
  Ipv6ExtendedCommunity community;
  community.bytes[0] = std::byte{type};
  community.bytes[1] = std::byte{subtype};
  const auto parsed = IpAddress::parse(address).value();
  const auto octets = parsed.bytes();
  std::copy(octets.begin(), octets.end(), community.bytes.begin() + 2);
  community.bytes[18] = static_cast<std::byte>(number >> 8U);
  community.bytes[19] = static_cast<std::byte>(number);
  return community;
}

// RFC 5701 section 2
TEST(Ipv6ExtendedCommunity, Text) {
  EXPECT_EQ(to_string(ipv6_extended(0x00, 0x02, "2001:db8::1", 260)), "rt:[2001:db8::1]:260");
  EXPECT_EQ(to_string(ipv6_extended(0x00, 0x03, "2001:db8::1", 0)), "ro:[2001:db8::1]:0");
  EXPECT_EQ(to_string(ipv6_extended(0x40, 0x02, "2001:db8::1", 5)),
            "generic:0x40022001:0x0db80000:0x00000000:0x00000000:0x00010005");
}

TEST(LargeCommunity, Text) {
  EXPECT_EQ(to_string(LargeCommunity{65000, 1, 2}), "65000:1:2");
  EXPECT_EQ(parse_large_community("65000:1:2"), (LargeCommunity{65000, 1, 2}));
  EXPECT_EQ(parse_large_community("4294967295:4294967295:4294967295"),
            (LargeCommunity{0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}));
}

// RFC 8092 section 5: no leading zeros, plain decimal.
TEST(LargeCommunity, RefusesOtherText) {
  for (const auto* text :
       {"", "::", "1:2", "1:2:", ":1:2", "1::2", "1:2:3:4", "4294967296:0:0", "0:4294967296:0",
        "0:0:4294967296", "1:2:-3", "1:2: 3", "01:2:3", "1.0:1:1", "large:1:2:3"}) {
    EXPECT_EQ(parse_large_community(text), std::nullopt) << '"' << text << '"';
  }
}

TEST(LargeCommunity, TextRoundTrip) {
  RandomValues random(8092);
  for (int i = 0; i < 20000; ++i) {
    const LargeCommunity any{random.asn(), random.asn(), random.asn()};
    ASSERT_EQ(parse_large_community(to_string(any)), any) << to_string(any);
  }
}

}  // namespace
}  // namespace tern
