#include "bgpd/api/places.h"

#include <gtest/gtest.h>

#include <vector>

#include "bgpd/api/client.h"

namespace tern::api {
namespace {

constexpr PlaceLimits kLimits{6, 3};
constexpr Occupant kRoot{0, true, false};

Occupant user(uid_t uid, bool idle = false) { return {uid, false, idle}; }

constexpr std::size_t kNobodyLeaves = 99;

// Who leaves, or nothing where the newcomer is turned away.
std::optional<std::size_t> leaves(const Occupant& newcomer, const std::vector<Occupant>& there) {
  const Admission admission = admit(newcomer, there, kLimits);
  if (!admission.admitted) return std::nullopt;
  return admission.leaves.value_or(kNobodyLeaves);
}

TEST(Places, AreForAll) {
  EXPECT_EQ(leaves(user(1000), {}), kNobodyLeaves);
  EXPECT_EQ(leaves(user(1000), {user(1000), user(1000), user(1001)}), kNobodyLeaves);
}

TEST(Places, OneUserHasAShare) {
  EXPECT_EQ(leaves(user(1000), {user(1000), user(1000), user(1000)}), std::nullopt);
  EXPECT_EQ(leaves(user(1001), {user(1000), user(1000), user(1000)}), kNobodyLeaves);
  // Its own idle one makes room, not that of others.
  EXPECT_EQ(leaves(user(1000), {user(1001, true), user(1000), user(1000, true), user(1000, true)}),
            2U);
}

TEST(Places, OneIsKeptForThoseWhoMayEndTheDaemon) {
  const std::vector<Occupant> full{user(1), user(1), user(1), user(2), user(2)};
  EXPECT_EQ(leaves(user(3), full), std::nullopt);
  EXPECT_EQ(leaves(kRoot, full), kNobodyLeaves);
}

TEST(Places, OfTheIdleMakeRoomTheLongestIdleFirst) {
  const std::vector<Occupant> full{user(1), user(1, true), user(1), user(2, true), user(2)};
  EXPECT_EQ(leaves(user(3), full), 1U);
  std::vector<Occupant> with_root = full;
  with_root.insert(with_root.begin(), Occupant{0, true, true});
  EXPECT_EQ(leaves(user(3), with_root), 2U) << "before an idle one of root";
  EXPECT_EQ(leaves(kRoot, with_root), 0U);
}

TEST(Places, RootMayHaveAllAndThenNoMore) {
  const std::vector<Occupant> five(5, kRoot);
  EXPECT_EQ(leaves(kRoot, five), kNobodyLeaves);
  EXPECT_EQ(leaves(kRoot, std::vector<Occupant>(6, kRoot)), std::nullopt);
  EXPECT_EQ(leaves(user(1), five), std::nullopt);
  std::vector<Occupant> idle = five;
  idle[3].idle = true;
  EXPECT_EQ(leaves(user(1), idle), 3U) << "an idle one does not lock everybody else out";
}

TEST(Pace, LetsASecondsWorthThroughAtOnceAndSpreadsTheRest) {
  using std::chrono::milliseconds;
  Pace pace(10);
  const Pace::Clock::time_point start{std::chrono::hours(1)};
  for (int i = 0; i < 10; ++i) EXPECT_EQ(pace.next(start).count(), 0) << i;
  EXPECT_EQ(pace.next(start), milliseconds(100));
  EXPECT_EQ(pace.next(start), milliseconds(200));
  EXPECT_EQ(pace.next(start + milliseconds(300)), milliseconds(0));
  EXPECT_EQ(pace.next(start + milliseconds(300)), milliseconds(100));
  Pace none(0);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(none.next(start).count(), 0);
}

}  // namespace
}  // namespace tern::api
