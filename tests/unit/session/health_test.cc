// Rules of health: the state of a rule, and a PoP that demotes itself while sessions are down.
#include "bgpd/session/health.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "bgpd/session/costs.h"
#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

using std::chrono::seconds;

constexpr std::uint64_t at(std::uint64_t second) { return second * 1'000'000'000; }

constexpr HealthState::Times kTimes{seconds(5), seconds(30), seconds(60)};

TEST(HealthState, DemotesWhatIsBadForAWhile) {
  HealthState state;
  EXPECT_FALSE(state.look(false, kTimes, at(0)));
  EXPECT_FALSE(state.look(true, kTimes, at(10)));
  EXPECT_FALSE(state.look(true, kTimes, at(14)));
  EXPECT_TRUE(state.look(true, kTimes, at(15)));
  EXPECT_TRUE(state.demoted());
  EXPECT_EQ(state.changed(), at(15));
}

TEST(HealthState, AMomentIsNoReason) {
  HealthState state;
  for (std::uint64_t i = 0; i < 100; ++i) EXPECT_FALSE(state.look(i % 4 != 0, kTimes, at(i)));
  EXPECT_FALSE(state.demoted());
}

TEST(HealthState, NothingIsDemotedBeforeItWasGood) {
  HealthState state;
  for (std::uint64_t i = 0; i < 100; ++i) EXPECT_FALSE(state.look(true, kTimes, at(i)));
  EXPECT_FALSE(state.demoted());
}

TEST(HealthState, ReturnsAfterAQuietTimeAndNotBeforeTheLeast) {
  HealthState state;
  (void)state.look(false, kTimes, at(0));
  (void)state.look(true, kTimes, at(1));
  EXPECT_TRUE(state.look(true, kTimes, at(6)));
  // The least time is over at 66, and 30 seconds of quiet behind it.
  EXPECT_FALSE(state.look(false, kTimes, at(7)));
  EXPECT_FALSE(state.look(false, kTimes, at(66)));
  EXPECT_FALSE(state.look(false, kTimes, at(95)));
  EXPECT_TRUE(state.look(false, kTimes, at(96)));
  EXPECT_FALSE(state.demoted());
  // Again, and a relapse begins the quiet time anew.
  (void)state.look(true, kTimes, at(100));
  EXPECT_TRUE(state.look(true, kTimes, at(105)));
  EXPECT_FALSE(state.look(false, kTimes, at(150)));
  EXPECT_FALSE(state.look(true, kTimes, at(170)));
  EXPECT_FALSE(state.look(false, kTimes, at(171)));
  EXPECT_FALSE(state.look(false, kTimes, at(200)));
  EXPECT_TRUE(state.look(false, kTimes, at(201)));
}

TEST(HealthState, ADemotionOutlastsARestart) {
  HealthState state;
  state.restore(at(1000));
  EXPECT_TRUE(state.demoted());
  EXPECT_FALSE(state.look(false, kTimes, at(1000)));
  EXPECT_FALSE(state.look(false, kTimes, at(1060)));
  EXPECT_FALSE(state.look(false, kTimes, at(1089)));
  EXPECT_TRUE(state.look(false, kTimes, at(1090)));
  EXPECT_FALSE(state.demoted());
}

std::shared_ptr<const policy::Egress> europe() {
  policy::EgressSource source;
  source.pop = "ams";
  source.pops = {{"ams", "", 1, {52.3, 4.8}}, {"lhr", "", 2, {51.5, -0.5}}};
  source.community_asn = RunningSpeaker::kAsn;
  source.location_function = 10;
  source.egress_function = 11;
  return std::make_shared<const policy::Egress>(policy::Egress::build(source).value());
}

// A rule without waiting times.
HealthRule acting_at_once(const char* name) {
  HealthRule rule;
  rule.name = name;
  rule.added = 1000;
  rule.times = {seconds(0), seconds(0), seconds(0)};
  return rule;
}

void add_neighbor(const RunningSpeaker& running, SpeakerSettings& settings, std::uint32_t number,
                  const char* group) {
  PeerSettings& peer = settings.peers.emplace_back(running.listed(number));
  peer.import.egress = peer.exported.egress = settings.egress;
  peer.group = group;
}

// The sessions of two routers end, the first by its prefix limit. The paths of the other neighbor
// cost more until a router is back. A neighbor that was never up does not count.
TEST(Health, DemotesWhileAGroupIsDown) {
  RunningSpeaker running;
  SpeakerSettings settings = running.settings();
  settings.egress = europe();
  for (const std::uint32_t number : {1U, 2U, 3U, 4U}) {
    add_neighbor(running, settings, number, number == 3 ? "partners" : "routers");
  }
  pipeline::ImportRules& limited = settings.peers[0].import;
  limited.prefix_limit[index(Family::Ipv4Unicast)] = 1;
  limited.limit_action = pipeline::LimitAction::Shutdown;
  HealthRule rule = acting_at_once("routers");
  rule.down_percent = 60;
  rule.group = "routers";
  settings.health = {rule};
  running.apply(settings);
  SocketNeighbour first(1, running.port());
  SocketNeighbour second(2, running.port());
  SocketNeighbour third(3, running.port());
  ASSERT_TRUE(first.connect() && second.connect() && third.connect());
  const auto demoted = [&] { return running.speaker().health().rules().front().second; };
  const auto added = [&] {
    return running.speaker().find(SocketNeighbour::address(3).to_string())->added_cost();
  };
  // Health sees the routers up in its next look, which comes with the housekeeping.
  ASSERT_TRUE(running.looks_again());
  EXPECT_FALSE(running.ask(demoted));
  ASSERT_TRUE(first.announce(0, 2));
  second.close();
  ASSERT_TRUE(running.settles([&] { return demoted() && added() == 1000; }));
  const auto of_pop = [&] { return running.speaker().health().pop_demotion_cost(); };
  EXPECT_EQ(running.ask(of_pop), 1000U);
  ASSERT_TRUE(second.connect());
  ASSERT_TRUE(running.settles([&] { return !demoted() && added() == 0; }));
  // A rule that a reload removes demotes no more.
  second.close();
  ASSERT_TRUE(running.settles([&] { return demoted() && added() == 1000; }));
  settings.health.clear();
  running.apply(settings);
  ASSERT_TRUE(running.settles([&] { return added() == 0; }));
}

// For example for the time of a repair: the rest of the PoP then works as before.
TEST(Health, AGroupThatIsShutDownByHandIsGood) {
  RunningSpeaker running;
  SpeakerSettings settings = running.settings();
  settings.egress = europe();
  add_neighbor(running, settings, 1, "routers");
  HealthRule rule = acting_at_once("routers");
  rule.group = "routers";
  settings.health = {rule};
  running.apply(settings);
  SocketNeighbour neighbour(1, running.port());
  ASSERT_TRUE(neighbour.connect());
  const auto demoted = [&] { return running.speaker().health().rules().front().second; };
  ASSERT_TRUE(running.looks_again());
  neighbour.close();
  ASSERT_TRUE(running.settles(demoted));
  running.ask([&] {
    return running.speaker().command(address_text(1), NeighborAction::Disable, "repair");
  });
  EXPECT_TRUE(running.settles([&] { return !demoted(); }));
}

// The round trip to lhr is bad above 40 ms, and the rule acts at once.
HealthRule backbone() {
  HealthRule rule = acting_at_once("backbone");
  rule.pairs = {{0, 1, true}};
  rule.above = 40'000;
  return rule;
}

// Without a measurement, the round trip may be as bad as before.
TEST(Health, ARoundTripThatIsNoLongerMeasuredEndsNoDemotion) {
  RunningSpeaker running;
  SpeakerSettings settings = running.settings();
  settings.egress = europe();
  settings.costs.rules.dwell = seconds(0);
  settings.health = {backbone()};
  running.apply(settings);
  const auto demoted = [&] { return running.speaker().health().rules().front().second; };
  const auto set = [&](EgressCost microseconds) {
    return running.ask([&] {
      return running.speaker().costs().set({"ams", "lhr", microseconds}, std::nullopt);
    });
  };
  EXPECT_EQ(set(7000), std::nullopt);
  ASSERT_TRUE(running.looks_again());
  EXPECT_FALSE(running.ask(demoted));
  EXPECT_EQ(set(45'000), std::nullopt);
  ASSERT_TRUE(running.settles(demoted));
  EXPECT_EQ(running.ask([&] { return running.speaker().drain_list(); }).demoted,
            (Health::Demoted{{"backbone", {HealthCause::RoundTrip}}}));
  EXPECT_EQ(running.ask([&] { return running.speaker().costs().clear_all(); }), 1U);
  ASSERT_TRUE(running.looks_again(3));
  EXPECT_TRUE(running.ask(demoted));
  EXPECT_EQ(set(8000), std::nullopt);
  ASSERT_TRUE(running.settles([&] { return !demoted(); }));
}

// A single good measurement is not enough, because a backbone that has failed is not measured.
TEST(Health, ACauseMustBeSeenGoodUntilTheDemotionEnds) {
  RunningSpeaker running;
  SpeakerSettings settings = running.settings();
  settings.egress = europe();
  settings.costs.rules.dwell = seconds(0);
  HealthRule rule = backbone();
  rule.times.return_after = seconds(3);
  settings.health = {rule};
  running.apply(settings);
  const auto demoted = [&] { return running.speaker().health().rules().front().second; };
  const auto set = [&](EgressCost microseconds, std::uint64_t looks) {
    running.ask([&] {
      (void)running.speaker().costs().set({"ams", "lhr", microseconds}, std::nullopt);
    });
    return running.looks_again(looks);
  };
  ASSERT_TRUE(set(7000, 2));
  // Where the machine stands still for `return_after`, the demotion ends before the measurement
  // does: then from the beginning.
  ASSERT_TRUE(comes_true([&] {
    if (!set(45'000, 2) || !running.settles(demoted) || !set(38'000, 1)) return false;
    return running.ask([&] { return running.speaker().costs().clear_all() == 1 && demoted(); });
  }));
  ASSERT_TRUE(running.looks_again(5));
  EXPECT_TRUE(running.ask(demoted));
  ASSERT_TRUE(set(38'000, 2));
  EXPECT_TRUE(running.settles([&] { return !demoted(); }));
}

// At least half of the last probes, and not before there were four.
TEST(Health, DemotesWhileProbesAreLost) {
  RunningSpeaker running;
  SpeakerSettings settings = running.settings();
  settings.egress = europe();
  settings.costs.probes = {{"lhr"}, seconds(3600), {}};
  HealthRule rule = acting_at_once("backbone");
  rule.probed = "lhr";
  rule.loss_percent = 50;
  settings.health = {rule};
  running.apply(settings);
  const auto demoted = [&] { return running.speaker().health().rules().front().second; };
  // Takes probes, and waits until Health has seen their losses.
  const auto probed = [&](std::uint32_t recent, std::uint32_t lost) {
    running.ask([&] { running.speaker().costs().take_probes({{"lhr", {}, recent, lost}}); });
    ASSERT_TRUE(running.looks_again());
  };
  probed(3, 3);
  EXPECT_FALSE(running.ask(demoted));
  probed(16, 7);
  EXPECT_FALSE(running.ask(demoted));
  probed(16, 8);
  EXPECT_TRUE(running.ask(demoted));
  probed(16, 7);
  EXPECT_FALSE(running.ask(demoted));
}

// The sessions that caused the demotion come back. Meanwhile the round trip was bad, and its
// measurement ended.
TEST(Health, EachPartThatWasBadMustBeSeenGood) {
  RunningSpeaker running;
  SpeakerSettings settings = running.settings();
  settings.egress = europe();
  settings.costs.rules.dwell = seconds(0);
  add_neighbor(running, settings, 1, "routers");
  HealthRule rule = acting_at_once("both");
  rule.group = "routers";
  rule.pairs = {{0, 1, true}};
  rule.above = 40'000;
  settings.health = {rule};
  running.apply(settings);
  SocketNeighbour neighbour(1, running.port());
  ASSERT_TRUE(neighbour.connect());
  const auto demoted = [&] { return running.speaker().health().rules().front().second; };
  const auto causes = [&] {
    const auto kept = running.speaker().drain_list().demoted;
    return kept.empty() ? std::set<HealthCause>{} : kept.at("both");
  };
  ASSERT_TRUE(running.looks_again());
  neighbour.close();
  ASSERT_TRUE(running.settles(demoted));
  EXPECT_EQ(running.ask(causes), std::set{HealthCause::Sessions});
  running.ask([&] { return running.speaker().costs().set({"ams", "lhr", 45'000}, std::nullopt); });
  ASSERT_TRUE(running.settles([&] { return causes().size() == 2; }));
  ASSERT_TRUE(neighbour.connect());
  ASSERT_TRUE(running.settles_in(1, fsm::State::Established));
  running.ask([&] { return running.speaker().costs().clear_all(); });
  ASSERT_TRUE(running.looks_again());
  EXPECT_TRUE(running.ask(demoted));
  EXPECT_EQ(running.ask(causes).size(), 2U);
  // Without the part of the round trip, all parts of the rule are good.
  rule.pairs.clear();
  settings.health = {rule};
  running.apply(settings);
  ASSERT_TRUE(running.settles([&] { return !demoted(); }));
}

// After the restart, the first neighbor comes up. The second was up before, and counts as down.
TEST(Health, AfterARestartNeighborsThatAreNotUpAreDown) {
  RunningSpeaker running;
  SpeakerSettings settings = running.settings();
  settings.egress = europe();
  for (const std::uint32_t number : {1U, 2U}) {
    add_neighbor(running, settings, number, "routers");
  }
  HealthRule rule = acting_at_once("routers");
  rule.group = "routers";
  rule.down_percent = 50;
  settings.health = {rule};
  running.apply(settings);
  DrainList list;
  list.demoted = {{"routers", {HealthCause::Sessions}}, {"gone", {HealthCause::RoundTrip}}};
  running.ask([&] { return running.speaker().restore_drains(list); });
  const auto demoted = [&] { return running.speaker().health().rules().front().second; };
  SocketNeighbour first(1, running.port());
  SocketNeighbour second(2, running.port());
  ASSERT_TRUE(first.connect());
  ASSERT_TRUE(running.looks_again());
  EXPECT_TRUE(running.ask(demoted));
  ASSERT_TRUE(second.connect());
  ASSERT_TRUE(running.settles([&] { return !demoted(); }));
  EXPECT_TRUE(running.ask([&] { return running.speaker().drain_list(); }).demoted.empty());
}

}  // namespace
}  // namespace tern::session
