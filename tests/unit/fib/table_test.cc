#include "bgpd/fib/table.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/unit/fib/fake_kernel.h"

namespace tern::fib {
namespace {

using namespace test;  // the words of fake_kernel.h

TEST(FibTable, RoutesGoInAreReplacedAndGoOut) {
  FakeKernel kernel;
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.table.want(kSix, via({"2001:db8:f::1"}));
  kernel.table.want(kEleven, blackhole());
  EXPECT_EQ(kernel.table.counts().waiting, 3U);
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "+10.0.0.0/8 +2001:db8::/32 +11.0.0.0/8");
  EXPECT_EQ(kernel.routes[kTen].hops, hops({{"192.0.2.1", 1}}));
  EXPECT_TRUE(kernel.routes[kEleven].hops.blackhole);
  kernel.table.want(kTen, via({"192.0.2.2"}));
  kernel.table.want(kSix, via({"2001:db8:f::1"}));  // as before
  kernel.table.unwant(kEleven);
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "=10.0.0.0/8 -11.0.0.0/8");
  const Counts& counts = kernel.table.counts();
  EXPECT_EQ(counts.wanted, 2U);
  EXPECT_EQ(counts.installed, 2U);
  EXPECT_EQ(counts.waiting, 0U);
  EXPECT_EQ(counts.added, 3U);
  EXPECT_EQ(counts.replaced, 1U);
  EXPECT_EQ(counts.removed, 1U);
}

TEST(FibTable, SeveralPathsAreOneRoute) {
  FakeKernel kernel;
  kernel.ways[test::address("192.0.2.9")] = {Failure::None, {{test::address("198.51.100.1"), 7}}};
  kernel.table.want(kTen, via({"192.0.2.1", "192.0.2.2", "192.0.2.9"}));
  kernel.run();
  EXPECT_EQ(kernel.routes[kTen].hops,
            hops({{"192.0.2.1", 1}, {"192.0.2.2", 1}, {"198.51.100.1", 7}}));
}

// A prefix that changes often waits once: the memory does not grow with the changes.
TEST(FibTable, APrefixWaitsOnce) {
  FakeKernel kernel;
  for (int i = 0; i < 1000; ++i) {
    kernel.table.want(kTen, via({i % 2 == 0 ? "192.0.2.1" : "192.0.2.2"}));
    kernel.table.unwant(kTen);
    kernel.table.want(kTen, via({"192.0.2.3"}));
  }
  EXPECT_EQ(kernel.table.queued(), 1U);
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "+10.0.0.0/8");
  EXPECT_EQ(kernel.table.targets().next_hops(), 1U);
}

TEST(FibTable, ABatchHasABound) {
  FakeKernel kernel;
  for (std::uint32_t i = 0; i < 10; ++i) {
    kernel.table.want(Prefix::v4(i << 24U, 8), via({"192.0.2.1"}));
  }
  std::vector<NextHop> next_hops;
  kernel.table.targets().take_unresolved(next_hops);
  kernel.table.targets().resolved(next_hops.front(), {Failure::None, {{std::nullopt, 1}}});
  kernel.table.settle();
  std::vector<Change> changes;
  kernel.table.take_changes(4, changes);
  EXPECT_EQ(changes.size(), 4U);
  EXPECT_EQ(kernel.table.queued(), 6U);
}

// Memory follows what is wanted and installed, also of routes that never got in.
TEST(FibTable, ARouteThatNeverWentInIsForgotten) {
  FakeKernel kernel;
  kernel.ways[test::address("192.0.2.1")] = {Failure::NoRoute, {}};
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.table.want(kEleven, via({"192.0.2.1"}));
  kernel.run();
  EXPECT_EQ(kernel.table.size(), 2U);
  kernel.table.unwant(kTen);
  EXPECT_EQ(kernel.table.size(), 1U);
  kernel.table.want_nothing();
  EXPECT_EQ(kernel.table.size(), 0U);
}

// ---- Errors

TEST(FibTable, ARefusedRouteLeavesNoOlderOneAndIsTriedAgain) {
  FakeKernel kernel;
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.run();
  (void)kernel.take_done();
  kernel.refusals[kTen] = ENETUNREACH;
  kernel.table.want(kTen, via({"192.0.2.2"}));
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "-10.0.0.0/8");
  EXPECT_EQ(kernel.failed(Failure::Unreachable), 1U);
  EXPECT_EQ(kernel.table.counts().refused[static_cast<std::size_t>(Failure::Unreachable)], 1U);
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "");  // not by itself
  kernel.refusals.clear();
  kernel.table.retry(Failure::NoMemory);
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "") << "another failure";
  kernel.table.retry();
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "+10.0.0.0/8");
  EXPECT_EQ(kernel.table.counts().installed, 1U);
}

