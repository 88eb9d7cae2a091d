// Answers about next hops change after BGP routes came in. The routes with these next hops are
// revised, and all other routes stay as they are.
#include "bgpd/pipeline/next_hops.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "tests/unit/pipeline/fake_kernel.h"
#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

// The next hop of the routes of SocketNeighbour(number).
IpAddress next_hop_of(std::uint32_t number) { return IpAddress::v4(0xC6336400U + number); }

// Works like kernel::SharedNextHops, with the routes of a test.
class Finder final : public pipeline::NextHopFinder {
 public:
  Finder() {
    pipeline::NextHopSettings settings;
    settings.damping.first_hold = 0;
    table_.set_settings(settings);
  }
  pipeline::NextHopAnswer find(const IpAddress& address, PeerSlot of) override {
    const std::lock_guard lock(mutex_);
    return table_.find(address, of);
  }
  // Changes the route to an address; nothing: removes it. Returns the next hops with another
  // answer.
  pipeline::HostAddresses change(const IpAddress& address, std::optional<InteriorCost> metric) {
    const std::lock_guard lock(mutex_);
    kernel_.routes.erase(address);
    if (metric) kernel_.set_metric(address, *metric);
    if (!table_.look_again(address, {})) return {};
    return pipeline::HostAddresses({address});
  }

 private:
  std::mutex mutex_;
  pipeline::FakeKernel kernel_;
  pipeline::NextHops table_{kernel_};
};

class NextHopsOf : public testing::TestWithParam<SpeakerThreads> {
 protected:
  NextHopsOf() {
    running.ask([this] {
      running.speaker().set_next_hop_finder(finder);
      return true;
    });
    change(1, 0);
    change(2, 10);
  }
  // The next hops of the first two neighbors are resolved.
  void apply(bool resolve = true) {
    SpeakerSettings all = running.settings();
    for (const std::uint32_t number : {1U, 2U, 3U}) all.peers.push_back(running.listed(number));
    all.peers[0].import.resolve_next_hop = resolve;
    all.peers[1].import.resolve_next_hop = resolve;
    running.apply(std::move(all));
  }
  void change(std::uint32_t number, std::optional<InteriorCost> metric) {
    running.ask([&] {
      const auto changed = finder->change(next_hop_of(number), metric);
      if (!changed.empty()) running.speaker().next_hops_changed(changed);
      return true;
    });
  }
  bool come_up() { return first.connect() && second.connect() && third.connect(); }
  bool third_has(std::size_t count) {
    return third.hears_until([&] { return third.advertised().size() == count; });
  }
  bool best_of(PeerSlot slot) {
    return running.settles([this, slot] {
      return running.speaker().shards().counts(slot).families[0].best == kTable;
    });
  }
  std::uint64_t evaluated() {
    return running.ask([this] { return evaluated_now(); });
  }
  // On the loop.
  std::uint64_t evaluated_now() { return running.speaker().times().reevaluated.imports; }
  // So many routes in all are evaluated again in the end: a part of a round counts them behind its
  // last slice, when their changes may have been heard.
  bool evaluates(std::uint64_t routes) {
    return running.settles([&] { return running.speaker().times().reevaluated.imports == routes; });
  }
  std::uint64_t unresolved() {
    return running.look([this] { return unresolved_now(); });
  }
  // Called on the loop, while no shard works.
  std::uint64_t unresolved_now() {
    constexpr auto kUnresolved = static_cast<std::size_t>(Reason::NextHopUnresolved);
    return running.speaker().shards().counts(1).rejected[kUnresolved];
  }

  const std::shared_ptr<Finder> finder = std::make_shared<Finder>();
  RunningSpeaker running{GetParam()};
  SocketNeighbour first{1, running.port()};
  SocketNeighbour second{2, running.port()};
  SocketNeighbour third{3, running.port()};
};

