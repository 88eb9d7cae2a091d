#include "bgpd/pipeline/next_hop_covers.h"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include "bgpd/pipeline/next_hops.h"
#include "tests/unit/pipeline/exchange_lan.h"
#include "tests/unit/pipeline/fake_kernel.h"
#include "tests/unit/rib/paths.h"

namespace tern::pipeline {
namespace {

using Addresses = std::vector<IpAddress>;
using std::chrono::seconds;

const IpAddress kFar = address("10.1.0.1");      // only received routes lead there
const IpAddress kFarther = address("10.2.0.1");  // the same
const IpAddress kNear = address("192.0.2.1");    // the kernel leads there

NextHopCover cover(const char* of, const IpAddress& next_hop) { return {prefix(of), next_hop}; }

// ---- Covers

TEST(NextHopCovers, AWayMayGoOverSeveral) {
  NextHopCovers covers;
  EXPECT_TRUE(covers.set(kFar, cover("10.1.0.0/16", kNear)));
  EXPECT_TRUE(covers.set(kFarther, cover("10.2.0.0/16", kFar)));
  EXPECT_FALSE(covers.set(kFarther, cover("10.2.0.0/16", kFar))) << "the same";
  EXPECT_EQ(covers.behind(kFarther), kNear);
  EXPECT_EQ(covers.behind(kNear), std::nullopt);
  EXPECT_TRUE(covers.leads_to(kFar));
  EXPECT_FALSE(covers.leads_to(kFarther));
  Addresses led;
  covers.add_led(prefix("192.0.2.0/24"), led);
  EXPECT_EQ(led, (Addresses{kFar, kFarther}));
  led = {kFar};
  covers.add_led(prefix("10.1.0.1/32"), led);
  EXPECT_EQ(led, (Addresses{kFar, kFarther}));
  EXPECT_TRUE(covers.set(kFar, std::nullopt));
  EXPECT_EQ(covers.behind(kFarther), kFar);
}

TEST(NextHopCovers, NoWayLeadsBack) {
  NextHopCovers covers;
  EXPECT_FALSE(covers.set(kFar, cover("10.1.0.0/16", kFar)));
  EXPECT_TRUE(covers.set(kFar, cover("10.1.0.0/16", kFarther)));
  EXPECT_FALSE(covers.set(kFarther, cover("10.2.0.0/16", kFar)));
  EXPECT_EQ(covers.behind(kFar), kFarther);
}

TEST(NextHopCovers, LongWaysLeadNowhere) {
  NextHopCovers covers;
  const auto at = [](std::size_t i) {
    return IpAddress::v4(0x0A000001U + (std::uint32_t(i) << 8U));
  };
  std::size_t set = 0;
  while (covers.set(at(set), cover("10.0.0.0/8", set == 0 ? kNear : at(set - 1)))) ++set;
  EXPECT_EQ(set, NextHopCovers::kMost);
  EXPECT_EQ(covers.behind(at(set - 1)), kNear);
}

// ---- The best route that leads to a next hop

class FindCover : public testing::Test {
 protected:
  static constexpr PeerSlot kOwn = 0;
  static constexpr PeerSlot kExit = 1;

  FindCover() {
    shards.set_peer(kOwn, {PeerKind::Own, 0, {}, 0});
    shards.set_peer(kExit, {PeerKind::Ibgp, 1, {}, 0});
  }
  void announce(PeerSlot peer, const char* of, const IpAddress& next_hop) {
    const Nlri nlri = unicast(prefix(of));
    const rib::AttrHandle set = rib::path().next_hop(next_hop).intern(shards.attributes());
    shards[shards.index_of(nlri)].announce(peer, nlri, {set.ref(), set.ref(), Reason::None, 0}, 1);
  }
  std::optional<NextHopCover> find(const IpAddress& of, bool via_default = false) {
    return find_cover(shards, covers, of, via_default);
  }