// For lack of memory, the older route stays until the kernel takes the new one.
TEST(FibTable, WithoutMemoryTheOlderRouteStays) {
  FakeKernel kernel;
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.run();
  (void)kernel.take_done();
  kernel.refusals[kTen] = ENOMEM;
  kernel.table.want(kTen, via({"192.0.2.2"}));
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "");
  EXPECT_EQ(kernel.table.counts().waiting, 1U);
  EXPECT_EQ(kernel.table.counts().refused[static_cast<std::size_t>(Failure::NoMemory)], 1U);
  kernel.refusals.clear();
  kernel.table.restore();
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "=10.0.0.0/8");
}

TEST(FibTable, ChangesThatDoNotReachTheKernelComeAgain) {
  FakeKernel kernel;
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.run();
  (void)kernel.take_done();
  kernel.takes = false;
  kernel.table.want(kTen, via({"192.0.2.2"}));
  kernel.table.want(kEleven, via({"192.0.2.1"}));
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "");
  EXPECT_EQ(kernel.table.counts().waiting, 2U);
  kernel.takes = true;
  kernel.table.restore();
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "=10.0.0.0/8 +11.0.0.0/8");
}

TEST(FibTable, ARouteOfAnotherProgramIsLeftAlone) {
  FakeKernel kernel;
  const FakeKernel::Route theirs{hops({{"203.0.113.1", 9}}), false};
  kernel.routes[kTen] = theirs;
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.run();
  EXPECT_EQ(kernel.routes[kTen], theirs);
  EXPECT_EQ(kernel.failed(Failure::ForeignRoute), 1U);
  kernel.table.retry();
  kernel.run();
  EXPECT_EQ(kernel.routes[kTen], theirs);
  kernel.table.unwant(kTen);
  kernel.run();
  EXPECT_EQ(kernel.routes[kTen], theirs);
  EXPECT_EQ(kernel.take_done(), "");
}

TEST(FibTable, WithoutTheForeignRouteOursGoesIn) {
  FakeKernel kernel;
  kernel.routes[kTen] = {hops({{"203.0.113.1", 9}}), false};
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.run();
  kernel.routes.clear();
  kernel.table.foreign_removed(kTen);
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "+10.0.0.0/8");
}

// A route that is ours although the table did not know: it is removed and added again.
TEST(FibTable, OurOwnRouteIsNoForeignRoute) {
  FakeKernel kernel;
  kernel.routes[kTen] = {hops({{"203.0.113.1", 9}}), true};
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.run();
  EXPECT_EQ(kernel.routes[kTen].hops, hops({{"192.0.2.1", 1}}));
  EXPECT_EQ(kernel.table.counts().installed, 1U);
}

TEST(FibTable, ALostAnswerIsNoAnswer) {
  FakeKernel kernel;
  kernel.answers = false;
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.run();
  EXPECT_EQ(kernel.table.counts().waiting, 1U);
  kernel.answers = true;
  kernel.run();
  EXPECT_EQ(kernel.table.counts().installed, 1U);
  kernel.answers = false;
  kernel.table.unwant(kTen);
  kernel.run();
  kernel.answers = true;
  kernel.run();
  EXPECT_TRUE(kernel.routes.empty());
}

// A lost answer to a change that the kernel refused: the kernel has hops that nobody knows.
TEST(FibTable, WhatIsNotCertainIsLearntAgain) {
  FakeKernel kernel;
  kernel.table.want(kSix, via({"2001:db8:f::1"}));
  kernel.run();
  kernel.refusals[kSix] = ENOMEM;
  kernel.answers = false;
  kernel.table.want(kSix, via({"2001:db8:f::2"}));
  kernel.run();
  kernel.refusals.clear();
  kernel.answers = true;
  EXPECT_FALSE(kernel.table.take_doubts());
  kernel.run();
  EXPECT_EQ(kernel.failed(Failure::ForeignRoute), 1U);
  EXPECT_TRUE(kernel.table.take_doubts());
  kernel.learn();
  kernel.run();
  EXPECT_EQ(kernel.routes[kSix].hops, hops({{"2001:db8:f::2", 1}}));
  EXPECT_EQ(kernel.table.counts().installed, 1U);
}

TEST(FibTable, ARefusedRemovalWaitsForTheNextSecond) {
  FakeKernel kernel;
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.run();
  kernel.table.unwant(kTen);
  std::vector<Change> changes;
  kernel.table.take_changes(1, changes);
  ASSERT_EQ(changes.size(), 1U);
  kernel.table.finish(changes[0], EPERM);
  EXPECT_FALSE(kernel.table.has_changes());
  EXPECT_EQ(kernel.table.counts().unwanted, 1U);
  kernel.table.restore();
  kernel.run();
  EXPECT_TRUE(kernel.routes.empty());
}

