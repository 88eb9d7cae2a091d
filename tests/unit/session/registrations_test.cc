// Registrations that change after routes came in: the routes that changed registrations cover are
// judged again, and no other route.
#include "policy/registrations.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "bgpd/session/guard_orders.h"
#include "policy/usual_paths.h"
#include "policy/vrp_table.h"
#include "tests/unit/session/line_count.h"
#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

using policy::RegistrationTable;

constexpr std::uint32_t kRegisteredTable = 1000;
constexpr Asn kTableOrigin = 200;  // of append_announcements()

policy::Registration registration_of(const Prefix& prefix, Asn origin) {
  policy::Registration one;
  one.prefix = prefix;
  one.max_length = 32;
  one.customer = origin;
  one.origins = {origin};
  return one;
}

class RegisteredPrefixes : public testing::TestWithParam<std::uint32_t> {
 protected:
  void begin() {
    running.apply({1U, 2U});
    ASSERT_TRUE(first.connect() && second.connect());
    ASSERT_TRUE(first.announce(0, kRegisteredTable));
    ASSERT_TRUE(running.settles([&] {
      return running.speaker().shards().table(Family::Ipv4Unicast).paths == kRegisteredTable;
    }));
  }
  void set(std::vector<policy::Registration> all) {
    const auto source = std::make_shared<const policy::Registrations>(std::move(all));
    auto next =
        std::make_shared<const RegistrationTable>(std::vector{source}, policy::kQuarantineAll);
    auto changed = RegistrationTable::difference(*table, *next);
    table = next;
    running.ask([&] {
      running.speaker().set_registrations(std::move(next), std::move(changed));
      return true;
    });
  }
  bool quarantines(std::uint64_t routes) { return rejects(Reason::Quarantined, routes); }
  bool rejects(Reason reason, std::uint64_t routes) {
    return running.settles([&] {
      std::uint64_t count = 0;
      for (const std::uint32_t number : {1U, 2U}) {
        const Peer* const peer = running.speaker().find(address_text(number));
        count += running.speaker()
                     .shards()
                     .counts(peer->slot())
                     .rejected[static_cast<std::size_t>(reason)];
      }
      return count == routes;
    });
  }
  // So many routes in all are judged again in the end: a part of a round counts them behind its
  // last slice.
  bool judges_again(std::uint64_t routes) {
    return running.settles([&] { return running.speaker().times().reevaluated.imports == routes; });
  }
  bool second_holds(std::size_t routes) {
    return second.hears_until([&] { return second.advertised().size() == routes; });
  }

  std::shared_ptr<const RegistrationTable> table = std::make_shared<const RegistrationTable>();
  RunningSpeaker running{SpeakerThreads{0, 0, GetParam(), {}}};
  SocketNeighbour first{1, running.port()};
  SocketNeighbour second{2, running.port()};
};

TEST_P(RegisteredPrefixes, AChangeTouchesTheRoutesThatItCovers) {
  begin();
  ASSERT_TRUE(second_holds(kRegisteredTable));
  const auto sixteen = registration_of(Prefix::v4(0x0A000000U, 20), 666);
  set({sixteen});
  ASSERT_TRUE(quarantines(16));
  EXPECT_TRUE(judges_again(16));
  EXPECT_TRUE(second_holds(kRegisteredTable - 16));
  set({sixteen, registration_of(prefix_of(20), kTableOrigin)});
  EXPECT_TRUE(judges_again(17));
  EXPECT_TRUE(quarantines(16));
  // New routes meet the table that is there.
  ASSERT_TRUE(second.announce(0, 2));
  ASSERT_TRUE(quarantines(18));
  set({registration_of(Prefix::v4(0x0A000000U, 20), kTableOrigin)});
  ASSERT_TRUE(quarantines(0));
  EXPECT_TRUE(second_holds(kRegisteredTable));
}

// VRPs concern the sessions because of the guard alone: no policy of theirs reads them.
TEST_P(RegisteredPrefixes, TheGuardFollowsChangedVrps) {
  begin();
  set({registration_of(Prefix::v4(0x0A000000U, 20), kTableOrigin)});
  ASSERT_TRUE(quarantines(0));
  const auto vrps = policy::VrpTable::build({{prefix_of(3), 24, 666}, {prefix_of(100), 24, 666}});
  running.ask([&] {
    running.speaker().set_vrps(vrps, {{prefix_of(3), 24, 32}, {prefix_of(100), 24, 32}});
    return true;
  });
  EXPECT_TRUE(quarantines(1));
}

policy::UsualPath usual_path(const Prefix& prefix, Asn upstream) {
  policy::UsualPath usual;
  usual.prefix = prefix;
  usual.origins = {kTableOrigin};
  usual.origin_count = 1;
  usual.upstreams = {upstream};
  usual.upstream_count = 1;
  return usual;
}

