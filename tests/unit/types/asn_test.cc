#include "rib/types/asn.h"

#include <gtest/gtest.h>

#include <optional>

namespace tern {
namespace {

TEST(Asn, ReadsAsplain) {
  EXPECT_EQ(parse_asn("0"), Asn{0});
  EXPECT_EQ(parse_asn("64496"), Asn{64496});
  EXPECT_EQ(parse_asn("4294967295"), Asn{4294967295U});
}

TEST(Asn, ReadsAsdot) {
  EXPECT_EQ(parse_asn("0.0"), Asn{0});
  EXPECT_EQ(parse_asn("1.0"), Asn{65536});
  EXPECT_EQ(parse_asn("0.65535"), Asn{65535});
  EXPECT_EQ(parse_asn("65535.65535"), Asn{4294967295U});
}

TEST(Asn, RefusesWhatIsNoAsNumber) {
  for (const auto* text :
       {"", " ", "AS64496", "-1", "+1", "4294967296", "99999999999999999999", "1.65536", "65536.1",
        "1.", ".1", "1.2.3", " 1", "1 ", "0x10", "064496", "1.00"}) {
    EXPECT_EQ(parse_asn(text), std::nullopt) << '"' << text << '"';
  }
}

TEST(Asn, KnowsPrivateNumbers) {
  EXPECT_FALSE(is_private_asn(64511));
  EXPECT_TRUE(is_private_asn(64512));
  EXPECT_TRUE(is_private_asn(65534));
  EXPECT_FALSE(is_private_asn(65535));
  EXPECT_FALSE(is_private_asn(4199999999U));
  EXPECT_TRUE(is_private_asn(4200000000U));
  EXPECT_TRUE(is_private_asn(4294967294U));
  EXPECT_FALSE(is_private_asn(4294967295U));
}

TEST(Asn, KnowsNumbersOfNoNetwork) {
  for (const Asn asn : {0U, 23456U, 64496U, 64511U, 65535U, 65536U, 65551U, 4294967295U}) {
    EXPECT_TRUE(is_bogon_asn(asn)) << asn;
  }
  for (const Asn asn :
       {1U, 23455U, 23457U, 64495U, 64512U, 65534U, 65552U, 4200000000U, 4294967294U}) {
    EXPECT_FALSE(is_bogon_asn(asn)) << asn;
  }
}

TEST(Asn, KnowsReservedNumbers) {
  for (const Asn asn :
       {0U, 23456U, 64496U, 64511U, 64512U, 65535U, 65536U, 65551U, 4200000000U, 4294967295U}) {
    EXPECT_TRUE(is_reserved_asn(asn)) << asn;
  }
  for (const Asn asn : {1U, 3320U, 23455U, 23457U, 64495U, 65552U, 4199999999U}) {
    EXPECT_FALSE(is_reserved_asn(asn)) << asn;
  }
}

}  // namespace
}  // namespace tern
