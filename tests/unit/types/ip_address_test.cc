#include "rib/types/ip_address.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "tests/unit/types/random_values.h"

namespace tern {
namespace {

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }

TEST(IpAddress, IsZeroByDefault) {
  EXPECT_EQ(IpAddress(), ip("0.0.0.0"));
  EXPECT_TRUE(IpAddress().is_v4());
}

TEST(IpAddress, V4KeepsItsValueAndNetworkOrder) {
  const auto address = IpAddress::v4(0xC0000201);
  EXPECT_EQ(address.to_string(), "192.0.2.1");
  EXPECT_EQ(address.v4_value(), 0xC0000201U);
  EXPECT_EQ(address.bits(), 32);
  ASSERT_EQ(address.bytes().size(), 4U);
  EXPECT_EQ(address.bytes()[0], std::byte{192});
  EXPECT_EQ(address.bytes()[3], std::byte{1});
  EXPECT_EQ(IpAddress::from_bytes(address.bytes()), address);
}

TEST(IpAddress, V6KeepsItsBytes) {
  const auto address = ip("2001:db8::1");
  EXPECT_TRUE(address.is_v6());
  EXPECT_EQ(address.bits(), 128);
  ASSERT_EQ(address.bytes().size(), 16U);
  EXPECT_EQ(address.bytes()[1], std::byte{0x01});
  EXPECT_EQ(address.bytes()[15], std::byte{0x01});
  EXPECT_EQ(IpAddress::from_bytes(address.bytes()), address);
}

// The examples are those of the sections of RFC 5952.
TEST(IpAddress, PrintsRfc5952) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"2001:0db8::0001", "2001:db8::1"},                // 4.1
      {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},         // 4.2.1
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // 4.2.2
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // 4.2.3, the longest
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},     // 4.2.3, the first
      {"2001:DB8::ABCD", "2001:db8::abcd"},              // 4.3
      {"::ffff:c000:0201", "::ffff:192.0.2.1"},          // 5
      {"0:0:0:0:0:0:0:0", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7"},
      {"1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"},
      {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
      {"0:0:3:4:5:6:7:8", "::3:4:5:6:7:8"},
      {"64:ff9b::192.0.2.1", "64:ff9b::c000:201"},
      {"::1.2.3.4", "::102:304"},
      {"::fffe:1.2.3.4", "::fffe:102:304"},
      {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
  };
  for (const auto& [text, canonical] : cases) EXPECT_EQ(ip(text).to_string(), canonical) << text;
}

TEST(IpAddress, RefusesOtherText) {
  for (const auto* text : {"",
                           " ",
                           "1.2.3",
                           "1.2.3.4.5",
                           "1.2.3.256",
                           "01.2.3.4",
                           "1.2.3.4 ",
                           " 1.2.3.4",
                           "1.2.3.4/24",
                           "0x7f.0.0.1",
                           "2001:db8",
                           ":::",
                           "1::2::3",
                           "1:2:3:4:5:6:7:8:9",
                           "12345::",
                           "g::",
                           "fe80::1%eth0",
                           "::1/128",
                           "[::1]",
                           "::256.1.1.1",
                           "localhost",
                           "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"}) {
    EXPECT_EQ(IpAddress::parse(text), std::nullopt) << '"' << text << '"';
  }
}

TEST(IpAddress, RefusesTextWithATerminatorInside) {
  EXPECT_EQ(IpAddress::parse(std::string_view("1.2.3.4\0.5", 10)), std::nullopt);
  EXPECT_EQ(IpAddress::parse(std::string_view("::1\0", 4)), std::nullopt);
}

TEST(IpAddress, OrdersV4BeforeV6ThenByValue) {
  EXPECT_LT(ip("9.0.0.0"), ip("10.0.0.0"));
  EXPECT_LT(ip("127.255.255.255"), ip("128.0.0.0"));
  EXPECT_LT(ip("255.255.255.255"), ip("::"));
  EXPECT_LT(ip("2001:db8::1"), ip("2001:db8::1:0"));
  EXPECT_NE(ip("0.0.0.0"), ip("::"));
}

TEST(IpAddress, KnowsItsKinds) {
  EXPECT_TRUE(ip("0.0.0.0").is_unspecified());
  EXPECT_TRUE(ip("::").is_unspecified());
  EXPECT_FALSE(ip("0.0.0.1").is_unspecified());
  EXPECT_FALSE(ip("::1").is_unspecified());

  EXPECT_TRUE(ip("127.0.0.1").is_loopback());
  EXPECT_TRUE(ip("127.255.0.9").is_loopback());
  EXPECT_TRUE(ip("::1").is_loopback());
  EXPECT_FALSE(ip("126.0.0.1").is_loopback());
  EXPECT_FALSE(ip("::2").is_loopback());
  EXPECT_FALSE(ip("1::1").is_loopback());

  EXPECT_TRUE(ip("224.0.0.1").is_multicast());
  EXPECT_TRUE(ip("239.255.255.255").is_multicast());
  EXPECT_TRUE(ip("ff02::1").is_multicast());
  EXPECT_FALSE(ip("223.255.255.255").is_multicast());
  EXPECT_FALSE(ip("240.0.0.1").is_multicast());
  EXPECT_FALSE(ip("fe80::1").is_multicast());

  EXPECT_TRUE(ip("169.254.1.1").is_link_local());
  EXPECT_TRUE(ip("fe80::1").is_link_local());
  EXPECT_TRUE(ip("febf::1").is_link_local());
  EXPECT_FALSE(ip("169.253.1.1").is_link_local());
  EXPECT_FALSE(ip("fec0::1").is_link_local());
}

TEST(IpAddress, TextRoundTrip) {
  RandomValues random(5952);
  for (int i = 0; i < 20000; ++i) {
    const IpAddress address = random.address();
    const std::string text = address.to_string();
    ASSERT_EQ(IpAddress::parse(text), address) << text;
  }
}

TEST(IpAddress, EqualAddressesHashAlikeAndOthersDoNot) {
  EXPECT_EQ(hash_value(ip("2001:db8::1")), hash_value(ip("2001:db8:0::1")));
  EXPECT_NE(hash_value(ip("0.0.0.0")), hash_value(ip("::")));
  std::unordered_set<std::size_t> hashes;
  for (std::uint32_t i = 0; i < 10000; ++i) hashes.insert(hash_value(IpAddress::v4(i)));
  EXPECT_EQ(hashes.size(), 10000U);
}

}  // namespace
}  // namespace tern
