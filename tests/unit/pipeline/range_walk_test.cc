// The destinations in ranges of prefixes, against a look at every prefix of the table.
#include "bgpd/pipeline/range_walk.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "tests/unit/types/random_values.h"

namespace tern::pipeline {
namespace {

class RangeWalkTest : public testing::Test {
 protected:
  RangeWalkTest() { rib_.set_peer(0, {}); }
  void announce(const Prefix& prefix) {
    if (set_.ref() == rib::AttrRef::None) {
      const std::array<std::byte, 4> octets{};
      set_ = rib::AttrHandle(table_, table_.intern(octets, {}, {}));
    }
    rib_.announce(0, unicast(prefix), {set_.ref(), set_.ref(), Reason::None, 0}, 1);
  }
  std::multiset<Prefix> walk(const RangeWalk::Ranges& ranges, std::size_t most) {
    std::multiset<Prefix> found;
    RangeWalk walk;
    bool over = false;
    while (!over) {
      RangeWalk::Work left{most, rib_.end()};
      over = walk.slice(rib_, ranges, left, [&](rib::DestId id) { found.insert(rib_.prefix(id)); });
    }
    return found;
  }

  rib::AttrTable table_;
  rib::Rib rib_{table_};
  rib::AttrHandle set_;
};

TEST_F(RangeWalkTest, OnePrefixIsFoundByItself) {
  announce(*Prefix::parse("10.0.0.0/8"));
  announce(*Prefix::parse("10.1.0.0/16"));
  const Prefix eight = *Prefix::parse("10.0.0.0/8");
  EXPECT_EQ(walk({{eight, 8, 8}}, 10), std::multiset<Prefix>{eight});
  EXPECT_TRUE(walk({{*Prefix::parse("10.2.0.0/16"), 16, 16}}, 10).empty());
}

TEST_F(RangeWalkTest, TheVisitorMayEndASlice) {
  constexpr std::uint32_t kPrefixes = 1000;
  for (std::uint32_t n = 0; n < kPrefixes; ++n) announce(Prefix::v4(0x0A000000U + (n << 8U), 24));
  const RangeWalk::Ranges ranges{{*Prefix::parse("10.0.0.0/8"), 8, 32}};
  std::multiset<Prefix> found;
  RangeWalk walk;
  RangeWalk::Work left{kPrefixes * 2, kPrefixes * 2};
  const auto visit = [&](rib::DestId id) {
    if (found.empty()) left = {};
    found.insert(rib_.prefix(id));
  };
  EXPECT_FALSE(walk.slice(rib_, ranges, left, visit));
  EXPECT_LT(found.size(), kPrefixes) << "the rest of a piece of the ordered index at most";
  left = {kPrefixes * 2, kPrefixes * 2};
  EXPECT_TRUE(walk.slice(rib_, ranges, left, visit));
  EXPECT_EQ(found.size(), kPrefixes);
}

TEST_F(RangeWalkTest, RangesOfAnyLengthsHaveWhatTheyCover) {
  RandomValues random(117);
  std::vector<Prefix> all;
  for (int i = 0; i < 3000; ++i) {
    if (random.one_in(4)) {
      std::array<std::byte, 16> bytes{std::byte{0x20}, std::byte{1}};
      bytes[4] = static_cast<std::byte>(random.below(8));
      bytes[5] = static_cast<std::byte>(random.below(64));
      all.emplace_back(IpAddress::from_bytes(bytes),
                       static_cast<std::uint8_t>(40 + random.below(9)));
    } else {
      all.push_back(
          Prefix::v4(random.below(4096) << 12U, static_cast<std::uint8_t>(12 + random.below(13))));
    }
    announce(all.back());
  }
  for (int round = 0; round < 200; ++round) {
    RangeWalk::Ranges ranges;
    std::multiset<Prefix> expected;
    for (std::uint32_t i = 0, count = 1 + random.below(4); i < count; ++i) {
      const Prefix& of = all[random.below(static_cast<std::uint32_t>(all.size()))];
      const auto length = static_cast<std::uint8_t>(random.below(of.length() + 1U));
      const Prefix prefix(of.address(), length);
      const auto ge = static_cast<std::uint8_t>(length + random.below(4));
      ranges.push_back({prefix, ge, static_cast<std::uint8_t>(ge + random.below(6))});
      const std::set<Prefix> distinct(all.begin(), all.end());
      for (const Prefix& each : distinct) {
        if (prefix.covers(each) && each.length() >= ge && each.length() <= ranges.back().le) {
          expected.insert(each);
        }
      }
    }
    ASSERT_EQ(walk(ranges, 1 + random.below(50)), expected) << round;
  }
}

}  // namespace
}  // namespace tern::pipeline
