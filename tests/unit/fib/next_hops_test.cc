// Routes that follow their next hops.
#include <gtest/gtest.h>

#include "bgpd/fib/table.h"
#include "tests/unit/fib/fake_kernel.h"

namespace tern::fib {
namespace {

using namespace test;  // the words of fake_kernel.h

TEST(FibNextHops, AnUnreachableNextHopTakesItsRoutesOutAndBringsThemBack) {
  FakeKernel kernel;
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.table.want(kEleven, via({"192.0.2.2"}));
  kernel.run();
  (void)kernel.take_done();
  kernel.ways[test::address("192.0.2.1")] = {Failure::NoRoute, {}};
  kernel.table.targets().look_again();
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "-10.0.0.0/8");
  EXPECT_EQ(kernel.failed(Failure::NoRoute), 1U);
  EXPECT_EQ(kernel.table.targets().unreachable(), 1U);
  const auto failed = kernel.table.failed(10);
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed[0].prefix, kTen);
  EXPECT_EQ(failed[0].why, Failure::NoRoute);
  kernel.ways.clear();
  kernel.table.targets().look_again();
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "+10.0.0.0/8");
  EXPECT_EQ(kernel.table.counts().failed_in_all(), 0U);
  EXPECT_EQ(kernel.table.counts().installed, 2U);
}

TEST(FibNextHops, ANextHopThatMovesTakesItsRoutesAlong) {
  FakeKernel kernel;
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.run();
  (void)kernel.take_done();
  kernel.ways[test::address("192.0.2.1")] = {Failure::None, {{test::address("198.51.100.1"), 2}}};
  kernel.table.targets().look_again();
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "=10.0.0.0/8");
  EXPECT_EQ(kernel.routes[kTen].hops, hops({{"198.51.100.1", 2}}));
}

TEST(FibNextHops, ARouteOfUnusableNextHopsIsAFailureOfItsOwn) {
  FakeKernel kernel;
  kernel.table.want(kSix, {Target::Kind::Unusable, Failure::WrongVersion, {}});
  kernel.run();
  EXPECT_EQ(kernel.failed(Failure::WrongVersion), 1U);
  kernel.table.unwant(kSix);
  kernel.run();
  EXPECT_EQ(kernel.table.counts().failed_in_all(), 0U);
  EXPECT_EQ(kernel.table.counts().wanted, 0U);
}

// A route within the prefix by which a next hop is reached would take the next hop along.
TEST(FibNextHops, ARouteThatCoversANextHopStaysOutAlone) {
  FakeKernel kernel;
  const IpAddress next_hop = test::address("10.1.1.1");
  kernel.ways[next_hop] = {Failure::None, {{test::address("192.0.2.1"), 1}}, 16};
  kernel.table.want(kTen, via({"10.1.1.1"}));
  kernel.table.want(kEleven, via({"10.1.1.1"}));
  kernel.table.want(prefix("10.1.0.0/16"), via({"10.1.1.1"}));
  kernel.table.want(prefix("10.1.1.0/24"), via({"10.1.1.1"}));
  kernel.table.want(prefix("10.1.1.1/32"), via({"192.0.2.7"}));
  kernel.table.want(prefix("10.1.2.0/24"), via({"10.1.1.1"}));
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "+10.0.0.0/8 +11.0.0.0/8 +10.1.0.0/16 +10.1.2.0/24");
  EXPECT_EQ(kernel.failed(Failure::CoversNextHop), 2U);
  kernel.ways[next_hop].most_length = 24;
  kernel.table.targets().look_again();
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "+10.1.1.0/24");
  kernel.ways[next_hop] = {Failure::NoRoute, {}};
  kernel.table.targets().look_again();
  kernel.run();
  EXPECT_EQ(kernel.failed(Failure::CoversNextHop), 0U) << "no packets go to the next hop";
  EXPECT_TRUE(kernel.routes.contains(prefix("10.1.1.1/32")));
  kernel.ways[next_hop] = {Failure::None, {{test::address("192.0.2.1"), 1}}, 16};
  kernel.table.targets().look_again();
  kernel.run();
  EXPECT_EQ(kernel.failed(Failure::CoversNextHop), 2U);
  (void)kernel.take_done();
  for (const char* of : {"10.0.0.0/8", "11.0.0.0/8", "10.1.0.0/16", "10.1.1.0/24", "10.1.2.0/24"}) {
    kernel.table.unwant(prefix(of));
  }
  kernel.run();
  EXPECT_EQ(kernel.failed(Failure::CoversNextHop), 0U) << "no route has the next hop";
  EXPECT_TRUE(kernel.routes.contains(prefix("10.1.1.1/32")));
}

TEST(FibNextHops, ANextHopWithoutAnAnswerHoldsUpItsOwnRoutesAlone) {
  FakeKernel kernel;
  kernel.unanswered.insert(test::address("192.0.2.1"));
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.table.want(kEleven, via({"192.0.2.2"}));
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "+11.0.0.0/8");
  EXPECT_EQ(kernel.table.counts().waiting, 1U);
  kernel.unanswered.clear();
  kernel.table.targets().ask_later(false);
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "+10.0.0.0/8");
  kernel.unanswered.insert(test::address("192.0.2.1"));
  kernel.table.targets().look_again();
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "") << "the former answer counts";
  EXPECT_EQ(kernel.table.counts().installed, 2U);
}

TEST(FibNextHops, WhereThereIsRoomAgainRoutesGoIn) {
  FakeKernel kernel;
  test::leave_room(kernel.table.targets(), 1);
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.table.want(kEleven, via({"192.0.2.2"}));
  kernel.run();
  EXPECT_EQ(kernel.failed(Failure::TooManyHops), 1U);
  kernel.table.unwant(kTen);
  kernel.table.targets().ask_later(false);
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "+10.0.0.0/8 -10.0.0.0/8 +11.0.0.0/8");
}

}  // namespace
}  // namespace tern::fib
