// A part of a round over a table of one shard.
#include "bgpd/session/round.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <vector>

#include "bgpd/engine/shard_work.h"
#include "bgpd/pipeline/attribute_sets.h"

namespace tern::session {
namespace {

constexpr std::uint32_t kOfEach = 200;
constexpr PeerSlot kSenders = 256;

class RoundPartTest : public testing::Test {
 protected:
  // Each neighbor announces all prefixes, and is near its limit, so all paths wait for a visit.
  RoundPartTest() {
    const std::array<std::byte, 4> octets{};
    set = rib::AttrHandle(shards.attributes(), shards.attributes().intern(octets, {}, {}));
    const auto session = std::make_shared<const pipeline::SessionRules>(
        pipeline::SessionFacts{}, std::make_shared<const pipeline::ImportRules>());
    for (PeerSlot slot = 0; slot < kSenders; ++slot) {
      shards.set_peer(slot, {PeerKind::Ebgp, slot, {}, 0});
      for (std::uint32_t n = 0; n < kOfEach; ++n) {
        const Prefix prefix = Prefix::v4(0x0A000000U + (n << 8U), 24);
        shards[0].announce(slot, unicast(prefix), {set.ref(), set.ref(), Reason::None, 0}, 1);
      }
      neighbors.insert(slot);
      judged_by.push_back({session, true});
    }
  }
  // The paths that each slice of the round lists for the visit behind it.
  std::vector<std::size_t> listed(const Round& round) {
    RoundPart part(shards, 0, round, judged_by, nullptr);
    std::vector<std::size_t> listed;
    for (bool over = false; !over; listed.push_back(part.for_visit().size())) over = part.slice();
    return listed;
  }
  void expect_bounded(const Round& round) {
    std::size_t all = 0;
    for (const std::size_t paths : listed(round)) {
      EXPECT_LT(paths, 2 * engine::kSlicePaths);
      all += paths;
    }
    EXPECT_EQ(all, std::size_t{kOfEach} * kSenders);
  }

  rib::Shards shards{1};
  rib::AttrHandle set;
  rib::ClientSet neighbors;
  std::vector<JudgedBy> judged_by;
};

TEST_F(RoundPartTest, ASliceOfTheTableIsBoundedByPaths) {
  Round round;
  round.rules.judge = neighbors;
  expect_bounded(round);
}

TEST_F(RoundPartTest, ASliceInRangesIsBoundedByPaths) {
  Round round;
  const Prefix all = *Prefix::parse("10.0.0.0/8");
  round.ranges = ChangedPrefixes{policy::PrefixChange::of({{all, 8, 32}}), neighbors, {}};
  expect_bounded(round);
}

// Changes of neighbors that come during the round are not advertised behind all of it.
TEST_F(RoundPartTest, PausesWhileClientsAreBehindForASecondAtMost) {
  constexpr std::uint64_t kMillisecond = 1'000'000;
  const Round round;
  RoundPart part(shards, 0, round, judged_by, nullptr);
  EXPECT_FALSE(part.take_pause(false, 1));
  EXPECT_TRUE(part.take_pause(true, kMillisecond));
  EXPECT_TRUE(part.take_pause(true, 400 * kMillisecond));  // the loop was busy
  EXPECT_FALSE(part.take_pause(false, 500 * kMillisecond));
  // The slices between pauses do not count.
  EXPECT_TRUE(part.take_pause(true, 5000 * kMillisecond));
  EXPECT_TRUE(part.take_pause(true, 5500 * kMillisecond));
  EXPECT_FALSE(part.take_pause(true, 5502 * kMillisecond));
  EXPECT_FALSE(part.take_pause(true, 9000 * kMillisecond));
}

// The next neighbor of the slot may not resolve next hops.
// Traffic goes to an exit that is lost until such a round is over.
TEST(Round, HurriesForLostNextHopsCostsAndAddresses) {
  Round round;
  round.rules.rank_all = true;
  EXPECT_FALSE(round.hurries());
  Round costs;
  costs.costs.emplace();
  EXPECT_TRUE(costs.hurries());
  Round next_hops;
  next_hops.next_hops.emplace();
  EXPECT_TRUE(next_hops.hurries());
  Round addresses;
  addresses.host_addresses = pipeline::HostAddresses({IpAddress()});
  EXPECT_TRUE(addresses.hurries());
}

TEST_F(RoundPartTest, ASlotThatIsFreedDuringTheRoundKeepsItsPaths) {
  class Nowhere final : public pipeline::NextHopFinder {
   public:
    pipeline::NextHopAnswer find(const IpAddress&, PeerSlot) override { return {}; }
  };
  constexpr PeerSlot kFreed = 7;
  Round round;
  const IpAddress next_hop = pipeline::next_hop_of(shards.attributes()[set.ref()]);
  round.next_hops = {pipeline::HostAddresses({next_hop}), std::make_shared<Nowhere>(), neighbors,
                     neighbors};
  round.free(kFreed);
  judged_by[kFreed] = {};
  RoundPart part(shards, 0, round, judged_by, nullptr);
  while (!part.slice()) {
  }
  const rib::Destination destination = shards[0].destination(0);
  ASSERT_EQ(destination.paths.size(), kSenders);
  for (const rib::Path& path : destination.paths) {
    EXPECT_EQ(path.accepted(), path.peer() == kFreed) << path.peer();
  }
}

}  // namespace
}  // namespace tern::session
