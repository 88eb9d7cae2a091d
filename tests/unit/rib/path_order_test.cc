// The order from elsewhere is the one of a RIB that had these costs itself.
#include "rib/path_order.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "tests/unit/rib/paths.h"

namespace tern::rib {
namespace {

constexpr PeerSlot kPeers = 7;
constexpr std::uint32_t kNow = 1000;
const Prefix kWhere = *Prefix::parse("203.0.113.0/24");

// Two tables with the same paths and different costs.
struct Pair {
  explicit Pair(const DecisionConfig& config)
      : ours(attributes, config), theirs(attributes, config) {
    for (Rib* rib : {&ours, &theirs}) {
      for (PeerSlot peer = 0; peer < kPeers; ++peer) {
        rib->set_peer(peer, peer % 3 == 0 ? ibgp_peer(50 - peer, 10 + peer)
                                          : ebgp_peer(20 + peer / 2, 10 + peer));
      }
    }
  }

  void announce(PeerSlot peer, const PathBuilder& path, EgressCost our_cost,
                EgressCost their_cost) {
    const auto into = [&](Rib& rib, EgressCost cost) {
      const AttrHandle set = PathBuilder(path).egress_cost(cost).intern(rib.attributes());
      rib.announce(peer, unicast(kWhere), {set.ref(), set.ref(), Reason::None, 0}, kNow);
    };
    into(ours, our_cost);
    into(theirs, their_cost);
    costs[peer] = their_cost;
  }

  // Of our paths, in our order.
  std::vector<EgressCost> their_costs(const Destination& destination) const {
    std::vector<EgressCost> in_order;
    for (const Path& path : destination.paths) in_order.push_back(costs[path.peer()]);
    return in_order;
  }
  // Peers, the most preferred first.
  std::vector<PeerSlot> made() {
    const Destination destination = *ours.find(unicast(kWhere));
    std::vector<PeerSlot> peers;
    for (const std::uint32_t i : order.by_costs(ours, destination, their_costs(destination))) {
      peers.push_back(destination.paths[i].peer());
    }
    return peers;
  }
  // What was compared for that.
  std::span<const Candidate> candidates() {
    const Destination destination = *ours.find(unicast(kWhere));
    return order.candidates(ours, destination, their_costs(destination));
  }
  std::vector<PeerSlot> stored() const {
    std::vector<PeerSlot> peers;
    const Destination destination = *theirs.find(unicast(kWhere));
    for (const Path& path : destination.paths) peers.push_back(path.peer());
    return peers;
  }

  AttrTable attributes;
  Rib ours;
  Rib theirs;
  PathOrder order;
  std::array<EgressCost, kPeers> costs{};
};

TEST(PathOrder, IsThatOfARibWithTheseCosts) {
  std::random_device device;
  const auto seed = static_cast<std::uint32_t>(device());
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto take = [&](std::uint32_t bound) {
    return static_cast<std::uint32_t>(random() % bound);
  };
  const auto cost = [&] { return take(4) == 0 ? kUnknownCost : take(4); };
  for (int round = 0; round < 3000; ++round) {
    DecisionConfig config;
    config.always_compare_med = take(4) == 0;
    config.egress_position = static_cast<EgressPosition>(take(3));
    Pair pair(config);
    const bool shifted = take(4) == 0;
    for (PeerSlot peer = 0; peer < kPeers; ++peer) {
      if (take(3) == 0) continue;
      PathBuilder path;
      path.local_pref(100 + take(2)).med(take(3)).as_path({65001 + take(2)});
      const EgressCost ours = cost();
      pair.announce(peer, path, ours, shifted && ours != kUnknownCost ? ours + 5 : cost());
    }
    if (!pair.ours.find(unicast(kWhere))) continue;
    ASSERT_EQ(pair.made(), pair.stored()) << "round " << round;
    std::vector<PeerSlot> compared;
    for (const Candidate& one : pair.candidates()) {
      compared.push_back(pair.ours.find(unicast(kWhere))->paths[one.mark].peer());
    }
    ASSERT_EQ(compared, pair.stored()) << "round " << round;
  }
}

TEST(PathOrder, CandidatesAreInTheOrderMade) {
  Pair pair({});
  pair.announce(1, path(), 10, 30);
  pair.announce(2, path(), 20, 20);
  EXPECT_EQ(pair.made(), (std::vector<PeerSlot>{2, 1}));
  ASSERT_EQ(pair.candidates().size(), 2U);
  EXPECT_EQ(pair.candidates()[0].key.egress_cost, 20U);
  EXPECT_EQ(pair.candidates()[0].mark, 1U);
  EXPECT_EQ(pair.candidates()[1].mark, 0U);
  pair.announce(2, path(), 20, 40);  // as far from the other as in the table: the stored order
  EXPECT_EQ(pair.made(), (std::vector<PeerSlot>{1, 2}));
  EXPECT_EQ(pair.candidates()[1].key.egress_cost, 40U);
}

TEST(PathOrder, TheStoredOrderCounts) {
  PathOrder order;
  EXPECT_TRUE(order.stored(0).empty());
  const auto three = order.stored(3);
  EXPECT_EQ(std::vector<std::uint32_t>(three.begin(), three.end()),
            (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(order.stored(2).size(), 2U);
}

}  // namespace
}  // namespace tern::rib
