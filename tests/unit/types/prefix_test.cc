#include "rib/types/prefix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "tests/unit/types/random_values.h"

namespace tern {
namespace {

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }
Prefix prefix(std::string_view text) { return Prefix::parse(text).value(); }

TEST(Prefix, IsTheV4DefaultRouteByDefault) { EXPECT_EQ(Prefix(), prefix("0.0.0.0/0")); }

TEST(Prefix, ClearsHostBits) {
  EXPECT_EQ(Prefix(ip("192.0.2.77"), 24), prefix("192.0.2.0/24"));
  EXPECT_EQ(Prefix(ip("192.0.2.77"), 26), prefix("192.0.2.64/26"));
  EXPECT_EQ(Prefix(ip("192.0.2.77"), 32), prefix("192.0.2.77/32"));
  EXPECT_EQ(Prefix(ip("255.255.255.255"), 0), prefix("0.0.0.0/0"));
  EXPECT_EQ(Prefix(ip("2001:db8:ffff::1"), 33), prefix("2001:db8:8000::/33"));
  EXPECT_EQ(Prefix(ip("ffff::1"), 0), prefix("::/0"));
  EXPECT_EQ(Prefix(ip("2001:db8::1"), 128), prefix("2001:db8::1/128"));
}

TEST(Prefix, SpeaksOfItsParts) {
  const Prefix v4 = prefix("192.0.2.0/23");
  EXPECT_EQ(v4.address(), ip("192.0.2.0"));
  EXPECT_EQ(v4.length(), 23);
  EXPECT_EQ(v4.address().version(), IpVersion::V4);
  EXPECT_EQ(prefix("2001:db8::/32").address().version(), IpVersion::V6);
}

TEST(Prefix, SignificantBytesAreThoseOfTheNlri) {
  EXPECT_EQ(prefix("0.0.0.0/0").significant_bytes().size(), 0U);
  EXPECT_EQ(prefix("10.0.0.0/8").significant_bytes().size(), 1U);
  EXPECT_EQ(prefix("10.128.0.0/9").significant_bytes().size(), 2U);
  EXPECT_EQ(prefix("10.0.0.1/32").significant_bytes().size(), 4U);
  EXPECT_EQ(prefix("2001:db8::/32").significant_bytes().size(), 4U);
  EXPECT_EQ(prefix("2001:db8::1/128").significant_bytes().size(), 16U);
  EXPECT_EQ(prefix("10.128.0.0/9").significant_bytes()[1], std::byte{0x80});
}

TEST(Prefix, RefusesHostBits) {
  for (const auto* text :
       {"192.0.2.1/24", "128.0.0.0/0", "10.0.0.1/31", "2001:db8::1/64", "8000::/0"}) {
    EXPECT_EQ(Prefix::parse(text), std::nullopt) << text;
  }
}

TEST(Prefix, RefusesOtherText) {
  for (const auto* text :
       {"", "/", "192.0.2.0", "192.0.2.0/", "/24", "192.0.2.0/33", "2001:db8::/129", "::/256",
        "192.0.2.0/-1", "192.0.2.0/+24", "192.0.2.0/024", "192.0.2.0 /24", "192.0.2.0/ 24",
        " 192.0.2.0/24", "192.0.2.0/24 ", "192.0.2.0/24/24", "192.0.2/24", "::/0x10",
        "192.0.2.0/255.255.255.0"}) {
    EXPECT_EQ(Prefix::parse(text), std::nullopt) << '"' << text << '"';
  }
}

TEST(Prefix, ContainsItsAddresses) {
  EXPECT_TRUE(prefix("192.0.2.64/26").contains(ip("192.0.2.64")));
  EXPECT_TRUE(prefix("192.0.2.64/26").contains(ip("192.0.2.127")));
  EXPECT_FALSE(prefix("192.0.2.64/26").contains(ip("192.0.2.128")));
  EXPECT_FALSE(prefix("192.0.2.64/26").contains(ip("192.0.2.63")));
  EXPECT_TRUE(prefix("0.0.0.0/0").contains(ip("203.0.113.9")));
  EXPECT_FALSE(prefix("0.0.0.0/0").contains(ip("::1")));
  EXPECT_FALSE(prefix("::/0").contains(ip("0.0.0.1")));
  EXPECT_TRUE(prefix("2001:db8::1/128").contains(ip("2001:db8::1")));
  EXPECT_FALSE(prefix("2001:db8::1/128").contains(ip("2001:db8::2")));
}

TEST(Prefix, CoversItselfAndMoreSpecifics) {
  EXPECT_TRUE(prefix("10.0.0.0/8").covers(prefix("10.0.0.0/8")));
  EXPECT_TRUE(prefix("10.0.0.0/8").covers(prefix("10.255.0.0/16")));
  EXPECT_FALSE(prefix("10.0.0.0/16").covers(prefix("10.0.0.0/8")));
  EXPECT_FALSE(prefix("10.0.0.0/8").covers(prefix("11.0.0.0/16")));
  EXPECT_FALSE(prefix("0.0.0.0/0").covers(prefix("::/0")));
}

TEST(Prefix, SortsACoveringPrefixBeforeWhatItCovers) {
  std::vector<Prefix> prefixes{prefix("2001:db8::/32"), prefix("10.0.0.0/16"), prefix("::/0"),
                               prefix("10.0.0.0/8"),    prefix("9.0.0.0/8"),   prefix("0.0.0.0/0")};
  std::sort(prefixes.begin(), prefixes.end());
  const std::vector<Prefix> expected{prefix("0.0.0.0/0"),  prefix("9.0.0.0/8"),
                                     prefix("10.0.0.0/8"), prefix("10.0.0.0/16"),
                                     prefix("::/0"),       prefix("2001:db8::/32")};
  EXPECT_EQ(prefixes, expected);
}

TEST(Prefix, TextRoundTrip) {
  RandomValues random(4271);
  for (int i = 0; i < 20000; ++i) {
    const Prefix any = random.prefix();
    ASSERT_EQ(Prefix::parse(any.to_string()), any) << any.to_string();
  }
}

TEST(Prefix, CoversAgreesWithContainsOnRandomPairs) {
  RandomValues random(4632);
  for (int i = 0; i < 20000; ++i) {
    const Prefix inner = random.prefix();
    const auto length = static_cast<std::uint8_t>(random.below(inner.length() + 1U));
    const Prefix outer(inner.address(), length);
    ASSERT_TRUE(outer.covers(inner)) << outer.to_string() << ' ' << inner.to_string();
    ASSERT_TRUE(outer.contains(inner.address()));
    ASSERT_LE(outer, inner);
    ASSERT_EQ(inner.covers(outer), inner == outer);
  }
}

// A table may take its bucket from either end of the hash. Random hashes leave about 1/e of the
// buckets empty when there are as many keys as buckets.
void expect_even(const std::vector<Prefix>& prefixes) {
  constexpr std::size_t kBuckets = 1U << 16U;
  ASSERT_EQ(prefixes.size(), kBuckets);
  std::vector<bool> low(kBuckets);
  std::vector<bool> high(kBuckets);
  std::unordered_set<std::size_t> whole;
  for (const Prefix& each : prefixes) {
    const std::size_t hash = hash_value(each);
    low[hash % kBuckets] = true;
    high[hash >> 48U] = true;
    whole.insert(hash);
  }
  const auto used_low = std::count(low.begin(), low.end(), true);
  const auto used_high = std::count(high.begin(), high.end(), true);
  EXPECT_NEAR(static_cast<double>(used_low), 0.632 * kBuckets, 0.01 * kBuckets);
  EXPECT_NEAR(static_cast<double>(used_high), 0.632 * kBuckets, 0.01 * kBuckets);
  EXPECT_EQ(whole.size(), kBuckets);
}

TEST(Prefix, HashSpreadsNeighbouringV4Prefixes) {
  std::vector<Prefix> prefixes;
  for (std::uint32_t i = 0; i < 65536; ++i) {
    prefixes.push_back(Prefix(IpAddress::v4(0x0A000000U + (i << 8U)), 24));
  }
  expect_even(prefixes);
}

TEST(Prefix, HashSpreadsNeighbouringV6Prefixes) {
  std::vector<Prefix> prefixes;
  std::array<std::byte, 16> bytes{std::byte{0x20}, std::byte{0x01}};
  for (std::uint32_t i = 0; i < 65536; ++i) {
    bytes[4] = static_cast<std::byte>(i >> 8U);
    bytes[5] = static_cast<std::byte>(i);
    prefixes.push_back(Prefix(IpAddress::from_bytes(bytes), 48));
  }
  expect_even(prefixes);
}

TEST(Prefix, HashSeesTheLengthAndTheFamily) {
  std::unordered_set<std::size_t> hashes;
  for (std::uint8_t length = 0; length <= 32; ++length) {
    hashes.insert(hash_value(Prefix(ip("0.0.0.0"), length)));
  }
  for (std::uint8_t length = 0; length <= 128; ++length) {
    hashes.insert(hash_value(Prefix(ip("::"), length)));
  }
  EXPECT_EQ(hashes.size(), 33U + 129U);
}

TEST(Nlri, PathsOfOnePrefixAreDifferent) {
  EXPECT_NE(unicast(prefix("192.0.2.0/24"), 1), unicast(prefix("192.0.2.0/24"), 2));
  EXPECT_EQ(unicast(prefix("192.0.2.0/24"), 0), unicast(prefix("192.0.2.0/24")));
}

}  // namespace
}  // namespace tern
