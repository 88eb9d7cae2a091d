// Every step of the decision process alone: it decides for the better path whichever stands first,
// and only when all steps before it say nothing.
#include "rib/decision.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>

#include "tests/unit/rib/paths.h"

namespace tern::rib {
namespace {

PeerRank on_link(std::uint32_t zone) {
  return {PeerKind::Ebgp, 10, *IpAddress::parse("fe80::1"), zone};
}

PeerRank own() { return {PeerKind::Own, 0, {}, 0}; }

struct Case {
  Step step;
  PathBuilder better;
  PathBuilder worse;
  PeerRank better_peer = ebgp_peer(10, 10);
  PeerRank worse_peer = ebgp_peer(10, 10);
  std::uint32_t better_id = 0;
  std::uint32_t worse_id = 0;
};

void PrintTo(const Case& c, std::ostream* out) { *out << to_string(c.step); }

class OneStep : public testing::TestWithParam<Case> {};

TEST_P(OneStep, DecidesInBothDirections) {
  const Case& c = GetParam();
  AttrTable table;
  const AttrHandle better = c.better.intern(table);
  const AttrHandle worse = c.worse.intern(table);
  const Candidate a{table[better.ref()].key(), &c.better_peer, c.better_id, 0};
  const Candidate b{table[worse.ref()].key(), &c.worse_peer, c.worse_id, 0};
  const DecisionConfig config;

  EXPECT_TRUE(compare(a, b, config).order < 0);
  EXPECT_TRUE(compare(b, a, config).order > 0);
  EXPECT_EQ(compare(a, b, config).step, c.step);
  EXPECT_EQ(compare(b, a, config).step, c.step);
  for (const Step step : steps(config)) {
    const auto order = compare_step(step, a, b, config);
    if (step == c.step) {
      EXPECT_TRUE(order < 0);
      break;
    }
    EXPECT_TRUE(order == 0) << to_string(step);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Decision, OneStep,
    testing::Values(
        Case{Step::Own, path(), path().local_pref(200), own(), ebgp_peer(10, 10)},
        Case{Step::Own, path().as_path({1, 2, 3}), path().egress_cost(1), own(), ibgp_peer(10, 10)},
        Case{Step::Own, path().pin(pin_rank(1, 0)), path(), own()},
        Case{Step::Pin, path().local_pref(50).pin(pin_rank(0, 1)),
             path().local_pref(300).pin(pin_rank(1, 0))},
        Case{Step::Pin, path().pin(pin_rank(2, 0)), path().egress_cost(1).pin(pin_rank(2, 1))},
        Case{Step::Pin, path(), path().local_pref(300).pin(pin_rank(0, 0))},
        Case{Step::Pin, path().pin(pin_rank(kOtherPartner, kOtherPop)),
             path().pin(leaving(pin_rank(0, 0)))},
        Case{Step::Pin, path().pin(leaving(pin_rank(kOtherPartner, 0))),
             path().pin(last_resort(pin_rank(0, 0)))},
        Case{Step::Pin, path(), path().pin(last_resort(kNoPin))},
        Case{Step::LocalPref, path().local_pref(200).pin(pin_rank(3, 0)),
             path().local_pref(100).pin(pin_rank(3, 0))},
        Case{Step::LocalPref, path().local_pref(200), path().local_pref(100)},
        Case{Step::LocalPref, path(), path().local_pref(99)},  // absent counts 100
        Case{Step::EgressCost, path().egress_cost(1000), path().egress_cost(1001)},
        Case{Step::EgressCost, path().egress_cost(4000000000U), path()},  // unknown is the farthest
        Case{Step::Aigp, path().aigp(5), path().aigp(6)},
        Case{Step::Aigp, path().aigp(5), path()},  // RFC 7311 section 4.1
        Case{Step::Aigp, path().aigp(50).interior_cost(10), path().aigp(10).interior_cost(100)},
        Case{Step::Aigp, path().aigp(~std::uint64_t{1}).interior_cost(7), path()},
        Case{Step::InteriorCost, path().aigp(6).interior_cost(1), path().aigp(5).interior_cost(2)},
        Case{Step::AsPathLength, path().as_path({65001, 65009}),
             path().as_path({65001, 65002, 65009})},
        Case{Step::Origin, path().origin(Origin::Igp), path().origin(Origin::Egp)},
        Case{Step::Origin, path().origin(Origin::Egp), path().origin(Origin::Incomplete)},
        Case{Step::Med, path().med(10), path().med(20)},
        Case{Step::Med, path(), path().med(1)},  // absent is the lowest
        Case{Step::EbgpOverIbgp, path(), path(), ebgp_peer(10, 10), ibgp_peer(10, 10)},
        Case{Step::InteriorCost, path().interior_cost(10), path().interior_cost(20)},
        // A connected next hop wins, although the router id prefers the other path.
        Case{Step::InteriorCost, path(), path().interior_cost(1), ibgp_peer(10, 10),
             ibgp_peer(9, 10)},
        Case{Step::RouterId, path(), path(), ebgp_peer(9, 10), ebgp_peer(10, 10)},
        // RFC 4456 section 9: ORIGINATOR_ID in place of the router id.
        Case{Step::RouterId, path().originator_id(9), path(), ibgp_peer(11, 10), ibgp_peer(10, 10)},
        Case{Step::ClusterListLength, path().originator_id(5).cluster_list({1}),
             path().originator_id(5).cluster_list({1, 2}), ibgp_peer(10, 10), ibgp_peer(11, 10)},
        Case{Step::PeerAddress, path(), path(), ebgp_peer(10, 9), ebgp_peer(10, 10)},
        // One router on two links, with one link-local address on both.
        Case{Step::PeerAddress, path(), path(), on_link(1), on_link(2)},
        Case{Step::PathId, path(), path(), ebgp_peer(10, 10), ebgp_peer(10, 10), 1, 2}));

// Each step against everything that comes after it speaking for the other path.
TEST(Decision, AnEarlierStepIsNeverOverruled) {
  AttrTable table;
  const PeerRank favoured = ebgp_peer(1, 1);
  const PeerRank other = ibgp_peer(2, 2);
  PathBuilder strong = path().as_path({65001}).origin(Origin::Igp).med(0).aigp(1);
  PathBuilder weak = path().as_path({65001, 1, 2}).origin(Origin::Incomplete).med(9).aigp(9);
  const AttrHandle winner = weak.local_pref(101).egress_cost(9).intern(table);
  const AttrHandle loser = strong.local_pref(100).egress_cost(1).intern(table);
  const Candidate a{table[winner.ref()].key(), &other, 9, 0};
  const Candidate b{table[loser.ref()].key(), &favoured, 1, 0};
  EXPECT_TRUE(compare(a, b, {}).order < 0);
  EXPECT_EQ(compare(a, b, {}).step, Step::LocalPref);
}

TEST(Decision, MedSpeaksOnlyWithinOneNeighbour) {
  AttrTable table;
  const PeerRank low = ebgp_peer(1, 1);
  const PeerRank high = ebgp_peer(2, 2);
  const AttrHandle one = path().as_path({65001}).med(50).intern(table);
  const AttrHandle two = path().as_path({65002}).med(10).intern(table);
  const Candidate a{table[one.ref()].key(), &low, 0, 0};
  const Candidate b{table[two.ref()].key(), &high, 0, 0};
  EXPECT_EQ(compare(a, b, {}).step, Step::RouterId);
  EXPECT_TRUE(compare(a, b, {}).order < 0);
  const DecisionConfig always{true, EgressPosition::AfterLocalPref};
  EXPECT_EQ(compare(a, b, always).step, Step::Med);
  EXPECT_TRUE(compare(a, b, always).order > 0);
}

TEST(Decision, AnAsSetCountsOne) {
  AttrTable table;
  const PeerRank peer = ebgp_peer(1, 1);
  const AsPath aggregate(
      {{AsSegment::Type::Sequence, {65001}}, {AsSegment::Type::Set, {65002, 65003, 65004}}});
  const AttrHandle two_long = path().segments(aggregate).intern(table);
  const AttrHandle three_long = path().as_path({65001, 65002, 65003}).intern(table);
  const Candidate a{table[two_long.ref()].key(), &peer, 2, 0};
  const Candidate b{table[three_long.ref()].key(), &peer, 1, 0};
  EXPECT_EQ(compare(a, b, {}).step, Step::AsPathLength);
  EXPECT_TRUE(compare(a, b, {}).order < 0);
}

TEST(Decision, TheEgressStepStandsWhereConfigured) {
  AttrTable table;
  const PeerRank peer = ebgp_peer(1, 1);
  // Nearer, but with a longer path and a lower LOCAL_PREF.
  const AttrHandle near = path().egress_cost(10).local_pref(90).as_path({1, 2, 3}).intern(table);
  const AttrHandle preferred = path().egress_cost(20).local_pref(100).as_path({1, 2}).intern(table);
  const AttrHandle short_path = path().egress_cost(20).local_pref(90).as_path({1}).intern(table);
  const Candidate n{table[near.ref()].key(), &peer, 1, 0};
  const Candidate p{table[preferred.ref()].key(), &peer, 2, 0};
  const Candidate s{table[short_path.ref()].key(), &peer, 3, 0};

  const DecisionConfig before{false, EgressPosition::BeforeLocalPref};
  EXPECT_EQ(compare(n, p, before).step, Step::EgressCost);
  EXPECT_TRUE(compare(n, p, before).order < 0);

  const DecisionConfig after{false, EgressPosition::AfterLocalPref};
  EXPECT_EQ(compare(n, p, after).step, Step::LocalPref);
  EXPECT_TRUE(compare(n, p, after).order > 0);
  EXPECT_EQ(compare(n, s, after).step, Step::EgressCost);
  EXPECT_TRUE(compare(n, s, after).order < 0);

  const DecisionConfig after_path{false, EgressPosition::AfterAsPath};
  EXPECT_EQ(compare(n, s, after_path).step, Step::AsPathLength);
  EXPECT_TRUE(compare(n, s, after_path).order > 0);
}

TEST(Decision, EveryConfigurationTriesEveryStepOnce) {
  for (const EgressPosition position :
       {EgressPosition::BeforeLocalPref, EgressPosition::AfterLocalPref,
        EgressPosition::AfterAsPath}) {
    std::array<int, kStepCount> tried{};
    for (const Step step : steps({false, position})) ++tried[static_cast<std::size_t>(step)];
    EXPECT_EQ(tried[static_cast<std::size_t>(Step::OnlyPath)], 0);
    for (std::size_t i = 1; i < kStepCount; ++i) EXPECT_EQ(tried[i], 1) << i;
  }
  EXPECT_EQ(to_string(Step::LocalPref), "local-pref");
  EXPECT_EQ(to_string(Step::PathId), "path-id");
}

}  // namespace
}  // namespace tern::rib
