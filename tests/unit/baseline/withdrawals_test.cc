#include "bgpd/baseline/withdrawals.h"

#include <gtest/gtest.h>

namespace tern::baseline {
namespace {

constexpr PeerSlot kNeighbor = 3;

class WithdrawalsTest : public testing::Test {
 protected:
  WithdrawalsTest() { withdrawals_.apply(WithdrawalRules{50, 64, 100}); }
  bool is_massive(std::uint64_t routes, std::uint32_t now, std::uint64_t session = 1) {
    return withdrawals_.look(kNeighbor, session, {routes, routes}, now).has_value();
  }
  Withdrawals withdrawals_;
};

TEST_F(WithdrawalsTest, MoreThanHalfOfTheRoutesWithinTheWindow) {
  EXPECT_FALSE(is_massive(1000, 1000));
  EXPECT_FALSE(is_massive(500, 1001)) << "half is not more than half";
  const auto loss = withdrawals_.look(kNeighbor, 1, {499, 499}, 1002);
  ASSERT_TRUE(loss);
  EXPECT_EQ(loss->before, 1000U);
  EXPECT_EQ(loss->lost, 501U);
}

TEST_F(WithdrawalsTest, EndsBehindTheWindow) {
  EXPECT_FALSE(is_massive(1000, 1000));
  EXPECT_TRUE(is_massive(10, 1001));
  EXPECT_TRUE(is_massive(10, 1063));
  EXPECT_FALSE(is_massive(10, 1080));
}

// Whatever the window, and wherever a part of it begins.
TEST_F(WithdrawalsTest, TheWholeWindowCounts) {
  for (const std::uint32_t window : {2U, 3U, 7U, 8U, 15U, 60U, 64U, 3600U}) {
    for (std::uint32_t start = 10'000; start < 10'000 + window; ++start) {
      Withdrawals withdrawals;
      withdrawals.apply(WithdrawalRules{50, window, 100});
      const auto look = [&](std::uint64_t routes, std::uint32_t now) {
        return withdrawals.look(kNeighbor, 1, {routes, routes}, now).has_value();
      };
      ASSERT_FALSE(look(1000, start));
      ASSERT_TRUE(look(10, start + window - 1)) << window << " from " << start;
      ASSERT_FALSE(look(10, start + 2 * window + 2)) << window << " from " << start;
    }
  }
}

TEST_F(WithdrawalsTest, RoutesThatGoSlowlyAreNone) {
  std::uint32_t now = 1000;
  for (std::uint64_t routes = 1000; routes > 0; routes -= 10, now += 10) {
    ASSERT_FALSE(is_massive(routes, now)) << routes;
    if (routes < 200) break;
  }
}

TEST_F(WithdrawalsTest, FewRoutesAreNone) {
  EXPECT_FALSE(is_massive(99, 1000));
  EXPECT_FALSE(is_massive(0, 1001));
}

TEST_F(WithdrawalsTest, ANewSessionBeginsWithoutRoutes) {
  EXPECT_FALSE(is_massive(1000, 1000));
  EXPECT_FALSE(is_massive(0, 1001, 2)) << "the session was lost: that is another event";
}

TEST_F(WithdrawalsTest, RoutesThatAreRejectedNowAreNotWithdrawn) {
  EXPECT_FALSE(withdrawals_.look(kNeighbor, 1, {1000, 1000}, 1000));
  EXPECT_FALSE(withdrawals_.look(kNeighbor, 1, {1000, 0}, 1001)) << "another policy";
  EXPECT_FALSE(withdrawals_.look(kNeighbor, 1, {800, 0}, 1002));
}

TEST_F(WithdrawalsTest, RoutesThatANeighborSendsBackDoNotCount) {
  EXPECT_FALSE(withdrawals_.look(kNeighbor, 1, {1020, 20}, 1000));
  EXPECT_FALSE(withdrawals_.look(kNeighbor, 1, {20, 20}, 1001));
}

TEST_F(WithdrawalsTest, WithoutRulesNothingIsNoticed) {
  withdrawals_.apply(std::nullopt);
  EXPECT_FALSE(withdrawals_.is_on());
  EXPECT_FALSE(is_massive(1000, 1000));
  EXPECT_FALSE(is_massive(0, 1001));
}

}  // namespace
}  // namespace tern::baseline
