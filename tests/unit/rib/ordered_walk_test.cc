// Walks over several shards are in order and complete, also when the table grows meanwhile.
#include "rib/ordered_walk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include "tests/unit/rib/paths.h"
#include "tests/unit/types/random_values.h"

namespace tern::rib {
namespace {

class OrderedWalkTest : public testing::Test {
 protected:
  OrderedWalkTest() {
    shards.set_peer(0, ebgp_peer(1, 1));
    for (std::size_t shard = 0; shard < shards.size(); ++shard) readers.emplace_back(shards[shard]);
  }
  void announce(const Prefix& prefix) {
    const AttrHandle set = path().intern(shards.attributes());
    Rib& rib = shards[shards.index_of(unicast(prefix))];
    rib.announce(0, unicast(prefix), {set.ref(), set.ref(), Reason::None, 0}, 1);
    all.push_back(prefix);
  }
  [[nodiscard]] std::vector<Prefix> covered_by(const Prefix& within) {
    std::vector<Prefix> covered;
    std::ranges::copy_if(all, std::back_inserter(covered),
                         [&](const Prefix& prefix) { return within.covers(prefix); });
    std::ranges::sort(covered);
    covered.erase(std::unique(covered.begin(), covered.end()), covered.end());
    return covered;
  }
  [[nodiscard]] Prefix prefix_of(const Found& found) const {
    return readers[found.shard].prefix(found.id);
  }
  [[nodiscard]] std::vector<Prefix> walk(const Prefix& within) const {
    std::vector<Prefix> found;
    OrderedWalk walk(readers, unicast(within.address().version()), within);
    while (const auto next = walk.next()) found.push_back(prefix_of(*next));
    return found;
  }

  Shards shards{5};
  std::vector<TableReader> readers;
  std::vector<Prefix> all;
};

TEST_F(OrderedWalkTest, FindsWhatAPrefixCovers) {
  RandomValues random(20261128);
  for (int i = 0; i < 20000; ++i) {
    const std::uint32_t address =
        random.one_in(2) ? random.below(0xFFFFFFFF) : 0x0A000000U + random.below(0x01000000);
    announce(Prefix::v4(address, static_cast<std::uint8_t>(random.below(33))));
  }
  for (int i = 0; i < 2000; ++i) {
    std::array<std::byte, 16> bytes{std::byte{0x20}, static_cast<std::byte>(random.below(4))};
    for (std::size_t at = 2; at < 8; ++at) bytes[at] = static_cast<std::byte>(random.below(3));
    announce({IpAddress::from_bytes(bytes), static_cast<std::uint8_t>(random.below(65))});
  }
  shards.share();
  for (const char* within :
       {"0.0.0.0/0", "10.0.0.0/8", "10.7.0.0/16", "10.7.3.0/24", "255.0.0.0/8",
        "255.255.255.255/32", "::/0", "2001::/16", "2001:101::/32", "8000::/1"}) {
    const Prefix prefix = *Prefix::parse(within);
    EXPECT_EQ(walk(prefix), covered_by(prefix)) << within;
  }
  shards.unshare();
}

// The index divides lists while the walk pauses.
TEST_F(OrderedWalkTest, RestsWhileTheTableGrows) {
  for (std::uint32_t i = 0; i < 4096; ++i) announce(Prefix::v4(i << 20U, 12));
  const std::vector<Prefix> before = covered_by(Prefix());
  shards.share();
  std::vector<Prefix> found;
  OrderedWalk walk(readers, Family::Ipv4Unicast, Prefix());
  std::uint32_t grown = 0;
  while (const auto next = walk.next()) {
    found.push_back(prefix_of(*next));
    for (int more = 0; more < 20 && grown < 60000; ++more, ++grown) {
      announce(Prefix::v4(grown * 0x11111U, 28));
    }
  }
  EXPECT_TRUE(std::ranges::is_sorted(found));
  EXPECT_EQ(std::ranges::adjacent_find(found), found.end());
  EXPECT_TRUE(std::ranges::includes(found, before));
  shards.unshare();
}

// From each prefix on, a second walk finds what the first one had left.
TEST_F(OrderedWalkTest, GoesOnBehindAPrefix) {
  RandomValues random(20261130);
  for (int i = 0; i < 2000; ++i) {
    announce(Prefix::v4(0x0A000000U + random.below(0x00010000),
                        static_cast<std::uint8_t>(16 + random.below(17))));
  }
  const Prefix within = *Prefix::parse("10.0.0.0/9");
  const std::vector<Prefix> expected = covered_by(within);
  shards.share();
  for (std::size_t at = 0; at < expected.size(); at += 97) {
    OrderedWalk rest(readers, Family::Ipv4Unicast, within, expected[at]);
    std::vector<Prefix> found;
    while (const auto next = rest.next()) found.push_back(prefix_of(*next));
    EXPECT_EQ(found, std::vector<Prefix>(expected.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                                         expected.end()));
  }
  shards.unshare();
}

TEST_F(OrderedWalkTest, ShowsOneFamily) {
  announce(*Prefix::parse("10.0.0.0/8"));
  const Nlri multicast{*Prefix::parse("10.1.0.0/16"), Family::Ipv4Multicast};
  const AttrHandle set = path().intern(shards.attributes());
  shards[shards.index_of(multicast)].announce(0, multicast, {set.ref(), set.ref(), Reason::None, 0},
                                              1);
  shards.share();
  EXPECT_EQ(walk(Prefix()), all);
  OrderedWalk walk(readers, multicast.family, Prefix());
  const auto found = walk.next();
  ASSERT_TRUE(found);
  EXPECT_EQ(prefix_of(*found), multicast.prefix);
  EXPECT_FALSE(walk.next());
  shards.unshare();
}

}  // namespace
}  // namespace tern::rib
