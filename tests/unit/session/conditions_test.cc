// Conditions of a whole Speaker: networks and default routes come and go with sessions, routes and
// drains. And the damping by itself.
#include "bgpd/session/conditions.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "bgpd/session/hysteresis.h"
#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

// ---- Damping

TEST(Hysteresis, TheFirstFindingCountsAtOnce) {
  const Hysteresis::Times times{std::chrono::seconds(10), std::chrono::seconds(10)};
  Hysteresis up;
  EXPECT_FALSE(up.holds());
  EXPECT_TRUE(up.look(true, kSecond, times));
  EXPECT_EQ(up.holds(), true);
  Hysteresis down;
  EXPECT_TRUE(down.look(false, kSecond, times));
  EXPECT_EQ(down.holds(), false);
}

TEST(Hysteresis, LaterOnesCountWhenTheyHaveLasted) {
  const Hysteresis::Times times{std::chrono::seconds(3), std::chrono::seconds(2)};
  Hysteresis state;
  (void)state.look(true, 10 * kSecond, times);
  EXPECT_FALSE(state.look(false, 11 * kSecond, times));
  EXPECT_EQ(state.changes_at(), 13 * kSecond);
  EXPECT_FALSE(state.look(false, 12 * kSecond, times));
  EXPECT_TRUE(state.look(false, 13 * kSecond, times));
  EXPECT_EQ(state.changes_at(), 0U);
  EXPECT_FALSE(state.look(true, 14 * kSecond, times));
  EXPECT_FALSE(state.look(false, 15 * kSecond, times));  // the time begins anew
  EXPECT_FALSE(state.look(true, 16 * kSecond, times));
  EXPECT_FALSE(state.look(true, 18 * kSecond, times));
  EXPECT_TRUE(state.look(true, 19 * kSecond, times));
}

TEST(Hysteresis, WithoutTimesEveryFindingCounts) {
  Hysteresis state;
  (void)state.look(true, 1, {});
  EXPECT_TRUE(state.look(false, 2, {}));
  EXPECT_TRUE(state.look(true, 2, {}));
}

TEST(Hysteresis, AFindingForAnotherQuestionCountsAtOnce) {
  const Hysteresis::Times times{std::chrono::seconds(10), std::chrono::seconds(10)};
  Hysteresis state;
  (void)state.look(true, kSecond, times);
  EXPECT_FALSE(state.look(false, 2 * kSecond, times));
  state.begin_anew();
  EXPECT_TRUE(state.look(false, 3 * kSecond, times));
  EXPECT_FALSE(state.look(true, 4 * kSecond, times));
}

// ---- A speaker

const Prefix kOurs = *Prefix::parse("192.0.2.0/24");
const Prefix kDefault = *Prefix::parse("0.0.0.0/0");

Requirement route(const Prefix& prefix, bool covered, const std::string& group = "") {
  Requirement requirement;
  requirement.kind = Requirement::Kind::Route;
  requirement.route = {prefix, covered, group};
  return requirement;
}

Requirement sessions(const std::string& group, std::uint32_t at_least) {
  Requirement requirement;
  requirement.kind = Requirement::Kind::Sessions;
  requirement.group = group;
  requirement.at_least = at_least;
  return requirement;
}

Requirement interface(const std::string& name) {
  Requirement requirement;
  requirement.kind = Requirement::Kind::Interface;
  requirement.interface = name;
  return requirement;
}

class ConditionsOf : public testing::TestWithParam<SpeakerThreads> {
 protected:
  // Neighbor 1 is of no group, 2 and 3 are of "transit"; kOurs depends on the condition.
  SpeakerSettings settings(std::vector<Requirement> requirements, bool any = false) {
    SpeakerSettings settings = running.settings();
    settings.peers = {running.listed(1), running.listed(2), running.listed(3)};
    settings.peers[1].group = settings.peers[2].group = "transit";
    settings.conditions = {{"c", any, std::move(requirements), {}}};
    settings.networks = {{kOurs, std::make_shared<const policy::Chain>(), "c"}};
    return settings;
  }
  bool hears(const Prefix& prefix) {
    return first.hears_until([&] { return first.advertised().contains(prefix); });
  }
  bool hears_no(const Prefix& prefix) {
    return first.hears_until([&] { return !first.advertised().contains(prefix); });
  }
  std::string why() {
    return running.ask([&] { return reason_text(running.speaker().conditions().front()); });
  }
  bool fails() {
    return running.settles(
        [&] { return running.speaker().condition_holds("c") == std::optional(false); });
  }

  RunningSpeaker running{GetParam()};
  SocketNeighbour first{1, running.port()};
  SocketNeighbour second{2, running.port()};
  SocketNeighbour third{3, running.port()};
};

