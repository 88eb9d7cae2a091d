#include "rib/rib.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/unit/rib/rib_fixture.h"
#include "tests/unit/rib/session_ends.h"

namespace tern::rib {
namespace {

TEST_F(RibTest, RanksThePathsOfAPrefix) {
  announce(kBackbone, "203.0.113.0/24", path());
  announce(kLondon, "203.0.113.0/24", path());
  announce(kAmsterdam, "203.0.113.0/24", path());
  EXPECT_EQ(ranking("203.0.113.0/24"), (std::vector<PeerSlot>{kAmsterdam, kLondon, kBackbone}));
  EXPECT_EQ(rib.find(unicast(prefix("203.0.113.0/24")))->step, Step::RouterId);

  announce(kBackbone, "203.0.113.0/24", path().local_pref(200));
  EXPECT_EQ(ranking("203.0.113.0/24"), (std::vector<PeerSlot>{kBackbone, kAmsterdam, kLondon}));
  EXPECT_EQ(rib.find(unicast(prefix("203.0.113.0/24")))->step, Step::LocalPref);

  withdraw(kAmsterdam, "203.0.113.0/24");
  withdraw(kLondon, "203.0.113.0/24");
  EXPECT_EQ(rib.find(unicast(prefix("203.0.113.0/24")))->step, Step::OnlyPath);
  withdraw(kBackbone, "203.0.113.0/24");
  expect_empty();
}

TEST_F(RibTest, ARejectedPathIsKeptBehindTheAcceptedOnes) {
  reject(kAmsterdam, "203.0.113.0/24", path().local_pref(500), Reason::AsLoop);
  EXPECT_EQ(rib.find(unicast(prefix("203.0.113.0/24")))->best(), nullptr);
  EXPECT_TRUE(changes().empty());  // nobody else notices
  announce(kLondon, "203.0.113.0/24", path());
  const Destination destination = *rib.find(unicast(prefix("203.0.113.0/24")));
  ASSERT_EQ(destination.paths.size(), 2U);
  EXPECT_EQ(destination.accepted, 1U);
  EXPECT_EQ(destination.best()->peer(), kLondon);
  EXPECT_EQ(destination.paths[1].reason(), Reason::AsLoop);
  EXPECT_EQ(destination.step, Step::OnlyPath);
  EXPECT_EQ(rib.counts(kAmsterdam).rejected[static_cast<std::size_t>(Reason::AsLoop)], 1U);
  EXPECT_EQ(rib.counts(kAmsterdam).families[0].received, 1U);
  EXPECT_EQ(rib.counts(kAmsterdam).families[0].accepted, 0U);
  withdraw(kAmsterdam, "203.0.113.0/24");
  withdraw(kLondon, "203.0.113.0/24");
  expect_empty();
}

TEST_F(RibTest, ChangesAreToldOnceAndOnlyWhereSomethingChanged) {
  announce(kAmsterdam, "203.0.113.0/24", path());
  announce(kAmsterdam, "203.0.113.0/24", path().med(1));
  announce(kAmsterdam, "198.51.100.0/24", path());
  EXPECT_EQ(changes(), (std::vector<Prefix>{prefix("203.0.113.0/24"), prefix("198.51.100.0/24")}));
  announce(kAmsterdam, "203.0.113.0/24", path().med(1));  // the same again
  EXPECT_TRUE(changes().empty());
  withdraw(kLondon, "203.0.113.0/24");  // never had it
  withdraw(kAmsterdam, "192.0.2.0/24");
  EXPECT_TRUE(changes().empty());
  announce(kLondon, "203.0.113.0/24", path().local_pref(1));  // a second best is a change too
  EXPECT_EQ(changes(), std::vector<Prefix>{prefix("203.0.113.0/24")});
}

TEST_F(RibTest, AnEqualPathKeepsItsAge) {
  announce(kAmsterdam, "203.0.113.0/24", path(), 0, 1000);
  announce(kAmsterdam, "203.0.113.0/24", path(), 0, 2000);
  EXPECT_EQ(rib.find(unicast(prefix("203.0.113.0/24")))->best()->since, 1000U);
  announce(kAmsterdam, "203.0.113.0/24", path().med(5), 0, 3000);
  EXPECT_EQ(rib.find(unicast(prefix("203.0.113.0/24")))->best()->since, 3000U);
}

TEST_F(RibTest, PathIdentifiersAreSeparatePaths) {
  announce(kAmsterdam, "203.0.113.0/24", path().med(2), 7);
  announce(kAmsterdam, "203.0.113.0/24", path().med(1), 8);
  const Destination destination = *rib.find(unicast(prefix("203.0.113.0/24")));
  ASSERT_EQ(destination.accepted, 2U);
  EXPECT_EQ(destination.path_id(0), 8U);
  EXPECT_EQ(destination.step, Step::Med);
  EXPECT_NE(rib.find(kAmsterdam, unicast(prefix("203.0.113.0/24"), 7)), nullptr);
  EXPECT_EQ(rib.find(kAmsterdam, unicast(prefix("203.0.113.0/24"))), nullptr);
  EXPECT_EQ(rib.find(kLondon, unicast(prefix("203.0.113.0/24"), 7)), nullptr);
  withdraw(kAmsterdam, "203.0.113.0/24", 8);
  EXPECT_EQ(rib.find(unicast(prefix("203.0.113.0/24")))->path_id(0), 7U);
}

TEST_F(RibTest, OurPathIdentifiersAreUniqueAndStay) {
  const auto local_ids = [&] {
    std::vector<std::uint32_t> ids;
    const Destination destination = *rib.find(unicast(prefix("203.0.113.0/24")));
    for (std::size_t i = 0; i < destination.paths.size(); ++i) {
      ids.push_back(destination.local_id(i));
    }
    return ids;
  };
  constexpr std::uint32_t kFirst = kMostPeerSlots + 1;  // above what paths without ids are called
  for (std::uint32_t id = 1; id <= 5; ++id)
    announce(kAmsterdam, "203.0.113.0/24", path().med(id), id);
  EXPECT_EQ(local_ids(),
            (std::vector<std::uint32_t>{kFirst, kFirst + 1, kFirst + 2, kFirst + 3, kFirst + 4}));
  announce(kAmsterdam, "203.0.113.0/24", path().med(9), 1);  // goes last, keeps its name
  EXPECT_EQ(local_ids().back(), kFirst);
  withdraw(kAmsterdam, "203.0.113.0/24", 3);
  announce(kLondon, "203.0.113.0/24", path());
  EXPECT_EQ(rib.find(unicast(prefix("203.0.113.0/24")))->best()->peer(), kLondon);
  EXPECT_EQ(local_ids().front(), kLondon + 1);  // the only one of its peer
  announce(kLondon, "203.0.113.0/24", path().local_pref(500), 77);
  EXPECT_EQ(local_ids().front(), kFirst + 2);  // the free one
}

// A peer may name 2^32 paths of one prefix. Ours stay unique, and finding one stays cheap.
TEST_F(RibTest, OurPathIdentifiersDoNotRunOut) {
  const AttrHandle handle = path().intern(rib.attributes());
  constexpr std::uint32_t kPaths = 3000;
  for (std::uint32_t id = 0; id < kPaths; ++id) {
    rib.announce(kAmsterdam, unicast(prefix("203.0.113.0/24"), id),
                 {handle.ref(), AttrRef::None, Reason::Policy, 0}, 1);
  }
  std::set<std::uint32_t> taken;
  const Destination destination = *rib.find(unicast(prefix("203.0.113.0/24")));
  for (std::size_t i = 0; i < kPaths; ++i) {
    ASSERT_LE(destination.local_id(i), kMostPeerSlots + kPaths);
    ASSERT_TRUE(taken.insert(destination.local_id(i)).second);
  }
}

TEST_F(RibTest, SweepTakesWhatWasNotHeardAgain) {
  announce(kAmsterdam, "203.0.113.0/24", path());
  announce(kAmsterdam, "198.51.100.0/24", path());
  announce(kAmsterdam, "2001:db8::/32", path());
  announce(kLondon, "198.51.100.0/24", path());
  take_changes(rib);
  rib.change_epoch(kAmsterdam, Family::Ipv4Unicast, EpochChange::BeginIfFew);
  announce(kAmsterdam, "203.0.113.0/24", path());  // equal, but heard
  EXPECT_EQ(rib.expired_paths(), 0U);
  rib.change_epoch(kAmsterdam, Family::Ipv4Unicast, EpochChange::ExpireOlder);
  EXPECT_EQ(rib.expired_paths(), 1U);
  sweep();
  EXPECT_EQ(ranking("203.0.113.0/24"), std::vector<PeerSlot>{kAmsterdam});
  EXPECT_EQ(ranking("198.51.100.0/24"), std::vector<PeerSlot>{kLondon});
  EXPECT_EQ(ranking("2001:db8::/32"), std::vector<PeerSlot>{kAmsterdam});  // another family
  EXPECT_EQ(changes(), std::vector<Prefix>{prefix("198.51.100.0/24")});
  end_session(rib, kAmsterdam);
  end_session(rib, kLondon);
  sweep();
  expect_empty();
}

// Taking one path away may change the order of the others (deterministic MED), and the sweep must
// still come by all of them.
TEST_F(RibTest, SweepMissesNothingWhenTheOrderChanges) {
  // Without the first path of AS 65001 its second goes ahead of the one of AS 65002.
  announce(kAmsterdam, "203.0.113.0/24", path().as_path({65002}), 1);  // router id 10
  announce(kAmsterdam, "203.0.113.0/24", path().as_path({65001}).med(1).originator_id(0x0A000000),
           2);
  rib.set_peer(kLondon, ebgp_peer(5, 5));
  announce(kLondon, "203.0.113.0/24", path().as_path({65001}).med(2));
  ASSERT_EQ(ranking("203.0.113.0/24"), (std::vector<PeerSlot>{kAmsterdam, kAmsterdam, kLondon}));
  end_session(rib, kAmsterdam);
  sweep();
  EXPECT_EQ(ranking("203.0.113.0/24"), std::vector<PeerSlot>{kLondon});
  EXPECT_EQ(rib.counts(kAmsterdam).families[0].received, 0U);
}

TEST_F(RibTest, ReviseChangesTheVerdictAlone) {
  announce(kAmsterdam, "203.0.113.0/24", path(), 0, 1000);
  const DestId id = *rib.find_id(unicast(prefix("203.0.113.0/24")));
  const AttrRef received = rib.destination(id).received(0);
  take_changes(rib);
  rib.revise(id, 0, {received, AttrRef::None, Reason::Policy, 0});
  EXPECT_EQ(rib.destination(id).accepted, 0U);
  EXPECT_EQ(rib.table(Family::Ipv4Unicast).prefixes, 0U);
  EXPECT_EQ(changes().size(), 1U);
  {
    const AttrHandle preferred = path().local_pref(300).intern(rib.attributes());
    rib.revise(id, 0, {received, preferred.ref(), Reason::None, 0});
    EXPECT_EQ(changes().size(), 1U);
    rib.revise(id, 0, {received, preferred.ref(), Reason::None, 0});  // the same verdict
    EXPECT_TRUE(changes().empty());
  }
  EXPECT_EQ(rib.attributes()[rib.destination(id).best()->effective()].key().local_pref, 300U);
  withdraw(kAmsterdam, "203.0.113.0/24");
  expect_empty();
}

TEST_F(RibTest, CountsPrefixesByThePlaceOfTheBest) {
  announce(kAmsterdam, "203.0.113.0/24", path().place(4, 1, 900));
  EXPECT_EQ(rib.egress_prefixes(4, 1), 1U);
  EXPECT_EQ(rib.moves().counts()[0], 0U);
  announce(kLondon, "203.0.113.0/24", path().place(4, 2, 500));  // nearer
  EXPECT_EQ(rib.egress_prefixes(4, 1), 0U);
  EXPECT_EQ(rib.egress_prefixes(4, 2), 1U);
  EXPECT_EQ(rib.moves().counts()[0], 1U);
  EXPECT_EQ(rib.find(unicast(prefix("203.0.113.0/24")))->step, Step::EgressCost);
  announce(kLondon, "198.51.100.0/24", path());
  EXPECT_EQ(rib.egress_prefixes(kNoPlace, kNoPlace), 1U);
  EXPECT_EQ(rib.counts(kLondon).families[0].without_location, 1U);
  EXPECT_EQ(rib.counts(kAmsterdam).families[0].without_location, 0U);
  withdraw(kLondon, "203.0.113.0/24");
  EXPECT_EQ(rib.egress_prefixes(4, 1), 1U);
  EXPECT_EQ(rib.moves().counts()[0], 2U);
  withdraw(kAmsterdam, "203.0.113.0/24");
  withdraw(kLondon, "198.51.100.0/24");
  EXPECT_EQ(rib.egress_prefixes(4, 1), 0U);
  EXPECT_EQ(rib.egress_prefixes(kNoPlace, kNoPlace), 0U);
  expect_empty();
}

TEST_F(RibTest, CountsBestChangesByTheStepThatDecided) {
  announce(kAmsterdam, "203.0.113.0/24", path());
  announce(kLondon, "203.0.113.0/24", path().local_pref(200));
  announce(kBackbone, "203.0.113.0/24", path().local_pref(150));  // the best stays
  const TableCounts& table = rib.table(Family::Ipv4Unicast);
  EXPECT_EQ(table.best_changes, 2U);
  EXPECT_EQ(table.paths, 3U);
  EXPECT_EQ(table.prefixes, 1U);
  EXPECT_EQ(rib.decisions()[static_cast<std::size_t>(Step::OnlyPath)], 1U);
  EXPECT_EQ(rib.decisions()[static_cast<std::size_t>(Step::LocalPref)], 1U);
}

TEST_F(RibTest, ANewConfigurationRanksWhenAsked) {
  announce(kAmsterdam, "203.0.113.0/24", path().egress_cost(900).local_pref(200));
  announce(kLondon, "203.0.113.0/24", path().egress_cost(100).local_pref(100));
  const DestId id = *rib.find_id(unicast(prefix("203.0.113.0/24")));
  take_changes(rib);
  rib.set_config({false, EgressPosition::BeforeLocalPref});
  EXPECT_EQ(rib.destination(id).best()->peer(), kAmsterdam);
  rib.rank(id);
  EXPECT_EQ(rib.destination(id).best()->peer(), kLondon);
  EXPECT_EQ(take_changes(rib), std::vector<DestId>{id});
}

TEST_F(RibTest, RankingAnewIsAChangeOnlyWhereSomebodyCouldTell) {
  announce(kAmsterdam, "203.0.113.0/24", path().as_path({65001}).med(5));
  announce(kLondon, "203.0.113.0/24", path().as_path({65002}).med(1));
  announce(kAmsterdam, "198.51.100.0/24", path().as_path({65001}));
  announce(kLondon, "198.51.100.0/24", path().as_path({65002, 65003}));
  // From a vantage the order may be another than before, though ours is not.
  announce(kAmsterdam, "192.0.2.0/24", path().egress_cost(900).local_pref(200));
  announce(kLondon, "192.0.2.0/24", path().egress_cost(900));
  take_changes(rib);
  rib.set_config({true, EgressPosition::AfterLocalPref});
  for (DestId id = 0; id < rib.end(); ++id) rib.rank(id);
  EXPECT_EQ(ranking("203.0.113.0/24"), (std::vector<PeerSlot>{kLondon, kAmsterdam}));
  EXPECT_EQ(ranking("198.51.100.0/24"), (std::vector<PeerSlot>{kAmsterdam, kLondon}));
  EXPECT_EQ(changes(), (std::vector<Prefix>{prefix("203.0.113.0/24"), prefix("192.0.2.0/24")}));
}

TEST_F(RibTest, ANewRankOfAPeerConcernsWhereItHasPaths) {
  announce(kAmsterdam, "203.0.113.0/24", path());
  announce(kLondon, "203.0.113.0/24", path());
  announce(kAmsterdam, "198.51.100.0/24", path());
  announce(kLondon, "192.0.2.0/24", path());
  reject(kLondon, "192.0.3.0/24", path(), Reason::Policy);
  take_changes(rib);
  rib.set_peer(kLondon, ebgp_peer(5, 20));  // another router id, now the lowest
  for (DestId id = 0; id < rib.end(); ++id) rib.rank(id, only(kLondon));
  EXPECT_EQ(ranking("203.0.113.0/24"), (std::vector<PeerSlot>{kLondon, kAmsterdam}));
  // Its path alone has the rank it had, but clients may be told the router id.
  EXPECT_EQ(changes(), (std::vector<Prefix>{prefix("203.0.113.0/24"), prefix("192.0.2.0/24")}));
}

// Between set_peer() and rank() a path is placed among others that are not in order, and the one
// that is out of it may leave before rank() comes by.
TEST_F(RibTest, ANewRankOfAPeerThatHasLeftPutsTheOthersRight) {
  for (PeerSlot peer = 3; peer <= 6; ++peer) rib.set_peer(peer, ebgp_peer(10 * peer, 10 * peer));
  announce(3, "203.0.113.0/24", path());
  announce(4, "203.0.113.0/24", path());
  announce(5, "203.0.113.0/24", path());
  const DestId id = *rib.find_id(unicast(prefix("203.0.113.0/24")));
  rib.set_peer(4, ebgp_peer(99, 40));  // the last from now on, but still in the middle
  announce(6, "203.0.113.0/24", path());
  withdraw(4, "203.0.113.0/24");
  take_changes(rib);
  rib.rank(id, only(4));
  EXPECT_EQ(ranking("203.0.113.0/24"), (std::vector<PeerSlot>{3, 5, 6}));
  EXPECT_EQ(take_changes(rib), std::vector<DestId>{id});
  rib.rank(id, only(4));  // nothing is out of order, and it has no path
  EXPECT_TRUE(take_changes(rib).empty());
}

// A flood that is told of in slices while it goes on: each change once, in order.
TEST_F(RibTest, ChangesAreTakenWhileMoreCome) {
  std::vector<DestId> taken;
  std::vector<DestId> all;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const std::string text = Prefix::v4((10U << 24U) | (i << 8U), 24).to_string();
    announce(kAmsterdam, text.c_str(), path());
    if (i % 3 != 0) continue;
    std::vector<DestId> some;
    rib.take_changes(i % 5, some);
    taken.insert(taken.end(), some.begin(), some.end());
  }
  while (rib.has_changes()) {
    std::vector<DestId> some;
    rib.take_changes(7, some);
    ASSERT_FALSE(some.empty());
    taken.insert(taken.end(), some.begin(), some.end());
  }
  for (DestId id = 0; id < 1000; ++id) all.push_back(id);
  EXPECT_EQ(taken, all);
}

// Paths are placed by their digests, which have the egress cost in its usual place.
TEST_F(RibTest, OtherPlacesOfTheEgressStepRankPathsAsTheyCome) {
  for (const EgressPosition position :
       {EgressPosition::BeforeLocalPref, EgressPosition::AfterAsPath}) {
    DecisionConfig config;
    config.egress_position = position;
    rib.set_config(config);
    announce(kLondon, "203.0.113.0/24", path().as_path({65002}).local_pref(200).egress_cost(20));
    announce(kAmsterdam, "203.0.113.0/24", path().as_path({65001}));  // the lower router id
    EXPECT_EQ(ranking("203.0.113.0/24"), (std::vector<PeerSlot>{kLondon, kAmsterdam}));
    EXPECT_EQ(rib.find(unicast(prefix("203.0.113.0/24")))->step,
              position == EgressPosition::BeforeLocalPref ? Step::EgressCost : Step::LocalPref);
    withdraw(kAmsterdam, "203.0.113.0/24");
    withdraw(kLondon, "203.0.113.0/24");
  }
}

// Other steps than the cost decide wherever it stands, also between paths of two neighbours.
TEST_F(RibTest, ALaterCostLeavesTheOtherStepsInPlace) {
  for (const EgressPosition position :
       {EgressPosition::BeforeLocalPref, EgressPosition::AfterAsPath}) {
    rib.set_config({false, position});
    announce(kAmsterdam, "203.0.113.0/24", path().as_path({65001, 65100, 65200}));
    announce(kLondon, "203.0.113.0/24", path().as_path({65002, 65100}));
    EXPECT_EQ(ranking("203.0.113.0/24"), (std::vector<PeerSlot>{kLondon, kAmsterdam}));
    EXPECT_EQ(rib.find(unicast(prefix("203.0.113.0/24")))->step, Step::AsPathLength);
    withdraw(kAmsterdam, "203.0.113.0/24");
    withdraw(kLondon, "203.0.113.0/24");
  }
  expect_empty();
}

// ---- Many paths of one prefix

// As a neighbour with Add-Path sends them, and one that means no good: to rank each by itself would
// take minutes.
TEST_F(RibTest, AsManyPathsAsThereCanBeAreRankedRunByRun) {
  constexpr std::uint32_t kPaths = DestinationTable::kMostPaths - 1;
  constexpr std::uint32_t kBurst = 256;
  std::vector<AttrHandle> sets;
  std::vector<Rib::Announcement> burst;
  std::vector<Nlri> gone;
  for (std::uint32_t i = 0; i < kPaths; ++i) {
    sets.push_back(path().med(kPaths - i).intern(attributes));
    const Import import{sets.back().ref(), sets.back().ref(), Reason::None, 0};
    burst.push_back({unicast(prefix("203.0.113.0/24"), i + 1), import});
    gone.push_back(burst.back().nlri);
    if (burst.size() < kBurst && i + 1 < kPaths) continue;
    rib.announce(kAmsterdam, burst, 1000);
    burst.clear();
  }
  const Destination destination = *rib.find(unicast(prefix("203.0.113.0/24")));
  ASSERT_EQ(destination.accepted, kPaths);
  for (std::uint32_t i = 0; i < kPaths; ++i) ASSERT_EQ(destination.path_id(i), kPaths - i);
  EXPECT_EQ(changes().size(), 1U);
  announce(kAmsterdam, "203.0.113.0/24", path(), kPaths + 1);
  EXPECT_EQ(rib.paths_refused(), 1U);
  // The last place is for this router.
  rib.set_peer(kLondon, {PeerKind::Own, 0, {}, 0});
  announce(kLondon, "203.0.113.0/24", path());
  EXPECT_EQ(rib.paths_refused(), 1U);
  EXPECT_EQ(rib.find(unicast(prefix("203.0.113.0/24")))->best()->peer(), kLondon);
  withdraw(kLondon, "203.0.113.0/24");
  sets.clear();
  rib.withdraw(kAmsterdam, std::span(gone).first(kPaths / 2));
  end_session(rib, kAmsterdam);
  sweep();
  expect_empty();
}

TEST_F(RibTest, APeerHasAsManyPathsOfAPrefixAsItMay) {
  rib.set_most_paths(kAmsterdam, 2);
  for (std::uint32_t id = 1; id <= 4; ++id) announce(kAmsterdam, "203.0.113.0/24", path(), id);
  announce(kLondon, "203.0.113.0/24", path(), 1);
  EXPECT_EQ(rib.find(unicast(prefix("203.0.113.0/24")))->paths.size(), 3U);
  EXPECT_EQ(rib.counts(kAmsterdam).paths_refused, 2U);
  EXPECT_EQ(rib.counts(kLondon).paths_refused, 0U);
  EXPECT_EQ(rib.paths_refused(), 2U);
  announce(kAmsterdam, "203.0.113.0/24", path().med(7), 2);  // in the place of one
  EXPECT_EQ(rib.counts(kAmsterdam).paths_refused, 2U);
  withdraw(kAmsterdam, "203.0.113.0/24", 1);
  announce(kAmsterdam, "203.0.113.0/24", path(), 3);
  EXPECT_NE(rib.find(kAmsterdam, unicast(prefix("203.0.113.0/24"), 3)), nullptr);
  announce(kAmsterdam, "198.51.100.0/24", path(), 9);
  EXPECT_EQ(rib.counts(kAmsterdam).paths_refused, 2U);
}

// A sweep drops the stale paths only later, and the neighbor does not announce refused paths again.
TEST_F(RibTest, StalePathsTakeNoPlaceFromThoseOfTheNextSession) {
  rib.set_most_paths(kAmsterdam, 2);
  for (std::uint32_t id = 1; id <= 2; ++id) announce(kAmsterdam, "203.0.113.0/24", path(), id);
  end_session(rib, kAmsterdam);
  for (std::uint32_t id = 11; id <= 13; ++id) announce(kAmsterdam, "203.0.113.0/24", path(), id);
  EXPECT_EQ(rib.counts(kAmsterdam).paths_refused, 1U);
  sweep();
  EXPECT_EQ(rib.find(unicast(prefix("203.0.113.0/24")))->paths.size(), 2U);
  for (const std::uint32_t id : {11U, 12U}) {
    EXPECT_NE(rib.find(kAmsterdam, unicast(prefix("203.0.113.0/24"), id)), nullptr);
  }
}

TEST(Rib, APeerWithoutRoomForItsNewPathsIsNamedOnce) {
  AttrTable attributes;
  Rib rib(attributes, {}, 2 * BlockSpace::kSpanOctets);
  rib.set_peer(kAmsterdam, ebgp_peer(10, 10));
  const AttrHandle first = path().intern(attributes);
  const AttrHandle second = path().med(7).intern(attributes);
  const auto nth = [](std::uint32_t n) { return unicast(Prefix::v4(n << 8U, 24)); };
  const auto announce = [&](std::uint32_t n, const AttrHandle& set) {
    rib.announce(kAmsterdam, nth(n), {set.ref(), set.ref(), Reason::None, 0}, 1000);
  };
  std::uint32_t count = 0;
  while (!rib.has_starved()) announce(count++, first);
  EXPECT_GT(count, 100'000U);
  announce(count, first);
  EXPECT_EQ(rib.take_starved(), std::vector<PeerSlot>{kAmsterdam});
  EXPECT_FALSE(rib.has_starved());
  EXPECT_EQ(rib.find(kAmsterdam, nth(count)), nullptr);
  // Paths in the table are replaced and withdrawn as before.
  announce(0, second);
  EXPECT_EQ(rib.find(kAmsterdam, nth(0))->effective(), second.ref());
  EXPECT_FALSE(rib.has_starved());
  for (std::uint32_t n = 0; n < count; ++n) rib.withdraw(kAmsterdam, nth(n));
  announce(count, first);
  EXPECT_FALSE(rib.has_starved());
}

// ---- Epochs

TEST_F(RibTest, WhatIsHeardAgainInTheNextSessionStays) {
  announce(kAmsterdam, "203.0.113.0/24", path());
  announce(kAmsterdam, "198.51.100.0/24", path());
  take_changes(rib);
  end_session(rib, kAmsterdam);
  EXPECT_EQ(rib.expired_paths(), 2U);
  EXPECT_EQ(rib.find(kAmsterdam, unicast(prefix("203.0.113.0/24"))),
            nullptr);  // not of this session
  announce(kAmsterdam, "203.0.113.0/24", path());
  EXPECT_NE(rib.find(kAmsterdam, unicast(prefix("203.0.113.0/24"))), nullptr);
  EXPECT_EQ(rib.expired_paths(), 1U);
  EXPECT_EQ(rib.epochs(kAmsterdam, Family::Ipv4Unicast).live(), 1U);
  sweep();
  EXPECT_EQ(changes(), std::vector<Prefix>{prefix("198.51.100.0/24")});
}

// One sweep takes what is stale of everybody; with as many sessions as there are numbers for epochs
// and nobody sweeping, the last of them waits for it.
TEST_F(RibTest, SessionsThatEndFasterThanAnybodySweepsLeaveNothing) {
  for (int session = 0; session < 600; ++session) {
    const std::string text =
        "10." + std::to_string(session / 250) + "." + std::to_string(session % 250) + ".0/24";
    announce(kAmsterdam, text.c_str(), path());
    end_session(rib, kAmsterdam);
  }
  EXPECT_LE(rib.expired_paths(), 300U);
  announce(kLondon, "203.0.113.0/24", path());
  announce(kAmsterdam, "203.0.113.0/24", path());
  for (int i = 0; i < 200; ++i)
    rib.change_epoch(kLondon, Family::Ipv4Unicast, EpochChange::BeginIfFew);
  end_session(rib, kLondon);
  sweep();
  EXPECT_EQ(ranking("203.0.113.0/24"), std::vector<PeerSlot>{kAmsterdam});
  end_session(rib, kAmsterdam);
  sweep();
  expect_empty();
}

// ---- Families

TEST_F(RibTest, OnePrefixInTwoFamiliesIsTwoDestinations) {
  const Nlri in_unicast = unicast(prefix("203.0.113.0/24"));
  const Nlri in_multicast{in_unicast.prefix, Family::Ipv4Multicast};
  const auto say = [&](PeerSlot peer, const Nlri& nlri) {
    const AttrHandle set = path().intern(rib.attributes());
    rib.announce(peer, nlri, {set.ref(), set.ref(), Reason::None, 0}, 1000);
  };
  say(kAmsterdam, in_unicast);
  EXPECT_FALSE(rib.find_id(in_multicast));
  say(kAmsterdam, in_multicast);
  say(kLondon, in_multicast);
  ASSERT_NE(rib.find_id(in_unicast), rib.find_id(in_multicast));
  EXPECT_EQ(rib.find(in_unicast)->paths.size(), 1U);
  EXPECT_EQ(rib.find(in_multicast)->paths.size(), 2U);
  EXPECT_EQ(rib.find(in_multicast)->nlri(), in_multicast);
  EXPECT_EQ(rib.table(Family::Ipv4Unicast).paths, 1U);
  EXPECT_EQ(rib.table(Family::Ipv4Multicast).paths, 2U);
  EXPECT_EQ(rib.counts(kAmsterdam).families[index(Family::Ipv4Multicast)].received, 1U);

  // Nothing of the one is an answer for the other.
  rib.withdraw(kAmsterdam, in_unicast);
  EXPECT_EQ(rib.find(kAmsterdam, in_unicast), nullptr);
  EXPECT_NE(rib.find(kAmsterdam, in_multicast), nullptr);
  EXPECT_FALSE(rib.find_accepted(in_unicast));
  EXPECT_EQ(rib.find_accepted(in_multicast), rib.find_id(in_multicast));
}

}  // namespace
}  // namespace tern::rib