  rib::Shards shards{3};
  NextHopCovers covers;
};

TEST_F(FindCover, IsTheMostSpecificRoute) {
  EXPECT_EQ(find(kFar), std::nullopt);
  announce(kExit, "10.0.0.0/8", kNear);
  announce(kExit, "10.1.0.0/16", kFarther);
  EXPECT_EQ(find(kFar), cover("10.1.0.0/16", kFarther));
  EXPECT_EQ(find(kFarther), cover("10.0.0.0/8", kNear));
  EXPECT_EQ(find(kNear), std::nullopt);
}

// Packets for our own network that nothing more specific takes are to be dropped here.
TEST_F(FindCover, IsNoneWhereTheBestRouteLeadsToNoExit) {
  announce(kExit, "10.0.0.0/8", kNear);
  announce(kOwn, "10.1.0.0/24", kNear);
  EXPECT_EQ(find(kFar), std::nullopt);
  announce(kExit, "10.2.0.0/24", address("fe80::7"));
  EXPECT_EQ(find(kFarther), std::nullopt) << "on which link?";
}

// A route to its own next hop, and a route whose next hop is reached over the address.
TEST_F(FindCover, DoesNotLeadThroughTheAddress) {
  announce(kExit, "10.1.0.0/24", kFar);
  EXPECT_EQ(find(kFar), std::nullopt);
  announce(kExit, "10.0.0.0/8", kNear);
  EXPECT_EQ(find(kFar), cover("10.0.0.0/8", kNear));
  announce(kExit, "10.1.0.0/28", kFarther);
  ASSERT_TRUE(covers.set(kFarther, cover("10.2.0.0/16", kFar)));
  EXPECT_EQ(find(kFar), cover("10.0.0.0/8", kNear));
}

TEST_F(FindCover, IsADefaultRouteWhereItMayBe) {
  announce(kExit, "0.0.0.0/0", kNear);
  announce(kExit, "::/0", kNear);
  EXPECT_EQ(find(kFar), std::nullopt);
  EXPECT_EQ(find(kFar, true), cover("0.0.0.0/0", kNear));
  EXPECT_EQ(find(address("2001:db8::7"), true), cover("::/0", kNear));
}

// ---- Next hops with covers

class CoveredNextHops : public testing::Test {
 protected:
  CoveredNextHops() {
    settings.via_bgp = true;
    next_hops.set_settings(settings);
    kernel.set_metric(kNear, 20);
  }
  NextHopState state(const IpAddress& of) { return next_hops.show(of)->used.state; }
  NextHopAnswer find_next_hop(const IpAddress& of) { return next_hops.find(of, PeerSlot{1}); }