TEST_P(ConditionsOf, SessionsOfAGroup) {
  running.apply(settings({sessions("transit", 2)}));
  ASSERT_TRUE(first.connect() && second.connect());
  ASSERT_TRUE(fails());
  EXPECT_FALSE(running.look([&] { return running.speaker().shards().has_paths(kOwnSlot); }));
  ASSERT_TRUE(third.connect());
  EXPECT_TRUE(hears(kOurs));
  EXPECT_EQ(why(), "2 sessions of group transit are Established, 2 wanted");
  second.close();
  EXPECT_TRUE(hears_no(kOurs));
}

TEST_P(ConditionsOf, ARouteOfThePrefix) {
  running.apply(settings({route(prefix_of(5), false)}));
  ASSERT_TRUE(first.connect() && second.connect());
  ASSERT_TRUE(second.announce(0, 5));
  ASSERT_TRUE(fails());
  EXPECT_EQ(why(), "there is no route to 10.0.5.0/24");
  ASSERT_TRUE(second.announce(5, 6));
  EXPECT_TRUE(hears(kOurs));
  EXPECT_EQ(why(), "there is a route to 10.0.5.0/24");
  second.close();
  EXPECT_TRUE(hears_no(kOurs));
}

// More routes than one slice has, of which those of the group are the last.
TEST_P(ConditionsOf, ARouteThatAPrefixCovers) {
  running.apply(settings({route(*Prefix::parse("10.0.0.0/8"), true, "transit")}));
  ASSERT_TRUE(first.connect() && second.connect());
  ASSERT_TRUE(first.announce(0, 5000));
  ASSERT_TRUE(fails());
  ASSERT_TRUE(second.announce(4998, 5000, 1));
  EXPECT_TRUE(hears(kOurs));
  std::vector<std::byte> withdrawals;
  append_withdrawals(4998, 4999, withdrawals);
  ASSERT_TRUE(second.send(withdrawals));
  ASSERT_TRUE(running.settles(
      [&] { return running.speaker().shards().counts(2).families[0].received == 1; }));
  withdrawals.clear();
  append_withdrawals(4999, 5000, withdrawals);
  ASSERT_TRUE(second.send(withdrawals));
  EXPECT_TRUE(hears_no(kOurs));
}

// A network cannot keep itself alive.
TEST_P(ConditionsOf, OwnRoutesDoNotCount) {
  SpeakerSettings circle = settings({route(*Prefix::parse("192.0.0.0/8"), true)});
  circle.networks.push_back(
      {*Prefix::parse("192.0.3.0/24"), std::make_shared<const policy::Chain>(), ""});
  running.apply(circle);
  ASSERT_TRUE(first.connect());
  EXPECT_TRUE(hears(*Prefix::parse("192.0.3.0/24")));
  EXPECT_TRUE(fails());
}

TEST_P(ConditionsOf, AnyOfSeveral) {
  running.apply(settings({interface("nosuch0"), interface("lo")}, true));
  ASSERT_TRUE(first.connect());
  EXPECT_TRUE(hears(kOurs));
  EXPECT_EQ(why(), "interface lo is up");
  running.apply(settings({interface("nosuch0"), interface("lo")}));
  EXPECT_TRUE(hears_no(kOurs));
  EXPECT_EQ(why(), "interface nosuch0 is not up");
}

TEST_P(ConditionsOf, ThePoPIsNotDrained) {
  Requirement undrained;
  running.apply(settings({undrained}));
  ASSERT_TRUE(first.connect());
  EXPECT_TRUE(hears(kOurs));
  running.ask([&] { return running.speaker().drain_pop({}); });
  EXPECT_TRUE(hears_no(kOurs));
  running.ask([&] { return running.speaker().undrain_pop(); });
  EXPECT_TRUE(hears(kOurs));
}

// A restart knows the drain of the run before at once: `down_after` is not the time for which a
// drained PoP is advertised.
TEST_P(ConditionsOf, ADrainThatOutlastsARestart) {
  SpeakerSettings undrained = settings({Requirement{}});
  undrained.conditions.front().times.down_after = std::chrono::hours(1);
  running.ask([&] { running.speaker().restore_pop_drain(true); });
  running.apply(undrained);
  EXPECT_EQ(running.ask([&] { return running.speaker().condition_holds("c"); }), false);
  ASSERT_TRUE(first.connect() && second.connect());
  ASSERT_TRUE(second.announce(0, 1));
  ASSERT_TRUE(hears(prefix_of(0)));
  EXPECT_FALSE(first.advertised().contains(kOurs));
}