// ---- What others do

TEST(FibTable, WhatOthersRemoveIsPutBackOnceASecond) {
  FakeKernel kernel;
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.run();
  (void)kernel.take_done();
  kernel.routes.clear();
  kernel.table.kernel_removed(kTen);
  kernel.table.kernel_removed(kTen);
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "");
  kernel.table.restore();
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "+10.0.0.0/8");
  EXPECT_EQ(kernel.table.counts().restored, 1U);
}

TEST(FibTable, WhatOthersChangeOfOursIsPutRight) {
  FakeKernel kernel;
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.run();
  (void)kernel.take_done();
  for (const char* gateway : {"192.0.2.7", "192.0.2.8", "192.0.2.9"}) {
    kernel.routes[kTen].hops = hops({{gateway, 1}});
    kernel.table.kernel_changed(kTen, kernel.routes[kTen].hops);
  }
  kernel.routes[kEleven].hops = hops({{"192.0.2.9", 1}});
  kernel.table.end_refresh();
  kernel.table.kernel_changed(kEleven, kernel.routes[kEleven].hops);
  kernel.table.restore();
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "+10.0.0.0/8 -11.0.0.0/8") << "not with NLM_F_REPLACE";
}

// The kernel's notification of hops that another program has appended names our protocol.
TEST(FibTable, HopsThatOthersAppendToOursStay) {
  FakeKernel kernel;
  const Hops all = hops({{"2001:db8:f::1", 1}, {"2001:db8:f::8", 1}, {"2001:db8:f::9", 1}});
  kernel.table.want(kSix, via({"2001:db8:f::1"}));
  kernel.run();
  (void)kernel.take_done();
  kernel.table.kernel_changed(kSix, all);
  kernel.table.begin_learning();
  kernel.table.learn(kSix, all);
  kernel.table.end_learning();
  kernel.table.restore();
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "");
  EXPECT_EQ(kernel.table.counts().restored, 0U);
  kernel.table.want(kSix, via({"2001:db8:f::2"}));
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "+2001:db8::/32") << "not with NLM_F_REPLACE";
}

// A removal without hops takes our hops along, but its notification names another protocol.
TEST(FibTable, OursIsBackWhereItWentWithAForeignRoute) {
  FakeKernel kernel;
  kernel.table.want(kSix, via({"2001:db8:f::1"}));
  kernel.run();
  (void)kernel.take_done();
  kernel.table.foreign_added(kSix, false);
  kernel.routes.clear();
  kernel.table.foreign_removed(kSix);
  kernel.table.restore();
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "+2001:db8::/32");
  EXPECT_EQ(kernel.table.counts().installed, 1U);
}

// The notification of a removal is older than our last change.
TEST(FibTable, ARouteThatIsThereAfterAllStaysOurs) {
  for (const bool wanted : {true, false}) {
    FakeKernel kernel;
    kernel.table.want(kSix, via({"2001:db8:f::1"}));
    kernel.run();
    (void)kernel.take_done();
    kernel.table.kernel_removed(kSix);
    if (!wanted) kernel.table.unwant(kSix);
    kernel.table.restore();
    kernel.run();
    EXPECT_EQ(kernel.routes.contains(kSix), wanted);
    EXPECT_EQ(kernel.table.counts().installed, wanted ? 1U : 0U);
    EXPECT_EQ(kernel.table.size(), wanted ? 1U : 0U);
  }
}

TEST(FibTable, AForeignRouteInPlaceOfOursIsLeftAlone) {
  FakeKernel kernel;
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.run();
  (void)kernel.take_done();
  kernel.routes[kTen] = {hops({{"203.0.113.1", 9}}), false};
  kernel.table.foreign_added(kTen, true);
  kernel.table.restore();
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "");
  EXPECT_EQ(kernel.failed(Failure::ForeignRoute), 1U);
}

// IPv4 routes of an interface that goes down vanish without a notification.
TEST(FibTable, RoutesOfAnInterfaceThatWentDownAreMadeAnew) {
  FakeKernel kernel;
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.run();
  (void)kernel.take_done();
  kernel.routes.clear();
  const std::array<std::uint32_t, 2> others{2, 3};
  kernel.table.interfaces_down(others);
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "");
  const std::array<std::uint32_t, 2> these{3, 1};
  kernel.table.interfaces_down(these);
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "+10.0.0.0/8");
}

// ---- A restart, and a second look

