// Prefix limits: what is counted, and each of the actions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/pipeline/speaker.h"
#include "tests/unit/rib/session_ends.h"

namespace tern::pipeline {
namespace {

class ImportLimit : public testing::Test {
 protected:
  Neighbour& neighbour(LimitAction action, std::uint64_t limit = 2) {
    Session session = ebgp(65001, 1);
    session.import.limit_action = action;
    session.import.prefix_limit = {limit, 0};
    return tern.add(session);
  }
  static std::string nth(int n) { return "10." + std::to_string(n) + ".0.0/16"; }
  Reason reason(int n) {
    const auto destination = tern.rib.find(unicast(prefix(nth(n))));
    return destination ? destination->paths.front().reason() : Reason::kCount;
  }
  static std::uint64_t hits(Neighbour& a, LimitAction action) {
    return a.import.counters().limit_hits[static_cast<std::size_t>(action)];
  }
  Speaker tern;
};

TEST_F(ImportLimit, WarnsOnceAndKeepsTheRoutes) {
  Neighbour& a = neighbour(LimitAction::Warning);
  EXPECT_FALSE(route(nth(1)).via(a).limit_warning);
  EXPECT_FALSE(route(nth(2)).via(a).limit_warning);
  EXPECT_EQ(route(nth(3)).via(a).limit_warning, Family::Ipv4Unicast);
  EXPECT_FALSE(route(nth(4)).via(a).limit_warning);
  EXPECT_EQ(reason(4), Reason::None);
  EXPECT_EQ(hits(a, LimitAction::Warning), 1U);
  // Below it and past it again is news.
  for (int n = 2; n <= 4; ++n) a.withdraw(nth(n));
  route(nth(5)).via(a);
  EXPECT_EQ(route(nth(6)).via(a).limit_warning, Family::Ipv4Unicast);
}

TEST_F(ImportLimit, ReplacingAPathIsNotAnotherOne) {
  Neighbour& a = neighbour(LimitAction::Shutdown);
  route(nth(1)).via(a);
  route(nth(2)).via(a);
  EXPECT_FALSE(route(nth(2)).med(5).via(a).reset);
}

TEST_F(ImportLimit, ShutdownEndsTheSession) {
  Neighbour& a = neighbour(LimitAction::Shutdown);
  route(nth(1)).via(a);
  route(nth(2)).via(a);
  const Received got = route(nth(3)).via(a);
  ASSERT_TRUE(got.reset);
  EXPECT_EQ(got.reset->code, wire::ErrorCode::Cease);
  EXPECT_EQ(got.reset->subcode, wire::cease::kMaxPrefixes);
  EXPECT_EQ(reason(3), Reason::kCount);
}

TEST_F(ImportLimit, FamiliesAreCountedApart) {
  Neighbour& a = neighbour(LimitAction::Shutdown);
  for (int n = 1; n <= 4; ++n) {
    EXPECT_FALSE(route("2001:db8:" + std::to_string(n) + "::/48").via(a).reset);
  }
}

TEST_F(ImportLimit, RejectedRoutesCountToo) {
  Session session = ebgp(65001, 1);
  session.import.limit_action = LimitAction::Shutdown;
  session.import.prefix_limit = {2, 0};
  session.import.policies = {};  // nothing is accepted
  Neighbour& a = tern.add(session);
  route(nth(1)).via(a);
  route(nth(2)).via(a);
  EXPECT_TRUE(route(nth(3)).via(a).reset);
}

TEST_F(ImportLimit, BlockKeepsTheRestOut) {
  Neighbour& a = neighbour(LimitAction::Block);
  for (int n = 1; n <= 4; ++n) route(nth(n)).via(a);
  EXPECT_EQ(reason(1), Reason::None);
  EXPECT_EQ(reason(2), Reason::None);
  EXPECT_EQ(reason(3), Reason::PrefixLimit);
  EXPECT_EQ(reason(4), Reason::PrefixLimit);
  EXPECT_EQ(hits(a, LimitAction::Block), 1U);
}

TEST_F(ImportLimit, ABlockedRouteIsNotLetInByRepeatingIt) {
  Neighbour& a = neighbour(LimitAction::Block);
  for (int n = 1; n <= 3; ++n) route(nth(n)).via(a);
  route(nth(3)).via(a);
  route(nth(3)).med(9).via(a);
  EXPECT_EQ(reason(3), Reason::PrefixLimit);
  a.withdraw(nth(1));
  route(nth(3)).via(a);  // there is room now
  EXPECT_EQ(reason(3), Reason::None);
}

TEST_F(ImportLimit, ABlockedRouteIsNotLetInByANewPolicy) {
  Neighbour& a = neighbour(LimitAction::Block);
  for (int n = 1; n <= 3; ++n) route(nth(n)).via(a);
  const auto reevaluate = [&](std::uint64_t limit) {
    ImportRules rules = a.import.rules();
    policy::ActionSource actions;
    actions.local_pref = {policy::SetNumber::Op::Set, 200};
    rules.policies = accept_with(actions);
    rules.prefix_limit = {limit, 0};
    a.import.set_rules(rules);
    for (rib::DestId id = 0; id < tern.rib.end(); ++id) a.import.reevaluate(tern.rib, id);
  };
  reevaluate(2);
  EXPECT_EQ(reason(2), Reason::None);
  EXPECT_EQ(reason(3), Reason::PrefixLimit);
  reevaluate(3);  // a higher limit does let it in
  EXPECT_EQ(reason(3), Reason::None);
}

// Whatever is left of them in the table, also for shards that store their parts without asking for
// the others.
TEST_F(ImportLimit, PathsOfTheLastSessionDoNotCount) {
  Neighbour& a = neighbour(LimitAction::Shutdown, 3);
  route(nth(1)).via(a);
  route(nth(2)).via(a);
  const PathAttributes attributes = route(nth(3)).of(a.import.facts());
  std::vector<Nlri> more;
  for (int n = 2; n <= 5; ++n) {
    more.push_back(unicast(prefix(nth(n))));
    std::vector<std::byte> message;
    (void)wire::encode_announcements(attributes, more, {}, message);
    rib::end_session(tern.shards, a.slot());
    AdjRibsIn ribs;
    Import next(tern.shards, ribs, a.import.facts(), a.import.rules());
    (void)next.take(wire::Bytes(message).subspan(wire::kHeaderSize));
    EXPECT_EQ(next.admit(next.pending()), n <= 4);  // three routes or fewer
    EXPECT_EQ(next.flush(0).reset.has_value(), n == 5);
  }
}

// ---- A limit is a state

class BlockingLimit : public ImportLimit {
 protected:
  static constexpr int kRoutes = 5;
  [[nodiscard]] int held() const {
    int count = 0;
    for (int n = 1; n <= kRoutes; ++n) {
      const auto destination = tern.rib.find(unicast(prefix(nth(n))));
      if (destination && destination->accepted > 0) ++count;
    }
    return count;
  }
  void set_limit(Neighbour& a, LimitAction action, std::uint64_t limit) {
    ImportRules rules = a.import.rules();
    rules.limit_action = action;
    rules.prefix_limit = {limit, 0};
    a.import.set_rules(rules);
  }
  void reevaluate(Neighbour& a) {
    for (rib::DestId id = 0; id < tern.rib.end(); ++id) a.import.reevaluate(tern.rib, id);
    EXPECT_TRUE(a.import.end_reevaluation());
  }
};

TEST_F(BlockingLimit, FlapsLeaveAsManyAsItAllows) {
  Neighbour& a = neighbour(LimitAction::Block, 3);
  for (int n = 1; n <= kRoutes; ++n) route(nth(n)).via(a);
  for (int n = 1; n <= 2 * kRoutes; ++n) {
    const std::string flaps = nth(1 + n % kRoutes);
    a.withdraw(flaps);
    EXPECT_EQ(held(), 3) << n;
    route(flaps).via(a);
    EXPECT_EQ(held(), 3) << n;
  }
}

TEST_F(BlockingLimit, WhatIsBlockedReturnsWhenThereIsRoom) {
  Neighbour& a = neighbour(LimitAction::Block, 3);
  for (int n = 1; n <= kRoutes; ++n) route(nth(n)).via(a);
  for (int n = 1; n <= 3; ++n) EXPECT_FALSE(a.withdraw(nth(n)).unblock);
  EXPECT_EQ(reason(4), Reason::None);
  EXPECT_EQ(reason(5), Reason::None);
  route(nth(1)).via(a);
  EXPECT_EQ(reason(1), Reason::None);
}

// The memo of the verdicts would keep counts of sets that no route has any more.
TEST_F(BlockingLimit, WhatReturnsLeavesNothingBehind) {
  Neighbour& a = neighbour(LimitAction::Block, 3);
  for (int n = 1; n <= kRoutes; ++n) route(nth(n)).med(static_cast<std::uint32_t>(n)).via(a);
  for (int n = 1; n <= kRoutes; ++n) a.withdraw(nth(n));
  tern.spread();
  EXPECT_EQ(tern.shards.attributes().size(), 0U);
}

TEST_F(BlockingLimit, ARefreshThatLeavesRoutesOutMakesRoom) {
  Neighbour& a = neighbour(LimitAction::Block, 3);
  for (int n = 1; n <= kRoutes; ++n) route(nth(n)).via(a);
  tern.shards.change_epoch(a.slot(), Family::Ipv4Unicast, rib::EpochChange::BeginIfFew);
  for (int n = 4; n <= kRoutes; ++n) route(nth(n)).via(a);
  EXPECT_EQ(reason(5), Reason::PrefixLimit);  // the others are there yet
  tern.shards.change_epoch(a.slot(), Family::Ipv4Unicast, rib::EpochChange::ExpireOlder);
  EXPECT_FALSE(a.import.check_limits().unblock);
  EXPECT_EQ(reason(4), Reason::None);
  EXPECT_EQ(reason(5), Reason::None);
}

// More are blocked than it remembers: the table is asked for them, once for many.
TEST_F(BlockingLimit, AMillionBlockedRoutesReturnByWalks) {
  constexpr std::uint32_t kMany = 3000;
  constexpr std::uint64_t kLimit = 1500;
  Neighbour& a = neighbour(LimitAction::Block, kLimit);
  std::vector<Nlri> all;
  for (std::uint32_t n = 0; n < kMany; ++n) {
    all.push_back(unicast(Prefix(IpAddress::v4(0x0A000000U + (n << 8U)), 24)));
  }
  const PathAttributes attributes = route(nth(1)).of(a.import.facts());
  a.announce(attributes, all);
  const auto accepted = [&] { return tern.rib.table(Family::Ipv4Unicast).paths; };
  EXPECT_EQ(accepted(), kLimit);
  const std::vector<Nlri> gone(all.begin(), all.begin() + kLimit);
  ASSERT_TRUE(a.withdraw(gone).unblock);
  EXPECT_LT(accepted(), kLimit);
  for (rib::DestId id = 0; id < tern.rib.end(); ++id) a.import.unblock(tern.rib, id);
  EXPECT_EQ(accepted(), kLimit);
  EXPECT_EQ(tern.shards.blocked(a.slot(), Family::Ipv4Unicast), 0U);
}

TEST_F(BlockingLimit, ALowerLimitBlocksAndAHigherOneLetsIn) {
  Neighbour& a = neighbour(LimitAction::Block, 0);
  for (int n = 1; n <= kRoutes; ++n) route(nth(n)).via(a);
  for (const std::uint64_t limit : {2U, 4U, 1U, 3U, 9U}) {
    set_limit(a, LimitAction::Block, limit);
    const Stored stored = a.import.check_limits();
    EXPECT_FALSE(stored.reset);
    reevaluate(a);
    EXPECT_EQ(held(), std::min<int>(kRoutes, static_cast<int>(limit))) << limit;
  }
}

// Then shards judge stored paths by themselves.
TEST_F(BlockingLimit, IsNearWhereItMayBePassed) {
  Neighbour& a = neighbour(LimitAction::Block, 3);
  for (int n = 1; n <= 3; ++n) route(nth(n)).via(a);
  EXPECT_FALSE(a.import.near_blocking_limit());
  route(nth(4)).via(a);
  EXPECT_TRUE(a.import.near_blocking_limit());
  set_limit(a, LimitAction::Block, 4);
  EXPECT_FALSE(a.import.near_blocking_limit());
  set_limit(a, LimitAction::Warning, 2);
  EXPECT_FALSE(a.import.near_blocking_limit());
}

TEST_F(BlockingLimit, RulesOfASessionAreMarkedWhenTheyAreReplaced) {
  Neighbour& a = neighbour(LimitAction::Block, 3);
  const auto first = a.import.session_rules();
  EXPECT_EQ(first, a.import.session_rules());
  EXPECT_FALSE(first->replaced);
  set_limit(a, LimitAction::Block, 4);
  EXPECT_TRUE(first->replaced);
  AdjRibsIn ribs;
  auto next = std::make_unique<Import>(tern.shards, ribs, a.import.facts(), a.import.rules());
  const auto second = next->session_rules();
  EXPECT_FALSE(second->replaced);
  next.reset();  // the session is over
  EXPECT_TRUE(second->replaced);
}

TEST_F(BlockingLimit, ALowerLimitActsAtOnce) {
  Neighbour& a = neighbour(LimitAction::Shutdown, 10);
  for (int n = 1; n <= kRoutes; ++n) route(nth(n)).via(a);
  EXPECT_FALSE(a.import.check_limits().over);
  set_limit(a, LimitAction::Warning, 3);
  const Stored warned = a.import.check_limits();
  EXPECT_EQ(warned.limit_warning, Family::Ipv4Unicast);
  EXPECT_FALSE(warned.reset);
  set_limit(a, LimitAction::Warning, 3);  // a reload of something else is no news
  EXPECT_FALSE(a.import.check_limits().limit_warning);
  set_limit(a, LimitAction::Shutdown, 3);
  const Stored over = a.import.check_limits();
  ASSERT_TRUE(over.reset);
  EXPECT_EQ(over.reset->subcode, wire::cease::kMaxPrefixes);
  ASSERT_TRUE(over.over);
  EXPECT_EQ(over.over->limit, 3U);
  EXPECT_EQ(over.over->count, 5U);
  EXPECT_EQ(hits(a, LimitAction::Shutdown), 1U);
}

}  // namespace
}  // namespace tern::pipeline
