#include "bgpd/pipeline/next_hops.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/unit/pipeline/exchange_lan.h"
#include "tests/unit/pipeline/fake_kernel.h"

namespace tern::pipeline {
namespace {

using Addresses = NextHops::Addresses;
using std::chrono::seconds;

const IpAddress kExit = address("10.1.0.1");
const IpAddress kOther = address("10.2.0.1");
constexpr PeerSlot kNeighbor = 1;
constexpr PeerSlot kAnother = 2;
constexpr PeerSlot kThird = 3;
const IpAddress kSix = address("2001:db8::7");

StaticNextHop entry(const std::string& of, InteriorCost metric) {
  StaticNextHop made;
  made.prefix = prefix(of);
  made.metric = metric;
  return made;
}

class NextHopsTest : public testing::Test {
 protected:
  NextHopsTest() { settings.enabled = true; }

  NextHopAnswer find(const IpAddress& of) { return next_hops.find(of, kNeighbor); }
  Addresses all() {
    Addresses out;
    for (const NextHops::Shown& one : next_hops.list({}, NextHops::kMost)) {
      out.push_back(one.address);
    }
    return out;
  }
  std::size_t forget(const NextHops::Keep& keep) {
    return next_hops.forget({}, NextHops::kMost, keep).count;
  }
  NextHopState state(const IpAddress& of) { return next_hops.show(of)->used.state; }
  // From `now` on, the kernel has a route with the metric. True: the change counts at once.
  bool comes(InteriorCost metric, seconds now) {
    kernel.set_metric(kExit, metric);
    return next_hops.look_again(kExit, now);
  }
  // The addresses that have another answer.
  Addresses look_at_all(seconds now) {
    Addresses changed = all();
    std::erase_if(changed, [&](const auto& each) { return !next_hops.look_again(each, now); });
    return changed;
  }
  bool goes(seconds now) {
    kernel.routes.erase(kExit);
    return next_hops.look_again(kExit, now);
  }