// A new table of usual paths concerns the prefixes that differ, and no other route.
TEST_P(RegisteredPrefixes, TheGuardFollowsUsualPaths) {
  begin();
  set({registration_of(Prefix::v4(0x0A000000U, 20), kTableOrigin)});
  ASSERT_TRUE(judges_again(16));
  auto usual = std::make_shared<const policy::UsualPaths>();
  const auto learn = [&](std::vector<policy::UsualPath> paths) {
    auto next = std::make_shared<const policy::UsualPaths>(std::move(paths));
    auto changed = policy::UsualPaths::difference(*usual, *next);
    usual = next;
    running.ask([&] {
      running.speaker().set_usual_paths(std::move(next), std::move(changed));
      return true;
    });
  };
  constexpr Asn kTableUpstream = 100;     // of the first prefixes, as append_announcements() has it
  constexpr std::uint32_t kOtherWay = 7;  // the same origin behind another upstream
  learn({usual_path(prefix_of(3), 666), usual_path(prefix_of(4), kTableUpstream),
         usual_path(prefix_of(100), 666)});
  EXPECT_TRUE(quarantines(1)) << "the last one is not registered";
  EXPECT_TRUE(judges_again(16 + 3));
  EXPECT_TRUE(second_holds(kRegisteredTable - 1));
  // A route that comes later meets what was learnt.
  ASSERT_TRUE(second.announce(3, 5, kOtherWay));
  EXPECT_TRUE(quarantines(3));
  learn({usual_path(prefix_of(3), kTableUpstream), usual_path(prefix_of(4), kTableUpstream)});
  EXPECT_TRUE(quarantines(2));
  learn({});
  EXPECT_TRUE(quarantines(0));
}

// A release or a block has the routes for its prefix judged again, and no other route.
TEST_P(RegisteredPrefixes, AnOrderTouchesTheRoutesForItsPrefix) {
  begin();
  policy::GuardOrder block;
  block.kind = policy::GuardOrderKind::Block;
  block.prefix = prefix_of(3);
  ASSERT_TRUE(
      running.ask([&] { return !running.speaker().guard_orders().put(block).has_value(); }));
  EXPECT_TRUE(judges_again(1));
  EXPECT_TRUE(rejects(Reason::GuardBlock, 1));
  EXPECT_TRUE(second_holds(kRegisteredTable - 1));
  ASSERT_TRUE(running.ask(
      [&] { return running.speaker().guard_orders().clear(block.prefix, {}, "the test"); }));
  EXPECT_TRUE(judges_again(2));
  EXPECT_TRUE(second_holds(kRegisteredTable));
}

// A blocked UPDATE logs nothing, and leaves the line of the minute to a route that is suspicious.
TEST_P(RegisteredPrefixes, ABlockLeavesTheLogToHijacks) {
  const LineCount lines("for registered prefixes are quarantined");
  begin();
  set({registration_of(Prefix::v4(0x0A000000U, 20), 666)});
  ASSERT_TRUE(quarantines(16));
  policy::GuardOrder block;
  block.kind = policy::GuardOrderKind::Block;
  block.prefix = prefix_of(3);
  ASSERT_TRUE(
      running.ask([&] { return !running.speaker().guard_orders().put(block).has_value(); }));
  ASSERT_TRUE(rejects(Reason::GuardBlock, 1));
  ASSERT_TRUE(second.announce(3, 4));
  ASSERT_TRUE(rejects(Reason::GuardBlock, 2));
  EXPECT_EQ(lines.lines(), 0);
  ASSERT_TRUE(second.announce(4, 5));
  ASSERT_TRUE(quarantines(16));
  EXPECT_EQ(lines.lines(), 1);
}

// Orders that are over end a part at a time.
TEST_P(RegisteredPrefixes, OrdersEndInParts) {
  constexpr std::size_t kOrders = GuardOrders::kMostEnds + 10;
  const std::size_t left = running.ask([&] {
    GuardOrders& orders = running.speaker().guard_orders();
    std::vector<policy::GuardOrder> all(kOrders);
    for (std::uint32_t i = 0; i < kOrders; ++i) {
      all[i].kind = i == 0 ? policy::GuardOrderKind::Release : policy::GuardOrderKind::Block;
      all[i].prefix = prefix_of(i);
      all[i].expires = 1000;
    }
    orders.restore(std::move(all));
    EXPECT_EQ(orders.releases(), 1U);
    EXPECT_EQ(orders.blocks(), kOrders - 1);
    orders.look(999);
    EXPECT_EQ(orders.all().size(), kOrders);
    orders.look(1000);
    EXPECT_EQ(orders.all().size(), kOrders - GuardOrders::kMostEnds);
    orders.look(1001);
    return orders.all().size();
  });
  EXPECT_EQ(left, 0U);
}

INSTANTIATE_TEST_SUITE_P(Threads, RegisteredPrefixes, testing::Values(1U, 2U));

}  // namespace
}  // namespace tern::session
