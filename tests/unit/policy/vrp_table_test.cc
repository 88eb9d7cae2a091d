#include "policy/vrp_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/policy/random_numbers.h"
#include "tests/unit/policy/vrps.h"

namespace tern::policy {
namespace {

Prefix prefix(const char* text) { return Prefix::parse(text).value(); }

OriginState state(const VrpTable& table, const char* of, std::optional<Asn> origin) {
  return table.validate(prefix(of), origin);
}

// The same records without an overlay.
VrpTable::Ptr rebuilt(const VrpTable& table) { return VrpTable::build(list(table)); }

std::vector<std::string> texts(const std::vector<PrefixRange>& ranges) {
  std::vector<std::string> all;
  for (const PrefixRange& range : ranges) {
    all.push_back(range.prefix.to_string() + ' ' + std::to_string(range.ge) + '-' +
                  std::to_string(range.le));
  }
  return all;
}

using Texts = std::vector<std::string>;

// ---- RFC 6811

TEST(VrpTable, EmptyFindsNothing) {
  const VrpTable table;
  EXPECT_EQ(state(table, "192.0.2.0/24", 64496), OriginState::NotFound);
  EXPECT_EQ(state(table, "2001:db8::/32", {}), OriginState::NotFound);
  EXPECT_EQ(table.size(), 0U);
}

TEST(VrpTable, AMatchingVrpMakesARouteValid) {
  const auto table = VrpTable::build({vrp("192.0.2.0/24", 64496), vrp("2001:db8::/32", 64496, 48)});
  EXPECT_EQ(state(*table, "192.0.2.0/24", 64496), OriginState::Valid);
  EXPECT_EQ(state(*table, "192.0.2.0/24", 64497), OriginState::Invalid);
  EXPECT_EQ(state(*table, "192.0.2.0/25", 64496), OriginState::Invalid);
  EXPECT_EQ(state(*table, "192.0.0.0/16", 64496), OriginState::NotFound);
  EXPECT_EQ(state(*table, "192.0.3.0/24", 64496), OriginState::NotFound);
  EXPECT_EQ(state(*table, "2001:db8:1::/48", 64496), OriginState::Valid);
  EXPECT_EQ(state(*table, "2001:db8:1::/49", 64496), OriginState::Invalid);
  EXPECT_EQ(state(*table, "2001:db9::/48", 64496), OriginState::NotFound);
}

TEST(VrpTable, OneMatchIsEnoughWhateverElseCovers) {
  const auto table = VrpTable::build({vrp("10.0.0.0/8", 64496, 24), vrp("10.1.0.0/16", 64497),
                                      vrp("10.1.0.0/16", 64498), vrp("10.1.2.0/24", 0)});
  EXPECT_EQ(state(*table, "10.1.2.0/24", 64496), OriginState::Valid);
  EXPECT_EQ(state(*table, "10.1.0.0/16", 64498), OriginState::Valid);
  EXPECT_EQ(state(*table, "10.1.2.0/24", 64498), OriginState::Invalid);
}

// RFC 6811 section 2: the origin of a path that ends in an AS_SET is NONE, which no VRP matches.
TEST(VrpTable, ARouteWithoutOriginIsInvalidWhereCovered) {
  const auto table = VrpTable::build({vrp("10.0.0.0/8", 64496, 24)});
  EXPECT_EQ(state(*table, "10.1.0.0/16", {}), OriginState::Invalid);
  EXPECT_EQ(state(*table, "11.0.0.0/16", {}), OriginState::NotFound);
}

// RFC 6483 section 4.
TEST(VrpTable, AsZeroMatchesNothing) {
  const auto table = VrpTable::build({vrp("10.0.0.0/8", 0, 32), vrp("0.0.0.0/0", 0)});
  EXPECT_EQ(state(*table, "10.1.0.0/16", 0), OriginState::Invalid);
  EXPECT_EQ(state(*table, "192.0.2.0/24", 64496), OriginState::Invalid);
  EXPECT_EQ(state(*table, "2001:db8::/32", 0), OriginState::NotFound);
}

TEST(VrpTable, TheEndsOfTheAddressSpace) {
  const auto table =
      VrpTable::build({vrp("0.0.0.0/0", 1), vrp("255.255.255.255/32", 2), vrp("::/0", 3),
                       vrp("::/128", 4), vrp("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", 5)});
  EXPECT_EQ(state(*table, "0.0.0.0/0", 1), OriginState::Valid);
  EXPECT_EQ(state(*table, "255.255.255.255/32", 2), OriginState::Valid);
  EXPECT_EQ(state(*table, "255.255.255.254/32", 2), OriginState::Invalid);
  EXPECT_EQ(state(*table, "::/128", 4), OriginState::Valid);
  EXPECT_EQ(state(*table, "::1/128", 4), OriginState::Invalid);
  EXPECT_EQ(state(*table, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", 5), OriginState::Valid);
}

TEST(VrpTable, ExplainsWithTheVrpsThatCover) {
  const auto table = VrpTable::build(
      {vrp("10.0.0.0/8", 64496, 16), vrp("10.1.0.0/16", 64497), vrp("10.1.0.0/16", 64498, 20)});
  const auto valid = table->explain(prefix("10.1.0.0/16"), 64496);
  EXPECT_EQ(valid.state, OriginState::Valid);
  ASSERT_EQ(valid.covering.size(), 3U);
  EXPECT_EQ(valid.covering[0].vrp, vrp("10.0.0.0/8", 64496, 16));
  EXPECT_TRUE(valid.covering[0].matches());
  EXPECT_EQ(valid.covering[1].vrp, vrp("10.1.0.0/16", 64497));

  const auto too_long = table->explain(prefix("10.1.1.0/24"), 64498, 2);
  EXPECT_EQ(too_long.state, OriginState::Invalid);
  ASSERT_EQ(too_long.covering.size(), 2U);
  EXPECT_EQ(too_long.left_out, 1U);
  EXPECT_TRUE(too_long.covering[1].asn_matches);
  EXPECT_FALSE(too_long.covering[1].length_matches);
  EXPECT_EQ(too_long.covering[1].vrp.to_string(), "10.1.0.0/16-20 AS64498");
}

TEST(VrpTable, RepeatedRecordsCountOnce) {
  const auto table = VrpTable::build({vrp("10.0.0.0/8", 1), vrp("10.0.0.0/8", 1),
                                      vrp("10.0.0.0/8", 1, 9), vrp("2001:db8::/32", 1)});
  EXPECT_EQ(table->size(), 3U);
  EXPECT_EQ(table->size(IpVersion::V6), 1U);
  EXPECT_TRUE(table->contains(vrp("10.0.0.0/8", 1, 9)));
  EXPECT_FALSE(table->contains(vrp("10.0.0.0/8", 2)));
  EXPECT_FALSE(table->contains(vrp("10.0.0.0/9", 1)));
}

// ---- Changes

TEST(VrpTable, AChangeMakesANewTableAndLeavesTheOld) {
  const auto old = VrpTable::build({vrp("10.0.0.0/8", 1), vrp("10.0.0.0/8", 2)});
  const auto now = old->changed({{vrp("10.1.0.0/16", 3)}, {vrp("10.0.0.0/8", 1)}});
  EXPECT_EQ(list(*old), (std::vector{vrp("10.0.0.0/8", 1), vrp("10.0.0.0/8", 2)}));
  EXPECT_EQ(list(*now), (std::vector{vrp("10.0.0.0/8", 2), vrp("10.1.0.0/16", 3)}));
  EXPECT_EQ(state(*now, "10.1.0.0/16", 3), OriginState::Valid);
  EXPECT_EQ(state(*now, "10.0.0.0/8", 1), OriginState::Invalid);
  EXPECT_EQ(now->size(), 2U);
}

TEST(VrpTable, TheLastVrpOfAPrefixCanGo) {
  const auto old = VrpTable::build({vrp("10.0.0.0/8", 1), vrp("10.1.0.0/16", 2)});
  const auto now = old->changed({{}, {vrp("10.0.0.0/8", 1)}});
  EXPECT_EQ(state(*now, "10.0.0.0/8", 1), OriginState::NotFound);
  EXPECT_EQ(state(*now, "10.1.128.0/17", 1), OriginState::Invalid);
  EXPECT_EQ(state(*now, "10.2.0.0/16", 1), OriginState::NotFound);
  const auto back = now->changed({{vrp("10.0.0.0/8", 1)}, {}});
  EXPECT_EQ(list(*back), list(*old));
  EXPECT_TRUE(VrpTable::difference(*old, *back).empty());
}

TEST(VrpTable, ChangesOfWhatIsNotThereMeanNothing) {
  const auto old = VrpTable::build({vrp("10.0.0.0/8", 1)});
  const auto now = old->changed({{vrp("10.0.0.0/8", 1)}, {vrp("10.0.0.0/8", 2)}});
  EXPECT_EQ(list(*now), list(*old));
  // In both lists: there afterwards.
  const auto both = old->changed({{vrp("10.0.0.0/8", 1)}, {vrp("10.0.0.0/8", 1)}});
  EXPECT_EQ(list(*both), list(*old));
}

TEST(VrpTable, ManyChangesMakeANewBase) {
  VrpDelta delta;
  for (std::uint32_t i = 0; i <= VrpTable::kMostOverlaid; ++i) {
    delta.announced.push_back({Prefix::v4(i << 8U, 24), 24, 1});
  }
  const auto table = VrpTable().changed(delta);
  EXPECT_EQ(table->size(), VrpTable::kMostOverlaid + 1);
  EXPECT_EQ(table->validate(Prefix::v4(VrpTable::kMostOverlaid << 8U, 24), 1), OriginState::Valid);
  EXPECT_EQ(table->memory(), rebuilt(*table)->memory()) << "an overlay is left";
}

// Also of those whose pieces have no bits of their own.
TEST(VrpTable, AnOverlayHasPrefixesOfAnyLength) {
  for (std::uint8_t length = 1; length <= 64; ++length) {
    std::array<std::byte, 16> octets{std::byte{0x80}};
    const Prefix first(IpAddress::from_bytes(octets), length);
    for (unsigned bit = length; bit < 128; ++bit) {
      octets[bit / 8] |= static_cast<std::byte>(0x80U >> (bit % 8));
    }
    const Prefix last(IpAddress::from_bytes(octets), 64);
    VrpDelta delta{{{first, 64, 1}}, {}};
    if (length <= 32) delta.announced.push_back({Prefix::v4(0x80000000U, length), 32, 1});
    const auto table = VrpTable().changed(delta);
    EXPECT_EQ(table->validate(first, 1), OriginState::Valid) << unsigned{length};
    EXPECT_EQ(table->validate(last, 1), OriginState::Valid) << unsigned{length};
    if (length > 32) continue;
    const std::uint32_t behind = length == 32 ? 0 : 0xFFFFFFFFU >> length;
    EXPECT_EQ(table->validate(Prefix::v4(0x80000000U | behind, 32), 1), OriginState::Valid);
    EXPECT_EQ(state(*table, "127.255.255.255/32", 1), OriginState::NotFound);
  }
}

// ---- Differences

TEST(VrpTableDifference, AFirstVrpChangesAllThatItCovers) {
  const VrpTable none;
  const auto some = VrpTable::build({vrp("10.0.0.0/8", 1, 16), vrp("2001:db8::/32", 1)});
  const Texts expected{"10.0.0.0/8 8-32", "2001:db8::/32 32-128"};
  EXPECT_EQ(texts(VrpTable::difference(none, *some)), expected);
  EXPECT_EQ(texts(VrpTable::difference(*some, none)), expected);
}

TEST(VrpTableDifference, UnderACoverAVrpChangesWhatItCanMatch) {
  const auto old = VrpTable::build({vrp("10.0.0.0/8", 1)});
  const auto now = old->changed({{vrp("10.1.0.0/16", 2, 20), vrp("10.2.0.0/16", 0)}, {}});
  EXPECT_EQ(texts(VrpTable::difference(*old, *now)), Texts{"10.1.0.0/16 16-20"});
  EXPECT_EQ(texts(VrpTable::difference(*old, *rebuilt(*now))), Texts{"10.1.0.0/16 16-20"});
}

TEST(VrpTableDifference, ARangeInsideAnotherIsLeftOut) {
  const auto old = VrpTable::build({});
  const auto now = VrpTable::build({vrp("10.0.0.0/8", 1), vrp("10.1.0.0/16", 2)});
  EXPECT_EQ(texts(VrpTable::difference(*old, *now)), Texts{"10.0.0.0/8 8-32"});
}

// ---- A naive list beside the table

class Random {
 public:
  explicit Random(std::uint32_t seed) : numbers_(seed) {}
  std::uint32_t below(std::size_t bound) { return numbers_() % static_cast<std::uint32_t>(bound); }
  std::uint32_t any() { return numbers_(); }

 private:
  RandomNumbers numbers_;
};

struct NaiveList {
  std::set<Vrp> vrps;
  std::vector<Vrp> far;  // cover no prefix that is looked up

  [[nodiscard]] std::vector<Vrp> all() const {
    std::set<Vrp> both = vrps;
    both.insert(far.begin(), far.end());
    return {both.begin(), both.end()};
  }

  [[nodiscard]] OriginState validate(const Prefix& of, std::optional<Asn> origin) const {
    OriginState found = OriginState::NotFound;
    for (const Vrp& one : vrps) {
      if (!one.prefix.covers(of)) continue;
      if (origin && *origin != 0 && one.asn == *origin && of.length() <= one.max_length) {
        return OriginState::Valid;
      }
      found = OriginState::Invalid;
    }
    return found;
  }
};

// Prefixes from a small part of the space, so that they cover one another.
class RandomVrps {
 public:
  explicit RandomVrps(std::uint32_t seed) : random_(seed) {}

  Prefix prefix() {
    if (random_.below(2) == 0) {
      const auto length = static_cast<std::uint8_t>(random_.below(13) + (dense() ? 4 : 20));
      return Prefix::v4(0x0A000000U | random_.below(1U << 12U) << 4U, length);
    }
    std::array<std::byte, 16> octets{std::byte{0x20}, std::byte{0x01}};
    if (random_.below(2) == 0) {
      octets[4] = static_cast<std::byte>(random_.below(4));
      octets[5] = static_cast<std::byte>(random_.below(8) << 4U);
      return {IpAddress::from_bytes(octets), static_cast<std::uint8_t>(random_.below(40) + 12)};
    }
    octets[7] = static_cast<std::byte>(random_.below(16));
    octets[8] = static_cast<std::byte>(random_.below(4) << 6U);
    return {IpAddress::from_bytes(octets), static_cast<std::uint8_t>(random_.below(16) + 56)};
  }
  Vrp vrp() {
    const Prefix of = prefix();
    const auto room = static_cast<std::uint32_t>(of.address().bits() - of.length());
    const auto more = static_cast<std::uint8_t>(random_.below(std::min(room, 6U) + 1));
    return {of, static_cast<std::uint8_t>(of.length() + more), asn()};
  }
  Asn asn() { return random_.below(5); }
  std::uint32_t below(std::size_t bound) { return random_.below(bound); }

 private:
  bool dense() { return random_.below(4) == 0; }
  Random random_;
};

void compare(const VrpTable& table, const NaiveList& naive, RandomVrps& random) {
  const std::vector<Vrp> all = naive.all();
  ASSERT_EQ(list(table), all);
  ASSERT_EQ(table.size(), all.size());
  for (int i = 0; i < 150; ++i) {
    const Prefix of = random.prefix();
    std::optional<Asn> origin = random.asn();
    if (random.below(8) == 0) origin.reset();
    const OriginState expected = naive.validate(of, origin);
    ASSERT_EQ(table.validate(of, origin), expected) << of.to_string();
    ASSERT_EQ(table.explain(of, origin).state, expected);
  }
}

bool in_ranges(const std::vector<PrefixRange>& ranges, const Prefix& of) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const PrefixRange& range) {
    return range.prefix.covers(of) && range.ge <= of.length() && of.length() <= range.le;
  });
}

TEST(VrpTableOracle, RandomTablesAndRandomDeltas) {
  for (std::uint32_t seed = 1; seed <= 12; ++seed) {
    RandomVrps random(seed);
    NaiveList naive;
    if (seed % 2 == 0) naive.far = far_vrps();
    std::vector<Vrp> first = naive.far;
    for (std::uint32_t i = random.below(400); i > 0; --i) first.push_back(random.vrp());
    naive.vrps.insert(first.begin() + static_cast<std::ptrdiff_t>(naive.far.size()), first.end());
    VrpTable::Ptr table = VrpTable::build(first);
    compare(*table, naive, random);
    for (int step = 0; step < 12; ++step) {
      const NaiveList before = naive;
      VrpDelta delta;
      for (std::uint32_t i = random.below(40); i > 0; --i) delta.withdrawn.push_back(random.vrp());
      for (std::uint32_t i = random.below(20); i > 0 && !naive.vrps.empty(); --i) {
        delta.withdrawn.push_back(*std::next(
            naive.vrps.begin(), static_cast<std::ptrdiff_t>(random.below(naive.vrps.size()))));
      }
      for (std::uint32_t i = random.below(40); i > 0; --i) delta.announced.push_back(random.vrp());
      for (const Vrp& one : delta.withdrawn) naive.vrps.erase(one);
      for (const Vrp& one : delta.announced) naive.vrps.insert(one);
      const VrpTable::Ptr old = table;
      table = table->changed(delta);
      if (random.below(4) == 0) table = rebuilt(*table);
      compare(*table, naive, random);

      // Whatever has another state lies in a range, and no range is there without a change.
      const auto ranges = VrpTable::difference(*old, *table);
      for (int i = 0; i < 150; ++i) {
        const Prefix of = random.prefix();
        for (Asn origin = 0; origin < 5; ++origin) {
          if (before.validate(of, origin) == naive.validate(of, origin)) continue;
          ASSERT_TRUE(in_ranges(ranges, of)) << of.to_string();
        }
      }
      const VrpDelta between = VrpTable::delta(*old, *table);
      ASSERT_EQ(list(*old->changed(between)), list(*table));
      for (const Vrp& one : between.announced) ASSERT_FALSE(before.vrps.contains(one));
      for (const Vrp& one : between.withdrawn) ASSERT_TRUE(before.vrps.contains(one));
    }
  }
}

// More prefixes than an overlay has, so that all levels of the search are there.
TEST(VrpTableOracle, ALargeTableFindsEveryPrefix) {
  Random random(7);
  std::vector<Vrp> vrps;
  for (int i = 0; i < 20000; ++i) {
    const auto length = static_cast<std::uint8_t>(8 + random.below(17));
    vrps.push_back({Prefix::v4(random.any(), length), length, 1 + random.below(1000)});
    std::array<std::byte, 16> octets{std::byte{0x20}};
    for (std::size_t at = 1; at < 6; ++at) octets[at] = static_cast<std::byte>(random.below(256));
    const auto longer = static_cast<std::uint8_t>(16 + random.below(33));
    vrps.push_back({Prefix(IpAddress::from_bytes(octets), longer), longer, 1});
  }
  const auto table = VrpTable::build(vrps);
  for (const Vrp& one : vrps) {
    ASSERT_EQ(table->validate(one.prefix, one.asn), OriginState::Valid) << one.to_string();
    ASSERT_TRUE(table->contains(one));
  }
  // With the tables over 16 bits, which do not grow; 723,521 VRPs take 25 MB.
  EXPECT_LE(table->memory(), 120 * table->size());
  const std::set<Vrp> distinct(vrps.begin(), vrps.end());
  EXPECT_EQ(list(*table), std::vector<Vrp>(distinct.begin(), distinct.end()));
}

// Longer than 64 bits, so that the first half of their addresses says nothing.
TEST(VrpTableOracle, ManyPrefixesInOneSubnet) {
  NaiveList naive;
  std::vector<Vrp> vrps{vrp("2001:db8::/32", 9), vrp("2001:db8:0:1::/64", 9)};
  for (unsigned i = 0; i < 6000; i += 3) {
    std::array<std::byte, 16> octets{std::byte{0x20}, std::byte{0x01}, std::byte{0x0d},
                                     std::byte{0xb8}};
    octets[14] = static_cast<std::byte>(i >> 8U);
    octets[15] = static_cast<std::byte>(i & 0xFFU);
    vrps.push_back({Prefix(IpAddress::from_bytes(octets), 128), 128, 1 + i % 5});
  }
  for (const bool large : {false, true}) {
    if (large) {
      for (std::uint32_t i = 0; i < 5000; ++i) {
        std::array<std::byte, 16> octets{std::byte{0x2a}, static_cast<std::byte>(i >> 8U),
                                         static_cast<std::byte>(i & 0xFFU)};
        vrps.push_back({Prefix(IpAddress::from_bytes(octets), 24), 24, 1});
      }
    }
    naive.vrps = {vrps.begin(), vrps.end()};
    const auto table = VrpTable::build(vrps);
    for (unsigned i = 0; i < 6010; i += 7) {
      std::array<std::byte, 16> octets{std::byte{0x20}, std::byte{0x01}, std::byte{0x0d},
                                       std::byte{0xb8}};
      octets[14] = static_cast<std::byte>(i >> 8U);
      octets[15] = static_cast<std::byte>(i & 0xFFU);
      const Prefix of(IpAddress::from_bytes(octets), static_cast<std::uint8_t>(128 - i % 3));
      ASSERT_EQ(table->validate(of, 1 + i % 5), naive.validate(of, 1 + i % 5)) << of.to_string();
    }
    EXPECT_EQ(list(*table), std::vector<Vrp>(naive.vrps.begin(), naive.vrps.end()));
  }
}

}  // namespace
}  // namespace tern::policy