  FakeKernel kernel;
  NextHopSettings settings;
  NextHops next_hops{kernel};
};

TEST_F(NextHopsTest, TheKernelIsAskedOnce) {
  kernel.set_metric(kExit, 20);
  EXPECT_EQ(find(kExit), (NextHopAnswer{true, 20}));
  EXPECT_EQ(find(kExit), (NextHopAnswer{true, 20}));
  EXPECT_EQ(find(kOther), (NextHopAnswer{false, 0}));
  EXPECT_EQ(kernel.asked, 2);
  EXPECT_EQ(state(kOther), NextHopState::NoRoute);
}

TEST_F(NextHopsTest, AChangeIsSeenByTheNextLook) {
  kernel.set_metric(kExit, 20);
  (void)find(kExit);
  (void)find(kOther);
  kernel.set_metric(kExit, 30);
  EXPECT_EQ(find(kExit).metric, 20U);  // until the owner looks
  EXPECT_EQ(look_at_all(seconds(1)), Addresses{kExit});
  EXPECT_EQ(find(kExit).metric, 30U);
  // A new gateway does not change the answer.
  kernel.routes[kExit].gateway = kOther;
  EXPECT_TRUE(look_at_all(seconds(2)).empty());
  EXPECT_EQ(next_hops.show(kExit)->used.gateway, kOther);
  EXPECT_EQ(next_hops.show(kExit)->since, seconds(1));
}

TEST_F(NextHopsTest, ADefaultRouteResolvesWhereItMay) {
  kernel.set_metric(kExit, 7);
  kernel.routes[kExit].prefix = default_route(IpVersion::V4);
  EXPECT_EQ(find(kExit), NextHopAnswer{});
  EXPECT_EQ(state(kExit), NextHopState::DefaultRoute);
  EXPECT_TRUE(next_hops.concerned(default_route(IpVersion::V4)).empty());
  settings.via_default = true;
  next_hops.set_settings(settings);
  EXPECT_EQ(next_hops.concerned(default_route(IpVersion::V4)), Addresses{kExit});
  EXPECT_TRUE(next_hops.look_again(kExit, seconds(1)));
  EXPECT_EQ(find(kExit), (NextHopAnswer{true, 7}));
}

TEST_F(NextHopsTest, TheLongestEntryComesBeforeTheKernel) {
  settings.statics = {entry("10.1.0.1/32", 0), entry("10.0.0.0/8", 5)};
  settings.statics[0].unreachable = true;
  next_hops.set_settings(settings);
  kernel.set_metric(kExit, 20);
  kernel.set_metric(kOther, 20);
  EXPECT_EQ(find(kExit), NextHopAnswer{});
  EXPECT_EQ(state(kExit), NextHopState::Unreachable);
  EXPECT_EQ(find(kOther), (NextHopAnswer{true, 5}));
  EXPECT_EQ(kernel.asked, 0);
}

TEST_F(NextHopsTest, AnEntryHangsOnItsGatewayAndItsInterface) {
  const IpAddress gateway = address("192.0.2.1");
  settings.statics = {entry("10.1.0.0/16", 5), entry("10.2.0.0/16", 6)};
  settings.statics[0].via = gateway;
  settings.statics[1].interface = "eth1";
  next_hops.set_settings(settings);
  EXPECT_FALSE(find(kExit).resolved);
  EXPECT_EQ(state(kExit), NextHopState::NoRoute);
  EXPECT_FALSE(find(kOther).resolved);
  EXPECT_EQ(state(kOther), NextHopState::InterfaceDown);

  kernel.set_metric(gateway, 100);
  kernel.interfaces["eth1"] = 3;
  EXPECT_EQ(next_hops.concerned(prefix("192.0.2.0/24")), Addresses{kExit});
  EXPECT_EQ(look_at_all(seconds(1)), (Addresses{kExit, kOther}));
  EXPECT_EQ(find(kExit), (NextHopAnswer{true, 5}));
  EXPECT_EQ(find(kOther), (NextHopAnswer{true, 6}));
  EXPECT_EQ(next_hops.show(kExit)->used.gateway, gateway);
  EXPECT_EQ(next_hops.show(kOther)->used.interface, 3U);
}

// ---- Recursion

TEST_F(NextHopsTest, AnEntryLeadsToAnother) {
  settings.statics = {entry("10.1.0.1/32", 5), entry("192.0.2.0/24", 7)};
  settings.statics[0].via = address("192.0.2.1");
  settings.statics[1].via = address("198.51.100.1");
  next_hops.set_settings(settings);
  EXPECT_FALSE(find(kExit).resolved);
  kernel.set_metric(address("192.0.2.1"), 100);  // the entry comes before this route
  EXPECT_TRUE(next_hops.concerned(prefix("192.0.2.0/24")).empty());
  kernel.set_metric(address("198.51.100.1"), 100);
  EXPECT_EQ(next_hops.concerned(prefix("198.51.100.0/24")), Addresses{kExit});
  EXPECT_TRUE(next_hops.look_again(kExit, seconds(1)));
  EXPECT_EQ(find(kExit), (NextHopAnswer{true, 5}));
  EXPECT_EQ(next_hops.show(kExit)->used.gateway, address("192.0.2.1"));

  settings.statics[1].unreachable = true;
  settings.statics[1].via.reset();
  next_hops.set_settings(settings);
  EXPECT_TRUE(next_hops.look_again(kExit, seconds(2)));
  EXPECT_EQ(state(kExit), NextHopState::Unreachable);
}

// The `via` of an entry lies in its own prefix, or in the prefix of an entry that leads back.
TEST_F(NextHopsTest, NoEntryResolvesTheAddressThatItLeadsTo) {
  settings.statics = {entry("10.1.0.0/16", 5), entry("10.2.0.0/16", 6), entry("10.0.0.0/8", 7)};
  settings.statics[0].via = address("10.2.0.9");
  settings.statics[1].via = address("10.1.0.9");
  settings.statics[2].unreachable = true;
  next_hops.set_settings(settings);
  EXPECT_FALSE(find(kExit).resolved);
  EXPECT_EQ(state(kExit), NextHopState::Unreachable);  // by the shorter entry
  EXPECT_EQ(kernel.asked, 0);

  settings.statics.pop_back();
  next_hops.set_settings(settings);
  kernel.set_metric(address("10.1.0.9"), 1);  // kExit, to 10.2.0.9, to 10.1.0.9
  kernel.set_metric(address("10.2.0.9"), 1);
  EXPECT_TRUE(next_hops.look_again(kExit, seconds(1)));
  EXPECT_EQ(find(kExit), (NextHopAnswer{true, 5}));
  EXPECT_EQ(next_hops.concerned(prefix("10.1.0.9/32")), Addresses{kExit});
}

TEST_F(NextHopsTest, ManyEntriesThatLeadToEachOtherAreTooDeep) {
  for (std::size_t i = 0; i <= NextHops::kMostVias; ++i) {
    settings.statics.push_back(entry("10.1.0." + std::to_string(i + 1) + "/32", 5));
    settings.statics.back().via = address("10.1.0." + std::to_string(i + 2));
  }
  next_hops.set_settings(settings);
  kernel.set_metric(address("10.1.0." + std::to_string(NextHops::kMostVias + 2)), 1);
  EXPECT_FALSE(find(kExit).resolved);
  EXPECT_EQ(state(kExit), NextHopState::TooDeep);
  EXPECT_TRUE(find(address("10.1.0.2")).resolved);
}

TEST_F(NextHopsTest, WithoutAnAnswerTheOldOneCounts) {
  kernel.answers = false;
  EXPECT_FALSE(find(kExit).resolved);
  EXPECT_EQ(state(kExit), NextHopState::NoAnswer);
  kernel.answers = true;
  kernel.set_metric(kExit, 20);
  EXPECT_EQ(next_hops.doubtful({}, 2), Addresses{kExit});
  EXPECT_TRUE(next_hops.look_again(kExit, seconds(1)));
  EXPECT_TRUE(next_hops.doubtful({}, 2).empty());
  kernel.answers = false;
  EXPECT_FALSE(next_hops.look_again(kExit, seconds(2)));
  EXPECT_TRUE(find(kExit).resolved);
  EXPECT_EQ(next_hops.doubtful({}, 2), Addresses{kExit}) << "asked again";
}

// Notifications do not tell when the route of ours goes.
TEST_F(NextHopsTest, NextHopsBehindRoutesOfOursAreDoubtful) {
  const IpAddress gateway = address("192.0.2.1");
  settings.statics = {entry("10.2.0.0/16", 6)};
  settings.statics[0].via = gateway;
  next_hops.set_settings(settings);
  for (const IpAddress& each : {kExit, gateway}) {
    kernel.set_metric(each, 20);
    kernel.routes[each].behind_own = true;
  }
  EXPECT_TRUE(find(kExit).resolved);
  EXPECT_TRUE(find(kOther).resolved);
  EXPECT_EQ(next_hops.doubtful({}, 3), (Addresses{kExit, kOther}));
  kernel.routes[gateway].behind_own = false;
  EXPECT_FALSE(next_hops.look_again(kOther, seconds(1)));
  EXPECT_EQ(next_hops.doubtful({}, 3), Addresses{kExit});
}

TEST_F(NextHopsTest, AllWithoutAnAnswerHaveTheirTurn) {
  kernel.answers = false;
  for (const IpAddress& one : {kExit, kOther, kSix}) (void)find(one);
  EXPECT_EQ(next_hops.doubtful({}, 2), (Addresses{kExit, kOther}));
  EXPECT_EQ(next_hops.doubtful(kOther, 2), (Addresses{kSix, kExit}));
}

TEST_F(NextHopsTest, AllAreForgottenWithTheirHoldTimes) {
  kernel.set_metric(kExit, 1);
  EXPECT_TRUE(find(kExit).resolved);
  kernel.routes.erase(kExit);
  EXPECT_TRUE(next_hops.look_again(kExit, seconds(1)));
  kernel.set_metric(kExit, 1);
  EXPECT_FALSE(next_hops.look_again(kExit, seconds(2)));
  EXPECT_TRUE(next_hops.deadline());
  const auto forgotten = next_hops.forget_all(seconds(3));
  EXPECT_FALSE(next_hops.deadline());
  EXPECT_EQ(next_hops.counts().known(), 0U);
  EXPECT_TRUE(find(kExit).resolved) << "the answer of now, without a hold time";
}

TEST_F(NextHopsTest, AChangeOfAPrefixConcernsWhatItCovers) {
  for (const IpAddress& one : {kExit, kOther, kSix}) (void)find(one);
  EXPECT_EQ(next_hops.concerned(prefix("10.0.0.0/8")), (Addresses{kExit, kOther}));
  EXPECT_EQ(next_hops.concerned(prefix("10.2.0.1/32")), Addresses{kOther});
  EXPECT_EQ(next_hops.concerned(prefix("2001:db8::/32")), Addresses{kSix});
  EXPECT_TRUE(next_hops.concerned(prefix("192.0.2.0/24")).empty());
}

// ---- Damping

TEST_F(NextHopsTest, ALossCountsAtOnceAndAReturnAfterAHoldTime) {
  kernel.set_metric(kExit, 20);
  (void)find(kExit);
  EXPECT_TRUE(goes(seconds(10)));
  EXPECT_FALSE(comes(20, seconds(11)));
  EXPECT_FALSE(find(kExit).resolved);
  EXPECT_EQ(next_hops.deadline(), seconds(12));
  EXPECT_EQ(next_hops.show(kExit)->held_to, seconds(12));
  EXPECT_EQ(next_hops.show(kExit)->seen.metric, 20U);
  EXPECT_TRUE(next_hops.pass_time(seconds(12) - std::chrono::nanoseconds(1)).empty());
  EXPECT_EQ(next_hops.pass_time(seconds(12)), Addresses{kExit});
  EXPECT_TRUE(find(kExit).resolved);
  EXPECT_FALSE(next_hops.deadline());
}

TEST_F(NextHopsTest, TheHoldTimeDoublesUpToABound) {
  kernel.set_metric(kExit, 20);
  (void)find(kExit);
  seconds now{0};
  std::vector<std::int64_t> holds;
  for (int flap = 0; flap < 9; ++flap) {
    EXPECT_TRUE(goes(++now));
    EXPECT_FALSE(comes(20, now));
    const auto end = *next_hops.deadline();
    holds.push_back(std::chrono::duration_cast<seconds>(end - now).count());
    now = std::chrono::duration_cast<seconds>(end);
    EXPECT_EQ(next_hops.pass_time(now).size(), 1U);
  }
  EXPECT_EQ(holds, (std::vector<std::int64_t>{1, 2, 4, 8, 16, 32, 60, 60, 60}));
  EXPECT_EQ(next_hops.show(kExit)->flaps, 9U);
  // After ten minutes without a loss, the next loss counts as the first.
  now += seconds(601);
  EXPECT_TRUE(goes(now));
  EXPECT_FALSE(comes(20, now));
  EXPECT_EQ(*next_hops.deadline(), now + seconds(1));
}

TEST_F(NextHopsTest, ALossInTheHoldTimeCountsAsAFlapAndBeginsAnew) {
  kernel.set_metric(kExit, 20);
  (void)find(kExit);
  EXPECT_TRUE(goes(seconds(1)));
  EXPECT_FALSE(comes(20, seconds(2)));
  EXPECT_FALSE(goes(seconds(2)));  // the next hop was lost already
  EXPECT_FALSE(next_hops.deadline());
  EXPECT_FALSE(comes(20, seconds(3)));
  EXPECT_EQ(next_hops.deadline(), seconds(5));
  EXPECT_TRUE(next_hops.pass_time(seconds(4)).empty());
  EXPECT_EQ(next_hops.counts().flaps, 2U);
  EXPECT_EQ(next_hops.counts().held, 1U);
}

// A backup route takes over: its higher metric counts at once, the lower one is held back.
TEST_F(NextHopsTest, AMetricIsDampedLikeALoss) {
  kernel.set_metric(kExit, 10);
  (void)find(kExit);
  EXPECT_TRUE(comes(100, seconds(1)));
  EXPECT_FALSE(comes(10, seconds(2)));
  EXPECT_EQ(find(kExit).metric, 100U);
  EXPECT_FALSE(comes(50, seconds(2)));  // worse than the held metric, better than the used one
  EXPECT_EQ(next_hops.deadline(), seconds(4));
  EXPECT_EQ(next_hops.pass_time(seconds(4)), Addresses{kExit});
  EXPECT_EQ(find(kExit).metric, 50U);
  // A loss counts at once while a better metric is held.
  EXPECT_FALSE(comes(10, seconds(5)));
  EXPECT_TRUE(goes(seconds(5)));
  EXPECT_FALSE(next_hops.deadline());
}

TEST_F(NextHopsTest, TheFirstImprovementIsNoFlap) {
  (void)find(kExit);
  EXPECT_TRUE(comes(20, seconds(1)));
  EXPECT_TRUE(comes(10, seconds(2)));
  EXPECT_EQ(next_hops.counts().flaps, 0U);
  EXPECT_EQ(next_hops.counts().changes, 2U);
}

TEST_F(NextHopsTest, DampingCanBeOff) {
  settings.damping.first_hold = 0;
  next_hops.set_settings(settings);
  kernel.set_metric(kExit, 20);
  (void)find(kExit);
  EXPECT_TRUE(goes(seconds(1)));
  EXPECT_TRUE(comes(20, seconds(1)));
}

// ---- The bound

IpAddress nth(std::size_t n) { return IpAddress::v4(static_cast<std::uint32_t>(n)); }

// A neighbor announces more next hops than there is room for.
TEST_F(NextHopsTest, ANeighborMayHaveAsManyAsAreFree) {
  constexpr std::size_t kHalf = NextHops::kMost / 2;
  kernel.set_metric(kExit, 20);
  for (std::size_t n = 0; n < NextHops::kMost; ++n) (void)next_hops.find(nth(n), kNeighbor);
  EXPECT_EQ(next_hops.counts().known(), kHalf);
  EXPECT_EQ(next_hops.counts().refused, kHalf);
  EXPECT_EQ(next_hops.counts().refused_of, kNeighbor);
  EXPECT_EQ(next_hops.find(kExit, kNeighbor), NextHopAnswer{});
  EXPECT_EQ(next_hops.find(kExit, kAnother), (NextHopAnswer{true, 20}));
  EXPECT_EQ(next_hops.find(kExit, kNeighbor), (NextHopAnswer{true, 20})) << "known by now";

  // Even if another one does the same, a third has room.
  for (std::size_t n = 0; n < NextHops::kMost; ++n) (void)next_hops.find(nth(n), kAnother);
  EXPECT_EQ(next_hops.counts().known(), kHalf + kHalf / 2);
  EXPECT_EQ(next_hops.find(kSix, kThird), NextHopAnswer{});
  EXPECT_TRUE(next_hops.show(kSix)) << "known, and not resolved";
}

// Next hops without routes make room. A next hop about which a judge asked meanwhile stays.
TEST_F(NextHopsTest, ThoseThatNoRouteHasMakeRoom) {
  kernel.set_metric(kExit, 20);
  for (std::size_t n = 0; n < NextHops::kMost; ++n) (void)find(nth(n));
  EXPECT_EQ(find(kExit), NextHopAnswer{});
  next_hops.begin_forgetting();
  (void)find(nth(3));
  EXPECT_EQ(forget([](const IpAddress& one) { return one == nth(7); }), NextHops::kMost / 2 - 2);
  EXPECT_EQ(all(), (Addresses{nth(3), nth(7)}));
  EXPECT_EQ(find(kExit), (NextHopAnswer{true, 20}));
  EXPECT_EQ(next_hops.counts().known(), 3U);
  (void)next_hops.forget_all(seconds(1));
  for (std::size_t n = 0; n < NextHops::kMost; ++n) (void)find(nth(n));
  EXPECT_EQ(next_hops.counts().known(), NextHops::kMost / 2);
}

// Judges ask about next hops between two slices.
TEST_F(NextHopsTest, AreForgottenInSlices) {
  for (const IpAddress& one : {kExit, kOther, kSix}) (void)find(one);
  next_hops.begin_forgetting();
  const auto none = [](const IpAddress&) { return false; };
  const NextHops::Forgotten first = next_hops.forget({}, 1, none);
  EXPECT_EQ(first.count, 1U);
  EXPECT_EQ(first.last, kExit);
  EXPECT_EQ(all(), (Addresses{kOther, kSix}));
  (void)find(kExit);
  (void)find(kOther);
  const NextHops::Forgotten rest = next_hops.forget(first.last, 9, none);
  EXPECT_EQ(rest.count, 1U);
  EXPECT_EQ(rest.last, std::nullopt);
  EXPECT_EQ(all(), (Addresses{kExit, kOther}));
}

TEST_F(NextHopsTest, AHeldOneIsNotForgotten) {
  kernel.set_metric(kExit, 20);
  (void)find(kExit);
  EXPECT_TRUE(goes(seconds(1)));
  EXPECT_FALSE(comes(20, seconds(1)));
  next_hops.begin_forgetting();
  EXPECT_EQ(forget([](const IpAddress&) { return false; }), 0U);
  EXPECT_EQ(next_hops.pass_time(seconds(9)), Addresses{kExit});
  EXPECT_EQ(forget([](const IpAddress&) { return false; }), 1U);
}

TEST_F(NextHopsTest, IsListedPageByPage) {
  for (const IpAddress& one : {kSix, kOther, kExit}) (void)find(one);
  const auto first = next_hops.list(std::nullopt, 2);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[1].address, kOther);
  const auto rest = next_hops.list(kOther, 2);
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].address, kSix);
}

}  // namespace
}  // namespace tern::pipeline
