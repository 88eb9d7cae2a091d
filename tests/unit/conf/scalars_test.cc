// The small languages of values: what reads, as what, and what does not.
#include "conf/scalars.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace tern::conf {
namespace {

using Bounds = std::pair<std::uint32_t, std::uint32_t>;

TEST(Scalars, Endpoint) {
  EXPECT_EQ(parse_endpoint("192.0.2.1:179"), (Endpoint{*IpAddress::parse("192.0.2.1"), 179}));
  EXPECT_EQ(parse_endpoint("[2001:db8::1]:0"), (Endpoint{*IpAddress::parse("2001:db8::1"), 0}));
  for (const char* const text :
       {"", ":", ":179", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:0179",
        "2001:db8::1:179", "[192.0.2.1]:179", "[]:1", "[2001:db8::1]179", "host:179"}) {
    EXPECT_FALSE(parse_endpoint(text)) << text;
  }
}

TEST(Scalars, PeerAddress) {
  EXPECT_EQ(parse_peer_address("192.0.2.1")->to_string(), "192.0.2.1");
  EXPECT_EQ(parse_peer_address("FE80::1%eth0.5")->to_string(), "fe80::1%eth0.5");
  EXPECT_EQ(parse_peer_address("fe80::1%eth0")->zone, "eth0");
  for (const char* const text : {"", "%", "fe80::1%", "2001:db8::1%eth0", "192.0.2.1%eth0",
                                 "fe80::1%a b", "fe80::1%a/b", "fe80::1%sixteen-letters-"}) {
    EXPECT_FALSE(parse_peer_address(text)) << text;
  }
}

TEST(Scalars, AsnRange) {
  EXPECT_EQ(parse_asn_range("65001"), (std::pair<Asn, Asn>{65001, 65001}));
  EXPECT_EQ(parse_asn_range("1.0-1.5"), (std::pair<Asn, Asn>{65536, 65541}));
  EXPECT_EQ(parse_asn_range("0-4294967295"), (std::pair<Asn, Asn>{0, 4294967295U}));
  for (const char* const text : {"", "-", "5-", "-5", "5-4", "1-2-3", "AS5", "5 - 6"}) {
    EXPECT_FALSE(parse_asn_range(text)) << text;
  }
}

TEST(Scalars, PrefixRange) {
  const auto is = [](std::string_view text, int ge, int le) {
    const auto range = parse_prefix_range(text);
    return range && range->ge == ge && range->le == le;
  };
  EXPECT_TRUE(is("10.0.0.0/8", 8, 8));
  EXPECT_TRUE(is("10.0.0.0/8 le 24", 8, 24));
  EXPECT_TRUE(is("10.0.0.0/8 ge 16", 16, 32));
  EXPECT_TRUE(is("10.0.0.0/8  ge 16 le  24", 16, 24));
  EXPECT_TRUE(is("10.0.0.0/8 le 24 ge 16", 16, 24));
  EXPECT_TRUE(is("::/0 ge 48", 48, 128));
  for (const char* const text :
       {"", "10.0.0.0", "10.0.0.0/8 le", "10.0.0.0/8 ge 7", "10.0.0.0/8 le 33",
        "10.0.0.0/8 ge 9 ge 10", "10.0.0.0/8 ge 9 le 8", "10.0.0.1/8", "10.0.0.0/8 ge16",
        "10.0.0.0/8 GE 16"}) {
    EXPECT_FALSE(parse_prefix_range(text)) << text;
  }
}

TEST(Scalars, NumberRange) {
  EXPECT_EQ(parse_number_range("3"), (Bounds{3, 3}));
  EXPECT_EQ(parse_number_range("1-5"), (Bounds{1, 5}));
  EXPECT_EQ(parse_number_range(">=10"), (Bounds{10, 4294967295U}));
  EXPECT_EQ(parse_number_range("<= 32"), (Bounds{0, 32}));
  for (const char* const text :
       {"", "-", "5-1", ">10", "<", ">=", "=5", "1-", "-1", "4294967296"}) {
    EXPECT_FALSE(parse_number_range(text)) << text;
  }
}

TEST(Scalars, SetNumber) {
  using Op = policy::SetNumber::Op;
  EXPECT_EQ(parse_set_number("100")->op, Op::Set);
  EXPECT_EQ(parse_set_number("+10")->op, Op::Add);
  EXPECT_EQ(parse_set_number("-10")->op, Op::Subtract);
  EXPECT_EQ(parse_set_number("-10")->value, 10U);
  for (const char* const text : {"", "+", "-", "+-1", "1.5", "none", "4294967296"}) {
    EXPECT_FALSE(parse_set_number(text)) << text;
  }
}

TEST(Scalars, Mode) {
  EXPECT_EQ(parse_mode("0660"), 0660U);
  EXPECT_EQ(parse_mode("777"), 0777U);
  for (const char* const text : {"", "0", "66", "0980", "1777", "00660", "rw-rw----", "0x1b"}) {
    EXPECT_FALSE(parse_mode(text)) << text;
  }
}

TEST(Scalars, Names) {
  EXPECT_TRUE(is_name("alpha-v4_1.x"));
  EXPECT_TRUE(is_name(std::string(64, 'a')));
  EXPECT_FALSE(is_name(std::string(65, 'a')));
  EXPECT_FALSE(is_name(""));
  EXPECT_FALSE(is_name("a b"));
  EXPECT_FALSE(is_name("\xc3\xa4"));
}

}  // namespace
}  // namespace tern::conf