  FakeKernel kernel;
  NextHopSettings settings;
  NextHops next_hops{kernel};
};

TEST_F(CoveredNextHops, HaveTheMetricOfTheLastOne) {
  EXPECT_FALSE(find_next_hop(kFar).resolved);
  EXPECT_TRUE(find_next_hop(kNear).resolved);
  EXPECT_EQ(next_hops.open({}, 9), Addresses{kFar});
  EXPECT_TRUE(next_hops.set_cover(kFar, cover("10.1.0.0/16", kNear)));
  EXPECT_EQ(next_hops.concerned(prefix("10.1.0.1/32")), Addresses{kFar});
  EXPECT_TRUE(next_hops.look_again(kFar, seconds(1)));
  EXPECT_EQ(find_next_hop(kFar), (NextHopAnswer{true, 20}));
  EXPECT_EQ(state(kFar), NextHopState::Bgp);
  EXPECT_EQ(next_hops.show(kFar)->used.prefix, prefix("10.1.0.0/16"));
  EXPECT_EQ(next_hops.show(kFar)->used.gateway, kNear);
  EXPECT_EQ(next_hops.behind(kFar), kNear);
  EXPECT_EQ(next_hops.open({}, 9), Addresses{kFar}) << "the cover may go";

  kernel.set_metric(kNear, 30);
  EXPECT_EQ(next_hops.concerned(prefix("192.0.2.0/24")), (Addresses{kNear, kFar}));
  EXPECT_TRUE(next_hops.look_again(kFar, seconds(2)));
  EXPECT_EQ(find_next_hop(kFar).metric, 30U);
  kernel.routes.erase(kNear);
  EXPECT_TRUE(next_hops.look_again(kFar, seconds(3)));
  EXPECT_EQ(state(kFar), NextHopState::NoRoute);
}

TEST_F(CoveredNextHops, GoByTheKernelAndByEntriesFirst) {
  (void)find_next_hop(kFar);
  EXPECT_TRUE(next_hops.set_cover(kFar, cover("10.1.0.0/16", kNear)));
  kernel.set_metric(kFar, 7);
  EXPECT_TRUE(next_hops.look_again(kFar, seconds(1)));
  EXPECT_EQ(state(kFar), NextHopState::Kernel);
  EXPECT_TRUE(next_hops.open({}, 9).empty());
  EXPECT_EQ(next_hops.behind(kFar), std::nullopt);
  EXPECT_FALSE(next_hops.set_cover(kFar, cover("10.1.0.0/16", kNear)));

  StaticNextHop entry;
  entry.prefix = prefix("10.2.0.0/16");
  entry.via = address("198.51.100.9");
  settings.statics = {entry};
  next_hops.set_settings(settings);
  EXPECT_FALSE(find_next_hop(kFarther).resolved);
  EXPECT_TRUE(next_hops.open({}, 9).empty()) << "an entry that leads nowhere is an answer";
}

TEST_F(CoveredNextHops, GoByANewEntry) {
  (void)find_next_hop(kFar);
  EXPECT_TRUE(next_hops.set_cover(kFar, cover("10.1.0.0/16", kNear)));
  EXPECT_TRUE(next_hops.look_again(kFar, seconds(1)));
  StaticNextHop entry;
  entry.prefix = prefix("10.1.0.0/16");
  entry.via = address("198.51.100.9");
  settings.statics = {entry};
  next_hops.set_settings(settings);
  EXPECT_TRUE(next_hops.look_again(kFar, seconds(2)));
  EXPECT_EQ(state(kFar), NextHopState::NoRoute);
  EXPECT_EQ(next_hops.behind(kFar), std::nullopt);
}

// The next hop in between is resolved by the kernel from now on. The order of addresses is that of
// look-ups.
TEST_F(CoveredNextHops, AreLookedUpAgainBehindACoverThatGoes) {
  const IpAddress before = address("10.0.0.1");
  for (const IpAddress& each : {before, kFar, kFarther}) (void)find_next_hop(each);
  EXPECT_TRUE(next_hops.set_cover(kFar, cover("10.1.0.0/16", kNear)));
  EXPECT_TRUE(next_hops.set_cover(before, cover("10.0.0.0/24", kFar)));
  EXPECT_TRUE(next_hops.set_cover(kFarther, cover("10.2.0.0/16", kFar)));
  for (const IpAddress& each : {before, kFar, kFarther}) {
    EXPECT_TRUE(next_hops.look_again(each, seconds(1)));
  }
  EXPECT_TRUE(next_hops.take_led().empty());
  kernel.set_metric(kFar, 90);
  EXPECT_FALSE(next_hops.look_again(before, seconds(2))) << "by the cover that is there";
  EXPECT_TRUE(next_hops.look_again(kFar, seconds(2)));
  EXPECT_EQ(next_hops.take_led(), (Addresses{before, kFarther}));
  EXPECT_TRUE(next_hops.look_again(before, seconds(2)));
  EXPECT_EQ(find_next_hop(before).metric, 90U);
  EXPECT_EQ(next_hops.behind(before), kFar);
}

// The cover is a route of a neighbor whose next hops need not be resolved, so no judge asked about
// the next hop of the cover.
TEST_F(CoveredNextHops, MayLeadToANextHopThatNobodyAskedAbout) {
  (void)find_next_hop(kFar);
  EXPECT_TRUE(next_hops.set_cover(kFar, cover("10.1.0.0/16", kFarther)));
  EXPECT_FALSE(next_hops.look_again(kFar, seconds(1)));
  EXPECT_EQ(next_hops.open({}, 9), (Addresses{kFar, kFarther}));
  EXPECT_EQ(next_hops.opened(), 2U) << "the owner searches again at once";
  EXPECT_TRUE(next_hops.set_cover(kFarther, cover("10.2.0.0/16", kNear)));
  EXPECT_EQ(next_hops.concerned(prefix("10.2.0.1/32")), (Addresses{kFarther, kFar}));
  EXPECT_TRUE(next_hops.look_again(kFar, seconds(2)));
  EXPECT_EQ(find_next_hop(kFar), (NextHopAnswer{true, 20}));
}

// The table was full when the cover came, so its next hop was refused.
TEST_F(CoveredNextHops, AskAgainAboutANextHopThatFoundNoRoom) {
  (void)find_next_hop(kFar);
  for (std::uint32_t n = 0; n < NextHops::kMost; ++n) {
    (void)find_next_hop(IpAddress::v4(0x0B000000U + n));
  }
  EXPECT_TRUE(next_hops.set_cover(kFar, cover("10.1.0.0/16", kFarther)));
  EXPECT_FALSE(next_hops.show(kFarther));
  next_hops.begin_forgetting();
  (void)next_hops.forget({}, NextHops::kMost, [](const IpAddress& each) { return each == kFar; });
  EXPECT_FALSE(next_hops.set_cover(kFar, cover("10.1.0.0/16", kFarther))) << "the same";
  EXPECT_TRUE(next_hops.show(kFarther));
}

// A reload that is refused brings the setting back before the covers are dropped.
TEST_F(CoveredNextHops, EndWithTheSetting) {
  (void)find_next_hop(kFar);
  EXPECT_TRUE(next_hops.set_cover(kFar, cover("10.1.0.0/16", kNear)));
  EXPECT_TRUE(next_hops.look_again(kFar, seconds(1)));
  settings.via_bgp = false;
  next_hops.set_settings(settings);
  EXPECT_EQ(next_hops.behind(kFar), kNear);
  EXPECT_TRUE(next_hops.drop_covers());
  EXPECT_FALSE(next_hops.drop_covers());
  EXPECT_TRUE(next_hops.look_again(kFar, seconds(2)));
  EXPECT_EQ(state(kFar), NextHopState::NoRoute);
  EXPECT_TRUE(next_hops.open({}, 9).empty());
}

// Routes of neighbors that resolve nothing may have a next hop that a cover leads to.
TEST_F(CoveredNextHops, KeepWhatTheirCoversLeadTo) {
  (void)find_next_hop(kFar);
  (void)find_next_hop(kNear);
  EXPECT_TRUE(next_hops.set_cover(kFar, cover("10.1.0.0/16", kNear)));
  next_hops.begin_forgetting();
  const auto forget = [this](const NextHops::Keep& keep) {
    return next_hops.forget({}, NextHops::kMost, keep).count;
  };
  EXPECT_EQ(forget([](const IpAddress& each) { return each == kFar; }), 0U);
  EXPECT_EQ(forget([](const IpAddress&) { return false; }), 2U) << "nothing leads to kNear then";
  EXPECT_EQ(next_hops.behind(kFar), std::nullopt);
}

}  // namespace
}  // namespace tern::pipeline
