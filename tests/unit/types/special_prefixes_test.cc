#include "rib/types/special_prefixes.h"

#include <gtest/gtest.h>

#include <string_view>

namespace tern {
namespace {

bool special(std::string_view text) { return is_special_purpose(Prefix::parse(text).value()); }

TEST(SpecialPrefixes, BlocksAndWhatIsInsideThem) {
  for (const auto* text :
       {"0.0.0.0/8",         "0.1.0.0/16",     "10.0.0.0/8",     "10.20.30.0/24",  "100.64.0.0/10",
        "100.127.0.0/16",    "127.0.0.1/32",   "169.254.0.0/16", "172.16.0.0/12",  "172.31.0.0/16",
        "192.0.0.0/24",      "192.0.0.8/32",   "192.0.2.0/24",   "192.168.0.0/16", "198.19.0.0/16",
        "198.51.100.0/24",   "203.0.113.0/24", "224.0.0.0/3",    "224.0.0.0/4",    "240.0.0.0/4",
        "255.255.255.255/32"}) {
    EXPECT_TRUE(special(text)) << text;
  }
  for (const auto* text :
       {"2001:db8::/32", "2001:db8:1::/48", "2002::/16", "2002:c000:200::/40", "3fff::/20",
        "3fff:fff::/32", "2001::/23", "2001:2::/48", "2001:10::/28"}) {
    EXPECT_TRUE(special(text)) << text;
  }
}

TEST(SpecialPrefixes, NeighboursOfTheBlocksAreOrdinary) {
  for (const auto* text :
       {"1.0.0.0/8", "9.0.0.0/8", "11.0.0.0/8", "100.0.0.0/10", "100.128.0.0/9", "126.0.0.0/8",
        "128.0.0.0/8", "169.253.0.0/16", "172.0.0.0/12", "172.32.0.0/11", "192.0.1.0/24",
        "192.0.3.0/24", "192.169.0.0/16", "198.16.0.0/15", "198.20.0.0/14", "203.0.112.0/24",
        "203.0.114.0/23", "223.255.255.0/24"}) {
    EXPECT_FALSE(special(text)) << text;
  }
  for (const auto* text : {"2001:200::/23", "2001:db7::/32", "2001:db9::/32", "2003::/16",
                           "2400::/12", "2a00::/12", "3fff:1000::/20"}) {
    EXPECT_FALSE(special(text)) << text;
  }
}

TEST(SpecialPrefixes, V6OutsideGlobalUnicast) {
  for (const auto* text : {"::1/128", "::ffff:0:0/96", "64:ff9b::/96", "100::/64", "4000::/3",
                           "5f00::/16", "fc00::/7", "fe80::/10", "ff00::/8", "1fff::/16"}) {
    EXPECT_TRUE(special(text)) << text;
  }
}

TEST(SpecialPrefixes, DefaultRoutesAndOtherPrefixesTooShortToBeHeld) {
  for (const auto* text : {"0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "192.0.0.0/3", "::/0", "::/1",
                           "2000::/3", "2000::/11"}) {
    EXPECT_TRUE(special(text)) << text;
  }
}

TEST(SpecialPrefixes, ALongPrefixMayCoverASpecialOne) {
  EXPECT_FALSE(special("192.0.0.0/16"));  // holds 192.0.2.0/24
  EXPECT_FALSE(special("203.0.0.0/8"));
  EXPECT_FALSE(special("2001::/16"));
}

TEST(SpecialPrefixes, AnycastServicesInsideTheProtocolAssignments) {
  EXPECT_FALSE(special("2001::/32"));  // Teredo relays, RFC 4380
  EXPECT_TRUE(special("2001:0:1::/48"));
  EXPECT_FALSE(special("2001:3::/32"));      // AMT, RFC 7450
  EXPECT_FALSE(special("2001:4:112::/48"));  // AS112, RFC 7535
  EXPECT_TRUE(special("2001:4::/32"));
  EXPECT_FALSE(special("192.175.48.0/24"));  // AS112 over IPv4, RFC 7534
  EXPECT_FALSE(special("192.31.196.0/24"));
}

}  // namespace
}  // namespace tern
