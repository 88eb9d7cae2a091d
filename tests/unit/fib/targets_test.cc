#include "bgpd/fib/targets.h"

#include <gtest/gtest.h>

#include "tests/unit/fib/fake_kernel.h"

namespace tern::fib {
namespace {

using test::address;
using test::via;

Resolution on_link(const char* gateway, std::uint32_t interface = 1) {
  return {Failure::None, {{address(gateway), interface}}};
}

TEST(FibTargets, RoutesOfOneTargetShareItAndItsNextHop) {
  Targets targets;
  const ValueId one = targets.add(via({"192.0.2.1"}));
  EXPECT_EQ(targets.add(via({"192.0.2.1"})), one);
  const ValueId two = targets.add(via({"192.0.2.1", "192.0.2.2"}));
  EXPECT_NE(one, two);
  EXPECT_EQ(targets.next_hops(), 2U);
  std::vector<NextHop> asked;
  targets.take_unresolved(asked);
  EXPECT_EQ(asked.size(), 2U);
  targets.resolved(asked[0], on_link("192.0.2.1"));
  EXPECT_FALSE(targets.settle());
  EXPECT_NE(targets.way(one).hops, 0U);
  EXPECT_EQ(targets.way(two).hops, 0U) << "a target waits for all its next hops";
  targets.resolved(asked[1], {Failure::NoRoute, {}});
  EXPECT_FALSE(targets.settle()) << "first answers are no change";
  EXPECT_EQ(targets.way(two).hops, targets.way(one).hops);
  EXPECT_EQ(targets.unreachable(), 1U);
  targets.release(one);
  targets.release(one);
  targets.release(two);
  EXPECT_EQ(targets.next_hops(), 0U);
  EXPECT_EQ(targets.unreachable(), 0U);
}

TEST(FibTargets, OnlyTargetsThatLeadElsewhereHaveChanged) {
  Targets targets;
  const ValueId one = targets.add(via({"192.0.2.1"}));
  const ValueId two = targets.add(via({"192.0.2.2"}));
  std::vector<NextHop> asked;
  targets.take_unresolved(asked);
  for (const NextHop& next_hop : asked) targets.resolved(next_hop, on_link("192.0.2.7"));
  EXPECT_FALSE(targets.settle());
  targets.look_again();
  targets.take_unresolved(asked);
  ASSERT_EQ(asked.size(), 2U);
  targets.resolved(asked[0], on_link("192.0.2.7"));
  targets.resolved(asked[1], on_link("192.0.2.7", 2));
  EXPECT_TRUE(targets.settle());
  EXPECT_FALSE(targets.way(one).changed);
  EXPECT_TRUE(targets.way(two).changed);
  targets.clear_changed();
  EXPECT_FALSE(targets.way(two).changed);
}

TEST(FibTargets, AnAnswerThatDoesNotComeIsAskedForAgain) {
  Targets targets;
  const ValueId one = targets.add(via({"192.0.2.1"}));
  std::vector<NextHop> asked;
  targets.take_unresolved(asked);
  targets.not_answered(asked[0]);
  targets.not_answered(asked[0]);
  targets.take_unresolved(asked);
  EXPECT_TRUE(asked.empty()) << "not at once";
  targets.ask_later(false);
  targets.take_unresolved(asked);
  ASSERT_EQ(asked.size(), 1U);
  targets.resolved(asked[0], on_link("192.0.2.1"));
  EXPECT_FALSE(targets.settle());
  const ValueId hops = targets.way(one).hops;
  EXPECT_NE(hops, 0U);
  targets.look_again();
  targets.take_unresolved(asked);
  targets.not_answered(asked[0]);
  EXPECT_FALSE(targets.settle());
  EXPECT_EQ(targets.way(one).hops, hops) << "the former answer counts";
  targets.ask_later(false);
  targets.take_unresolved(asked);
  EXPECT_EQ(asked.size(), 1U);
}

TEST(FibTargets, NextHopsBehindOurRoutesAreAskedAboutAfterOurChanges) {
  Targets targets;
  (void)targets.add(via({"192.0.2.1"}));
  (void)targets.add(via({"192.0.2.2"}));
  (void)targets.add(via({"192.0.2.3"}));
  std::vector<NextHop> asked;
  targets.take_unresolved(asked);
  ASSERT_EQ(asked.size(), 3U);
  targets.resolved(asked[0], on_link("192.0.2.1"));
  targets.resolved(asked[1], {Failure::OwnRoute, {}});
  Resolution behind = on_link("192.0.2.3");
  behind.behind_own = true;
  targets.resolved(asked[2], behind);
  targets.ask_later(false);
  targets.take_unresolved(asked);
  EXPECT_TRUE(asked.empty());
  targets.ask_later(true);
  targets.take_unresolved(asked);
  EXPECT_EQ(asked.size(), 2U);
}

// If the kernel looks up our table before the main table, our routes hide the routes of the main
// table.
TEST(FibTargets, AWayByAnotherTableStaysWhereOurRouteHidesIt) {
  Targets targets;
  const ValueId one = targets.add(via({"192.0.2.1"}));
  const auto answer = [&](Resolution resolution) {
    std::vector<NextHop> asked;
    targets.look_again();
    targets.take_unresolved(asked);
    targets.resolved(asked.at(0), std::move(resolution));
    return targets.settle();
  };
  Resolution other = on_link("192.0.2.1");
  other.other_table = true;
  EXPECT_FALSE(answer(other));
  EXPECT_TRUE(targets.covers_next_hop(*Prefix::parse("192.0.0.0/16")));
  EXPECT_FALSE(answer({Failure::OwnRoute, {}}));
  EXPECT_NE(targets.way(one).hops, 0U);
  EXPECT_TRUE(answer({Failure::NoRoute, {}}));
  EXPECT_EQ(targets.way(one).hops, 0U);
  EXPECT_TRUE(answer(on_link("192.0.2.1")));
  EXPECT_TRUE(answer({Failure::OwnRoute, {}})) << "the same table";
  EXPECT_EQ(targets.way(one).hops, 0U);
}

TEST(FibTargets, TheNumberOfNextHopsHasABound) {
  Targets targets;
  test::leave_room(targets, 2);
  const ValueId one = targets.add(via({"192.0.2.1"}));
  const ValueId two = targets.add(via({"192.0.2.2"}));
  const ValueId many = targets.add(via({"192.0.2.1", "192.0.2.3"}));
  EXPECT_EQ(targets.way(many).why, Failure::TooManyHops);
  EXPECT_EQ(targets.next_hops(), Targets::kMostNextHops);
  targets.ask_later(false);
  EXPECT_FALSE(targets.settle());
  EXPECT_EQ(targets.way(many).why, Failure::TooManyHops) << "there is no room yet";
  targets.release(one);
  EXPECT_EQ(targets.next_hops(), Targets::kMostNextHops - 1);
  targets.ask_later(false);
  EXPECT_FALSE(targets.settle());
  EXPECT_EQ(targets.way(many).why, Failure::TooManyHops) << "there is room for one of two";
  targets.release(two);
  targets.ask_later(false);
  EXPECT_TRUE(targets.settle());
  EXPECT_TRUE(targets.way(many).changed);
  EXPECT_EQ(targets.way(many).why, Failure::None);
  EXPECT_EQ(targets.next_hops(), Targets::kMostNextHops);
  targets.release(many);
  EXPECT_EQ(targets.next_hops(), Targets::kMostNextHops - 2);
}

}  // namespace
}  // namespace tern::fib