TEST_P(NextHopsOf, ALossTouchesItsRoutesAlone) {
  apply();
  ASSERT_TRUE(come_up());
  ASSERT_TRUE(first.announce(0, kTable));
  ASSERT_TRUE(second.announce(kTable / 2, kTable + kTable / 2));
  ASSERT_TRUE(third_has(kTable + kTable / 2));
  EXPECT_EQ(evaluated(), 0U);

  change(1, std::nullopt);
  ASSERT_TRUE(third_has(kTable));
  ASSERT_TRUE(
      running.settles([this] { return running.speaker().times().reevaluated.imports == kTable; }));
  EXPECT_EQ(unresolved(), kTable);
  EXPECT_FALSE(third.advertised().contains(prefix_of(0)));
  EXPECT_TRUE(third.advertised().contains(prefix_of(kTable)));

  // New routes are judged by the present answer.
  ASSERT_TRUE(first.announce(2 * kTable, 2 * kTable + 1));
  ASSERT_TRUE(running.settles([this] {
    return running.speaker().shards().received(1, Family::Ipv4Unicast) == kTable + 1;
  }));
  EXPECT_EQ(unresolved(), kTable + 1);

  change(1, 0);
  ASSERT_TRUE(third_has(kTable + kTable / 2 + 1));
  EXPECT_TRUE(running.settles(
      [this] { return running.speaker().times().reevaluated.imports == 2 * kTable + 1; }));
}

TEST_P(NextHopsOf, AMetricMovesBestPaths) {
  apply();
  ASSERT_TRUE(come_up());
  ASSERT_TRUE(first.announce(0, kTable));
  ASSERT_TRUE(second.announce(0, kTable));
  EXPECT_TRUE(best_of(1));
  change(1, 20);
  EXPECT_TRUE(best_of(2));
  EXPECT_TRUE(
      running.settles([this] { return running.speaker().times().reevaluated.imports == kTable; }));
  // The second exit is lost.
  change(2, std::nullopt);
  EXPECT_TRUE(best_of(1));
  EXPECT_TRUE(third_has(kTable));
}

// Answers change while a table comes in.
TEST_P(NextHopsOf, ALastAnswerCounts) {
  apply();
  ASSERT_TRUE(come_up());
  ASSERT_TRUE(second.announce(0, kTable));
  for (std::uint32_t part = 0; part < 10; ++part) {
    ASSERT_TRUE(first.announce(part * kTable / 10, (part + 1) * kTable / 10));
    change(1, part % 2 == 0 ? std::optional<InteriorCost>(20) : std::nullopt);
  }
  EXPECT_TRUE(best_of(2));
  change(1, 1);
  EXPECT_TRUE(best_of(1));
}

TEST_P(NextHopsOf, ResolutionComesAndGoesByAReload) {
  change(1, std::nullopt);
  apply(false);
  ASSERT_TRUE(come_up());
  ASSERT_TRUE(first.announce(0, kTable));
  ASSERT_TRUE(third_has(kTable));
  apply(true);
  ASSERT_TRUE(third_has(0));
  apply(false);
  ASSERT_TRUE(third_has(kTable));
}

// While a round is under way, a next hop is lost, and a reload ends the resolution for the
// neighbor. The next round serves both requests, by the settings of the neighbor when that round
// begins.
TEST_P(NextHopsOf, AReloadBesideALossCounts) {
  apply();
  ASSERT_TRUE(come_up());
  ASSERT_TRUE(first.announce(0, kTable));
  ASSERT_TRUE(second.announce(kTable, kTable + 1));
  ASSERT_TRUE(third_has(kTable + 1));
  running.ask([this] {
    Speaker& speaker = running.speaker();
    const auto other_metric = finder->change(next_hop_of(2), 20);
    EXPECT_FALSE(other_metric.empty());
    speaker.next_hops_changed(other_metric);
    // Runs behind the beginning of that round, and before the loop sees its end.
    running.loop().post([this, &speaker] {
      const auto lost = finder->change(next_hop_of(1), std::nullopt);
      EXPECT_FALSE(lost.empty());
      speaker.next_hops_changed(lost);
      SpeakerSettings all = *speaker.running();
      all.peers[0].import.resolve_next_hop = false;
      EXPECT_TRUE(speaker.apply(plan(speaker.running(), std::move(all))).ok());
    });
    return true;
  });
  ASSERT_TRUE(
      running.settles([this] { return running.speaker().times().last_reload.imports >= kTable; }));
  EXPECT_EQ(unresolved(), 0U);
  EXPECT_TRUE(third_has(kTable + 1));
  EXPECT_TRUE(evaluates(kTable + 1U)) << "the metric of one route, and the reload";
}

