#include "rib/types/special_space.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "tests/unit/types/random_values.h"

namespace tern {
namespace {

const SpecialBlock* address(Use use, std::string_view text) {
  return forbids(use, IpAddress::parse(text).value());
}
const SpecialBlock* prefix(std::string_view text) {
  return forbids(Use::Prefix, Prefix::parse(text).value());
}

TEST(SpecialSpace, RowsAreInOrderAndWithoutHostBits) {
  std::vector<Prefix> rows;
  for (const SpecialBlock& block : special_space()) {
    EXPECT_EQ(block.prefix().address().is_v6(), block.v6);
    EXPECT_FALSE(block.name.empty());
    EXPECT_EQ(block.rfc.substr(0, 4), "RFC ");
    const IpAddress address = block.prefix().address();
    EXPECT_EQ(std::to_integer<std::uint64_t>(address.bytes().front()), block.high >> 56U);
    rows.push_back(block.prefix());
  }
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
  EXPECT_EQ(std::adjacent_find(rows.begin(), rows.end()), rows.end());
}

TEST(SpecialSpace, SaysWhichBlockItIs) {
  ASSERT_NE(address(Use::NextHop, "127.0.0.1"), nullptr);
  EXPECT_EQ(address(Use::NextHop, "127.0.0.1")->to_string(), "127.0.0.0/8, loopback (RFC 1122)");
  EXPECT_EQ(address(Use::NextHop, "0.0.0.0")->to_string(),
            "0.0.0.0/32, unspecified address (RFC 1122)");
  EXPECT_EQ(address(Use::NextHop, "::ffff:192.0.2.1")->to_string(),
            "::ffff:0.0.0.0/96, IPv4-mapped (RFC 4291)");
}

TEST(SpecialSpace, PrefixesOfNoRoutingTable) {
  for (const auto* text : {"0.0.0.0/8",
                           "0.0.0.0/32",
                           "0.1.2.0/24",
                           "127.0.0.0/8",
                           "127.0.0.1/32",
                           "224.0.0.0/3",
                           "224.0.0.0/4",
                           "232.1.0.0/16",
                           "239.255.255.255/32",
                           "240.0.0.0/4",
                           "250.1.2.0/24",
                           "255.255.255.255/32",
                           "::/128",
                           "::1/128",
                           "::ffff:0:0/96",
                           "::ffff:10.0.0.0/104",
                           "fe80::/10",
                           "fe80::/64",
                           "febf::1/128",
                           "ff00::/8",
                           "ff02::/16",
                           "ff0e::1/128"}) {
    EXPECT_NE(prefix(text), nullptr) << text;
  }
}

TEST(SpecialSpace, OtherPrefixesAreRouted) {
  for (const auto* text : {"0.0.0.0/0",      "0.0.0.0/1",     "128.0.0.0/1",    "192.0.0.0/2",
                           "1.0.0.0/8",      "126.0.0.0/8",   "128.0.0.0/8",    "223.255.255.0/24",
                           "10.0.0.0/8",     "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12",
                           "192.0.0.0/24",   "192.0.2.0/24",  "192.168.1.0/24", "198.18.0.0/15",
                           "203.0.113.0/24", "::/0",          "::/1",           "8000::/1",
                           "64:ff9b::/96",   "100::/64",      "2000::/3",       "2001:db8::/32",
                           "2002::/16",      "3fff::/20",     "fc00::/7",       "fd00::/8",
                           "fec0::/10"}) {
    EXPECT_EQ(prefix(text), nullptr) << text;
  }
}

TEST(SpecialSpace, NextHops) {
  for (const auto* text : {"0.0.0.0", "0.0.0.1", "0.255.255.255", "127.0.0.1", "127.255.255.255",
                           "224.0.0.1", "239.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1",
                           "::ffff:192.0.2.1", "::ffff:127.0.0.1", "ff02::1", "ff0e::1"}) {
    EXPECT_NE(address(Use::NextHop, text), nullptr) << text;
  }
  for (const auto* text : {"1.0.0.0", "10.0.0.1", "126.255.255.255", "169.254.1.1", "192.0.2.1",
                           "223.255.255.255", "100::1", "2001:db8::1", "fd00::1", "fe80::1"}) {
    EXPECT_EQ(address(Use::NextHop, text), nullptr) << text;
  }
}

TEST(SpecialSpace, Identifiers) {
  for (const auto* text : {"0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255"}) {
    EXPECT_NE(address(Use::Identifier, text), nullptr) << text;
  }
  for (const auto* text : {"0.0.0.1", "127.0.0.1", "10.0.0.1", "192.0.2.1"}) {
    EXPECT_EQ(address(Use::Identifier, text), nullptr) << text;
  }
}

TEST(SpecialSpace, EndsOfSessions) {
  for (const auto* text :
       {"0.0.0.0", "0.0.0.1", "224.0.0.1", "255.255.255.255", "::", "::ffff:10.0.0.1", "ff02::1"}) {
    EXPECT_NE(address(Use::Host, text), nullptr) << text;
  }
  for (const auto* text : {"127.0.0.1", "127.1.0.10", "240.0.0.1", "::1", "fe80::1", "10.0.0.1"}) {
    EXPECT_EQ(address(Use::Host, text), nullptr) << text;
  }
}

// The quick look at the first octet must not pass what a walk of the table forbids.
TEST(SpecialSpace, TheQuickLookAgreesWithTheTable) {
  RandomValues random(6890);
  for (int i = 0; i < 2000; ++i) {
    const IpAddress some = i % 2 == 0 ? random.v4() : random.v6();
    const SpecialBlock& block =
        special_space()[static_cast<std::size_t>(i) % special_space().size()];
    for (const IpAddress& one : {some, block.prefix().address()}) {
      for (const Use use : {Use::Prefix, Use::NextHop, Use::Identifier, Use::Host}) {
        const SpecialBlock* smallest = nullptr;
        for (const SpecialBlock& row : special_space()) {
          if (row.prefix().contains(one)) smallest = &row;
        }
        const bool forbidden = smallest != nullptr && !smallest->allows(use);
        EXPECT_EQ(forbids(use, one), forbidden ? smallest : nullptr) << one.to_string();
      }
    }
  }
}

}  // namespace
}  // namespace tern