TEST(FibTable, ARouteOfAnEarlierProcessThatTheKernelLosesIsNotWaitedFor) {
  FakeKernel kernel;
  kernel.routes[kTen].hops = hops({{"192.0.2.1", 1}});
  kernel.learn();
  kernel.table.want(kTen, via({"192.0.2.2"}));
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "");
  kernel.routes.clear();
  const std::array<std::uint32_t, 1> gone{1};
  kernel.table.interfaces_down(gone);
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "+10.0.0.0/8");
}

TEST(FibTable, RoutesOfAnEarlierProcessStayWhereTheyAreWanted) {
  FakeKernel kernel;
  kernel.routes[kTen].hops = hops({{"192.0.2.1", 1}});
  kernel.routes[kEleven].hops = hops({{"192.0.2.1", 1}});
  kernel.routes[kSix].hops = hops({{"2001:db8:f::1", 1}});
  kernel.learn();
  EXPECT_EQ(kernel.table.counts().learnt, 3U);
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.table.want(kSix, via({"2001:db8:f::2"}));
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "") << "a better path may come";
  EXPECT_EQ(kernel.table.counts().installed, 1U);
  EXPECT_EQ(kernel.table.counts().waiting, 1U);
  EXPECT_EQ(kernel.table.counts().unwanted, 1U);
  kernel.table.want(kSix, via({"2001:db8:f::3"}));
  kernel.table.want(kEleven, via({"192.0.2.1"}));
  kernel.table.unwant(kEleven);
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "");
  kernel.table.end_refresh();
  kernel.run();
  const std::string done = kernel.take_done();
  EXPECT_TRUE(done == "+2001:db8::/32 -11.0.0.0/8" || done == "-11.0.0.0/8 +2001:db8::/32") << done;
  EXPECT_EQ(kernel.table.counts().unwanted, 0U);
  EXPECT_EQ(kernel.table.counts().installed, 2U);
}

TEST(FibTable, ARefreshKeepsWhatIsWantedAgain) {
  FakeKernel kernel;
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.table.want(kEleven, via({"192.0.2.1"}));
  kernel.run();
  kernel.table.end_refresh();
  (void)kernel.take_done();
  kernel.table.begin_refresh();
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "");
  kernel.table.end_refresh();
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "-11.0.0.0/8");
  EXPECT_EQ(kernel.table.counts().wanted, 1U);
}

// After the first refresh, a new route of our protocol comes from another program.
TEST(FibTable, ALaterRefreshKeepsNoRouteOfAnEarlierProcess) {
  FakeKernel kernel;
  EXPECT_TRUE(kernel.table.starting());
  kernel.table.end_refresh();
  kernel.table.begin_refresh();
  EXPECT_FALSE(kernel.table.starting());
  kernel.routes[kTen].hops = hops({{"192.0.2.1", 1}});
  kernel.routes[kEleven].hops = hops({{"192.0.2.1", 1}});
  kernel.table.kernel_changed(kEleven, kernel.routes[kEleven].hops);
  kernel.table.restore();
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "-11.0.0.0/8");
  kernel.learn();
  kernel.run();
  EXPECT_EQ(kernel.take_done(), "-10.0.0.0/8");
  EXPECT_EQ(kernel.table.counts().learnt, 0U);
}

TEST(FibTable, ASecondLearningFindsWhatIsMissingAndWhatDiffers) {
  FakeKernel kernel;
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.table.want(kEleven, via({"192.0.2.1"}));
  kernel.table.want(kSix, via({"2001:db8:f::1"}));
  kernel.run();
  kernel.table.end_refresh();
  (void)kernel.take_done();
  kernel.routes.erase(kTen);
  kernel.routes[kEleven].hops = hops({{"192.0.2.7", 1}});
  kernel.learn();
  kernel.run();
  EXPECT_EQ(kernel.routes[kEleven].hops, hops({{"192.0.2.1", 1}}));
  EXPECT_EQ(kernel.table.counts().installed, 3U);
  EXPECT_EQ(kernel.table.counts().learnt, 0U);
}

TEST(FibTable, InTheEndAllOfOursGo) {
  FakeKernel kernel;
  kernel.routes[kEleven].hops = hops({{"192.0.2.1", 1}});
  kernel.learn();
  kernel.table.want(kTen, via({"192.0.2.1"}));
  kernel.run();
  kernel.table.want_nothing();
  kernel.run();
  EXPECT_TRUE(kernel.routes.empty());
  EXPECT_EQ(kernel.table.counts().wanted, 0U);
  EXPECT_EQ(kernel.table.targets().next_hops(), 0U);
}

}  // namespace
}  // namespace tern::fib