// A network that stays is not withdrawn when a reload makes it depend on a condition that holds.
TEST_P(ConditionsOf, AReloadThatBringsOneDoesNotFlap) {
  SpeakerSettings before = settings({route(prefix_of(0), false)});
  before.networks.front().when = "";
  before.conditions.clear();
  running.apply(before);
  ASSERT_TRUE(first.connect() && second.connect());
  ASSERT_TRUE(second.announce(0, 1));
  ASSERT_TRUE(hears(kOurs) && hears(prefix_of(0)));
  const std::uint64_t announcements = first.announcements();
  running.apply(settings({route(prefix_of(0), false)}));
  ASSERT_TRUE(running.settles(
      [&] { return running.speaker().condition_holds("c") == std::optional(true); }));
  ASSERT_TRUE(second.announce(1, 2));
  ASSERT_TRUE(hears(prefix_of(1)));
  EXPECT_EQ(first.announcements(), announcements + 1);
  EXPECT_TRUE(first.advertised().contains(kOurs));
}

// Its times are for a finding that flaps, not for other requirements.
TEST_P(ConditionsOf, AReloadWithOtherRequirementsCountsAtOnce) {
  SpeakerSettings damped = settings({interface("lo")});
  damped.conditions.front().times.down_after = std::chrono::hours(1);
  running.apply(damped);
  ASSERT_TRUE(first.connect());
  ASSERT_TRUE(hears(kOurs));
  damped.conditions.front().requirements = {interface("nosuch0")};
  running.apply(damped);
  EXPECT_TRUE(hears_no(kOurs));
}

TEST_P(ConditionsOf, ADefaultRouteOfOneNeighbor) {
  SpeakerSettings with = settings({route(prefix_of(0), false)});
  with.networks.clear();
  with.peers[0].exported.default_route = std::make_shared<const policy::Chain>();
  with.peers[0].default_route_when = "c";
  running.apply(with);
  ASSERT_TRUE(first.connect() && second.connect());
  ASSERT_TRUE(second.announce(0, 1));
  EXPECT_TRUE(hears(kDefault));
  EXPECT_EQ(first.advertised().at(kDefault), "64999");
  EXPECT_FALSE(second.advertised().contains(kDefault));
  second.close();
  EXPECT_TRUE(hears_no(kDefault));
}

TEST_P(ConditionsOf, AReloadThatBringsOneLeavesTheDefaultRoute) {
  SpeakerSettings with = settings({route(prefix_of(0), false)});
  with.networks.clear();
  with.peers[0].exported.default_route = std::make_shared<const policy::Chain>();
  running.apply(with);
  ASSERT_TRUE(first.connect() && second.connect());
  ASSERT_TRUE(second.announce(0, 1));
  ASSERT_TRUE(hears(kDefault) && hears(prefix_of(0)));
  const std::uint64_t announcements = first.announcements();
  with.conditions = {{"new", false, {route(*Prefix::parse("10.0.0.0/8"), true)}, {}}};
  with.peers[0].default_route_when = "new";
  running.apply(with);
  ASSERT_TRUE(running.settles(
      [&] { return running.speaker().condition_holds("new") == std::optional(true); }));
  ASSERT_TRUE(second.announce(1, 2));
  ASSERT_TRUE(hears(prefix_of(1)));
  EXPECT_EQ(first.announcements(), announcements + 1);
  EXPECT_TRUE(first.advertised().contains(kDefault));
}

INSTANTIATE_TEST_SUITE_P(Threads, ConditionsOf,
                         testing::Values(SpeakerThreads{0, 0, 1, {}}, SpeakerThreads{1, 2, 4, {}}));

// ---- Default routes without a condition

TEST(DefaultRoutes, AReloadTouchesNothingElse) {
  RunningSpeaker running;
  SpeakerSettings settings = running.settings();
  settings.peers = {running.listed(1), running.listed(2)};
  running.apply(settings);
  SocketNeighbour first{1, running.port()};
  SocketNeighbour second{2, running.port()};
  ASSERT_TRUE(first.connect() && second.connect());
  ASSERT_TRUE(second.announce(0, 100));
  ASSERT_TRUE(first.hears_until([&] { return first.advertised().size() == 100; }));
  const std::uint64_t before = first.announcements();
  settings.peers[0].exported.default_route = std::make_shared<const policy::Chain>();
  running.apply(settings);
  EXPECT_TRUE(first.hears_until([&] { return first.advertised().contains(kDefault); }));
  EXPECT_EQ(first.announcements(), before + 1);
  settings.peers[0].exported.default_route = nullptr;
  running.apply(settings);
  EXPECT_TRUE(first.hears_until([&] { return !first.advertised().contains(kDefault); }));
  EXPECT_EQ(first.announcements(), before + 1);
}

}  // namespace
}  // namespace tern::session