TEST_P(NextHopsOf, AConditionAsksForANextHop) {
  Requirement requirement;
  requirement.kind = Requirement::Kind::NextHop;
  requirement.next_hop = next_hop_of(9);
  SpeakerSettings all = running.settings();
  all.peers = {running.listed(3)};
  all.conditions = {{"exit", false, {requirement}, {}}};
  const Prefix ours = *Prefix::parse("192.0.2.0/24");
  all.networks = {{ours, std::make_shared<const policy::Chain>(), "exit"}};
  running.apply(std::move(all));
  ASSERT_TRUE(third.connect());
  EXPECT_TRUE(running.settles([this] {
    const auto conditions = running.speaker().conditions();
    return conditions.front().holds == false &&
           conditions.front().requirements.front().text == "next hop 198.51.100.9 is not resolved";
  }));
  change(9, 5);
  EXPECT_TRUE(third.hears_until([&] { return third.advertised().contains(ours); }));
  change(9, std::nullopt);
  EXPECT_TRUE(third.hears_until([&] { return !third.advertised().contains(ours); }));
}

// The finder may have had no room for the next hops of these routes.
TEST_P(NextHopsOf, WaitingRoutesAreJudgedAgainWhenNextHopsAreForgotten) {
  apply();
  change(1, std::nullopt);
  ASSERT_TRUE(come_up());
  ASSERT_TRUE(first.announce(0, kTable));
  ASSERT_TRUE(second.announce(kTable, kTable + 10));
  ASSERT_TRUE(third_has(10));
  ASSERT_TRUE(running.settles([this] { return unresolved_now() == kTable; }));
  running.ask([this] {
    (void)finder->change(next_hop_of(1), 5);
    running.speaker().next_hops_forgotten();
    return true;
  });
  EXPECT_TRUE(third_has(kTable + 10));
  EXPECT_TRUE(evaluates(kTable)) << "routes that are resolved stay as they are";
}

// Rules and a Judge for each of a thousand sessions would stop the loop, up to ten times a second.
TEST_P(NextHopsOf, ManyNeighborsTakeTheirRulesInSlices) {
  SpeakerSettings all = running.settings();
  for (std::uint32_t number = 1; number <= 2 * Speaker::kSlice; ++number) {
    all.peers.push_back(running.listed(number));
    all.peers.back().import.resolve_next_hop = number != 3;
  }
  running.apply(std::move(all));
  ASSERT_TRUE(come_up());
  ASSERT_TRUE(first.announce(0, kTable));
  ASSERT_TRUE(second.announce(kTable, kTable + 10));
  ASSERT_TRUE(third_has(kTable + 10));
  const auto renewed = std::make_shared<int>(0);
  running.ask([&] {
    Speaker& speaker = running.speaker();
    speaker.renew_next_hop_rules([renewed] { ++*renewed; });
    EXPECT_EQ(*renewed, 0) << "one slice is not enough";
    EXPECT_TRUE(speaker.reevaluating());
    // These come during the pass, and are for the next one.
    speaker.renew_next_hop_rules([renewed] { ++*renewed; });
    speaker.next_hops_changed(finder->change(next_hop_of(1), std::nullopt));
    EXPECT_EQ(evaluated_now(), 0U);
    return true;
  });
  ASSERT_TRUE(third_has(10));
  EXPECT_TRUE(evaluates(kTable));
  EXPECT_EQ(running.ask([&] { return *renewed; }), 2);
}

TEST_P(NextHopsOf, RoutesAreCountedByNextHop) {
  apply();
  ASSERT_TRUE(come_up());
  ASSERT_TRUE(first.announce(0, kTable));
  ASSERT_TRUE(second.announce(0, kTable / 4));
  ASSERT_TRUE(third.announce(0, kTable / 8));
  ASSERT_TRUE(third_has(kTable));
  ASSERT_TRUE(running.settles([this] {
    return running.speaker().shards().received(3, Family::Ipv4Unicast) == kTable / 8;
  }));
  const auto counted = std::make_shared<std::shared_ptr<const NextHopRoutes>>();
  running.ask([&] {
    running.speaker().count_next_hop_routes({next_hop_of(1), next_hop_of(2), next_hop_of(3)},
                                            [counted](const auto& all) { *counted = all; });
    return true;
  });
  ASSERT_TRUE(running.settles([&] { return *counted != nullptr; }));
  EXPECT_EQ((*counted)->at(next_hop_of(1)), kTable);
  EXPECT_EQ((*counted)->at(next_hop_of(2)), kTable / 4);
  EXPECT_EQ((*counted)->at(next_hop_of(3)), 0U) << "the next hops of the third are not resolved";
  EXPECT_EQ((*counted)->size(), 3U);
}

INSTANTIATE_TEST_SUITE_P(Threads, NextHopsOf,
                         testing::Values(SpeakerThreads{0, 0, 1, {}}, SpeakerThreads{1, 2, 3, {}}),
                         [](const auto& of) { return std::to_string(of.param.shards) + "Shards"; });

}  // namespace
}  // namespace tern::session
