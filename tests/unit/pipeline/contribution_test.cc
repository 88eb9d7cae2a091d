#include "bgpd/pipeline/contribution.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "rib/shards.h"
#include "tests/unit/pipeline/exchange_lan.h"
#include "tests/unit/rib/paths.h"

namespace tern::pipeline {
namespace {

const Nlri kRoute = unicast(prefix("10.1.0.0/16"));

class ContributionOf : public testing::Test {
 protected:
  static constexpr PeerSlot kFirst = 1;
  static constexpr PeerSlot kSecond = 2;

  ContributionOf() {
    shards.set_peer(kOwnSlot, {PeerKind::Own, 0, {}, 0});
    shards.set_peer(kFirst, {PeerKind::Ebgp, 1, {}, 0});
    shards.set_peer(kSecond, {PeerKind::Ebgp, 2, {}, 0});
  }
  void announce(PeerSlot peer, std::vector<Asn> as_path, Reason reason = Reason::None) {
    const rib::AttrHandle set = rib::path().as_path(std::move(as_path)).intern(shards.attributes());
    const rib::AttrRef effective = reason == Reason::None ? set.ref() : rib::AttrRef::None;
    shards[0].announce(peer, kRoute, {set.ref(), effective, reason, 0}, 1);
  }
  rib::DestId id() { return *shards[0].find_id(kRoute); }
  bool has_route(const rib::ClientSet* slots) {
    return has_route_of_neighbor(shards[0], id(), slots);
  }
  bool counts(const policy::Chain& match) {
    return contributes(shards[0], id(), {match, aggregates, nullptr, kOurAsn});
  }

  rib::Shards shards{1};
  std::vector<Prefix> aggregates{prefix("10.0.0.0/8")};
};

TEST_F(ContributionOf, ARouteOfTheGroup) {
  announce(kFirst, {65001});
  rib::ClientSet slots;
  slots.insert(kSecond);
  EXPECT_TRUE(has_route(nullptr));
  EXPECT_FALSE(has_route(&slots));
  announce(kSecond, {65002}, Reason::NextHopUnresolved);
  EXPECT_FALSE(has_route(&slots)) << "the path is rejected";
  announce(kSecond, {65002, 65010});
  EXPECT_TRUE(has_route(&slots)) << "no matter which path is the best";
}

TEST_F(ContributionOf, ARouteOfThisRouterIsNoneOfANeighbor) {
  announce(kOwnSlot, {});
  EXPECT_FALSE(has_route(nullptr));
  EXPECT_TRUE(counts({}));
}

TEST_F(ContributionOf, AnotherAggregateIsNone) {
  announce(kOwnSlot, {});
  announce(kFirst, {65001});
  aggregates.push_back(kRoute.prefix);
  EXPECT_FALSE(counts({})) << "the best path is that of the aggregate";
  shards[0].withdraw(kOwnSlot, kRoute);
  EXPECT_TRUE(counts({}));
}

TEST_F(ContributionOf, TheBestPathHasToPassThePolicies) {
  policy::TermSource origin = accept();
  origin.match.as_path_length = std::pair<std::uint32_t, std::uint32_t>{1, 1};
  const policy::Chain shortest = chain({origin});
  announce(kFirst, {65001, 65010});
  EXPECT_FALSE(counts(shortest));
  EXPECT_TRUE(counts(accept_all()));
  announce(kSecond, {65002});
  EXPECT_TRUE(counts(shortest));
}

}  // namespace
}  // namespace tern::pipeline
