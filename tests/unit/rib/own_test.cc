// Paths that this router originates: preferred to every learned path, and without an exit.
#include <gtest/gtest.h>

#include "tests/unit/rib/rib_fixture.h"

namespace tern::rib {
namespace {

constexpr char kPrefix[] = "203.0.113.0/24";
constexpr PeerSlot kOwn = kAmsterdam;

class OwnPaths : public RibTest {
 protected:
  OwnPaths() { rib.set_peer(kOwn, {PeerKind::Own, 0, {}, 0}); }
  [[nodiscard]] Step step() const { return rib.find(unicast(prefix(kPrefix)))->step; }
};

// With any LOCAL_PREF of the learned path, and with the egress cost at any step.
TEST_F(OwnPaths, WinAgainstEveryLearnedPath) {
  for (const EgressPosition position :
       {EgressPosition::BeforeLocalPref, EgressPosition::AfterLocalPref,
        EgressPosition::AfterAsPath}) {
    rib.set_config({false, position});
    announce(kLondon, kPrefix, path().local_pref(4'000'000'000U).egress_cost(1).as_path({}));
    announce(kOwn, kPrefix, path().local_pref(0).med(7).as_path({1, 2, 3, 4}));
    announce(kBackbone, kPrefix, path().local_pref(300).as_path({}).med(3));
    EXPECT_EQ(ranking(kPrefix).front(), kOwn);
    EXPECT_EQ(step(), Step::Own);
    withdraw(kOwn, kPrefix);
    EXPECT_EQ(ranking(kPrefix).front(), kLondon);
    withdraw(kLondon, kPrefix);
    withdraw(kBackbone, kPrefix);
  }
  expect_empty();
}

// A rejected path takes no part; a new verdict brings it to the front.
TEST_F(OwnPaths, AreRankedByTheirVerdict) {
  announce(kLondon, kPrefix, path());
  reject(kOwn, kPrefix, path(), Reason::Policy);
  EXPECT_EQ(ranking(kPrefix), std::vector<PeerSlot>{kLondon});
  EXPECT_EQ(step(), Step::OnlyPath);
  announce(kOwn, kPrefix, path());
  EXPECT_EQ(ranking(kPrefix), (std::vector<PeerSlot>{kOwn, kLondon}));
  announce(kOwn, kPrefix, path().med(5));
  EXPECT_EQ(ranking(kPrefix), (std::vector<PeerSlot>{kOwn, kLondon}));
  EXPECT_EQ(step(), Step::Own);
}

// The paths behind it keep the order that MED gives them.
TEST_F(OwnPaths, LeaveTheOrderOfTheOthersAlone) {
  announce(kLondon, kPrefix, path().as_path({65001}).med(10), 1);
  announce(kLondon, kPrefix, path().as_path({65001}).med(5), 2);
  announce(kBackbone, kPrefix, path().as_path({65002}));
  const auto before = ranking(kPrefix);
  announce(kOwn, kPrefix, path().as_path({}).med(1));
  auto after = ranking(kPrefix);
  ASSERT_EQ(after.front(), kOwn);
  after.erase(after.begin());
  EXPECT_EQ(after, before);
}

// An own route leaves through no exit: it is no prefix of an unknown place, and no prefix that
// could leave nearer.
TEST_F(OwnPaths, HaveNoPlace) {
  announce(kOwn, kPrefix, path());
  EXPECT_EQ(rib.counts(kOwn).families[0].without_location, 0U);
  EXPECT_EQ(rib.egress_prefixes(kNoPlace, kNoPlace), 0U);
  announce(kLondon, kPrefix, path().place(1, 2, 30));
  EXPECT_EQ(rib.egress_suboptimal(), 0U);
  EXPECT_EQ(rib.egress_prefixes(1, 2), 0U);
  const std::uint64_t changes = rib.moves().counts()[0];
  withdraw(kOwn, kPrefix);
  EXPECT_EQ(rib.egress_prefixes(1, 2), 1U);
  announce(kOwn, kPrefix, path());
  EXPECT_EQ(rib.egress_prefixes(1, 2), 0U);
  EXPECT_EQ(rib.moves().counts()[0], changes);
  withdraw(kOwn, kPrefix);
  withdraw(kLondon, kPrefix);
  expect_empty();
}

}  // namespace
}  // namespace tern::rib
