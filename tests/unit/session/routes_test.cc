// What becomes of routes when sessions end, refreshes come in odd orders, and limits change, over
// real sockets.
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "bgpd/wire/route_refresh.h"
#include "rib/base/fault_point.h"
#include "tests/unit/session/kept_prefixes.h"
#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

constexpr Family kFamily = Family::Ipv4Unicast;

class Routes : public testing::Test {
 protected:
  explicit Routes(const SpeakerThreads& threads = {}) : running(threads) {}
  // Of the first neighbors, by slot.
  using Change = std::function<void(PeerSettings& peer)>;
  void apply(const Change& change = {}) {
    SpeakerSettings settings = running.settings();
    for (const std::uint32_t number : {1U, 2U, 3U}) {
      settings.peers.push_back(running.listed(number));
    }
    if (change) change(settings.peers.front());
    running.apply(std::move(settings));
  }
  bool demarcates(SocketNeighbour& neighbour, wire::RouteRefresh::Subtype subtype, int times = 1) {
    std::vector<std::byte> messages;
    for (int i = 0; i < times; ++i) {
      wire::encode_route_refresh({afi_safi(kFamily), static_cast<std::uint8_t>(subtype)}, messages);
    }
    return neighbour.send(messages);
  }
  std::uint64_t paths() { return running.speaker().shards().table(kFamily).paths; }
  bool settles_with(std::uint64_t count) {
    return running.settles([&] { return paths() == count; });
  }
  std::optional<LimitShutdown> limit_shutdown(std::uint32_t number) {
    return running.look([&] {
      const auto* peer = running.speaker().find(SocketNeighbour::address(number).to_string());
      return peer->status().limit_shutdown;
    });
  }

  RunningSpeaker running;
  SocketNeighbour first{1, running.port()};
  SocketNeighbour second{2, running.port()};
};

// However often a refresh begins, what was announced outlives neither its end nor the session.
TEST_F(Routes, BeginningsOfRefreshesWithoutEnd) {
  apply();
  first.capabilities().route_refresh = first.capabilities().enhanced_route_refresh = true;
  for (const int beginnings : {1, 127, 128, 200, 254, 255, 256}) {
    SCOPED_TRACE(beginnings);
    ASSERT_TRUE(first.open() || first.connect());
    ASSERT_TRUE(first.announce(0, 16));
    ASSERT_TRUE(demarcates(first, wire::RouteRefresh::Subtype::Begin, beginnings));
    ASSERT_TRUE(first.announce(0, 8));
    ASSERT_TRUE(demarcates(first, wire::RouteRefresh::Subtype::Begin, beginnings));
    ASSERT_TRUE(demarcates(first, wire::RouteRefresh::Subtype::End));
    ASSERT_TRUE(settles_with(8));
    ASSERT_TRUE(demarcates(first, wire::RouteRefresh::Subtype::Begin, beginnings));
    ASSERT_TRUE(first.announce(8, 16));
    ASSERT_TRUE(settles_with(16));
    first.close();
    ASSERT_TRUE(settles_with(0));
  }
}

// Hundreds of sessions that end, with routes and without, beside a table: what the last one says
// stays, and what the others said does not.
TEST_F(Routes, AFlappingNeighbourThatStays) {
  constexpr std::uint32_t kBurst = 5000;
  apply();
  ASSERT_TRUE(second.connect());
  ASSERT_TRUE(second.announce(1000, 1000 + kBurst));
  ASSERT_TRUE(settles_with(kBurst));
  for (std::uint32_t flap = 0; flap < 150; ++flap) {
    ASSERT_TRUE(first.connect());
    if (flap % 3 == 0) {
      ASSERT_TRUE(first.announce(flap, flap + 8, flap));
    }
    first.close();
  }
  ASSERT_TRUE(first.connect());
  ASSERT_TRUE(first.announce(0, 100));
  ASSERT_TRUE(running.settles([&] {
    return running.speaker().shards()[0].expired_paths() == 0 && paths() == kBurst + 100;
  }));
  ASSERT_TRUE(second.hears_until([&] { return second.advertised().size() == 100; }));
  second.close();
  ASSERT_TRUE(settles_with(100));
}

class RoutesOfTwoShards : public Routes {
 protected:
  static constexpr std::uint32_t kBlock = 4096;  // prefixes in a row that one shard has
  RoutesOfTwoShards() : Routes(SpeakerThreads{0, 0, 2}) {}
  // The first prefix of each block of a shard.
  std::vector<std::uint32_t> blocks_of(std::size_t shard) {
    return running.ask([&] {
      std::vector<std::uint32_t> blocks;
      for (std::uint32_t at = 0; at < 16 * kBlock; at += kBlock) {
        const Prefix begin = Prefix::v4(0x0A000000U + (at << 8U), 24);
        if (running.speaker().shards().index_of(unicast(begin)) == shard) blocks.push_back(at);
      }
      return blocks;
    });
  }
};

// The first neighbor refreshes without a pause, so that the first shard nearly always has stale
// routes. The sweep still removes the second neighbor's routes from the second shard.
TEST_F(RoutesOfTwoShards, ANeighborThatRefreshesOnAndOn) {
  apply();
  first.capabilities().route_refresh = first.capabilities().enhanced_route_refresh = true;
  ASSERT_TRUE(first.connect());
  ASSERT_TRUE(second.connect());
  const std::vector<std::uint32_t> blocks = blocks_of(0);
  const std::vector<std::uint32_t> others = blocks_of(1);
  ASSERT_FALSE(blocks.empty() || others.empty());
  for (const std::uint32_t at : blocks) ASSERT_TRUE(second.announce(at, at + kBlock));
  ASSERT_TRUE(second.announce(others[0], others[0] + kBlock));
  ASSERT_TRUE(settles_with((blocks.size() + 1) * kBlock));
  std::vector<std::byte> cycles;  // more than the speaker reads at once
  for (int i = 0; i < 20; ++i) {
    using enum wire::RouteRefresh::Subtype;
    append_announcements(1, blocks[0], blocks[0] + kBlock, 0, cycles);
    for (const auto subtype : {Begin, End}) {
      wire::encode_route_refresh({afi_safi(kFamily), static_cast<std::uint8_t>(subtype)}, cycles);
    }
  }
  std::atomic<bool> enough{false};
  std::thread refreshes([&] {
    while (!enough.load() && first.send(cycles)) {
    }
  });
  second.close();
  EXPECT_TRUE(
      running.settles([&] { return running.speaker().shards()[1].table(kFamily).paths == 0; }));
  enough.store(true);
  refreshes.join();
  EXPECT_TRUE(first.open());
}

// The routes of a removed neighbor are gone before another neighbor gets its slot.
TEST_F(Routes, ASlotIsNotGivenAwayWithRoutes) {
  apply();
  ASSERT_TRUE(first.connect());
  ASSERT_TRUE(first.announce(0, 100));
  ASSERT_TRUE(settles_with(100));
  running.apply({2, 4});  // without the first, and with another one
  SocketNeighbour fourth(4, running.port());
  ASSERT_TRUE(fourth.connect());
  ASSERT_TRUE(settles_with(0));
  ASSERT_TRUE(fourth.announce(200, 300));
  ASSERT_TRUE(settles_with(100));
}

// ---- Prefix limits

TEST_F(Routes, ALimitActsWithTheReloadThatSetsIt) {
  const auto limit = [](std::uint64_t most) {
    return [most](PeerSettings& peer) {
      peer.import.limit_action = pipeline::LimitAction::Shutdown;
      peer.import.prefix_limit = {most, 0};
    };
  };
  apply(limit(100));
  ASSERT_TRUE(first.connect());
  ASSERT_TRUE(first.announce(0, 50));
  ASSERT_TRUE(settles_with(50));
  EXPECT_FALSE(limit_shutdown(1));
  apply(limit(20));
  ASSERT_TRUE(settles_with(0));
  const auto shown = limit_shutdown(1);
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->family, kFamily);
  EXPECT_EQ(shown->limit, 20U);
  EXPECT_EQ(shown->count, 50U);
  EXPECT_EQ(shown->returns_at, 0U);
  apply(limit(20));  // again: nothing is different
  EXPECT_TRUE(limit_shutdown(1));
  apply(limit(60));
  EXPECT_FALSE(limit_shutdown(1));
  first.close();
  ASSERT_TRUE(first.connect());
  ASSERT_TRUE(first.announce(0, 50));
  EXPECT_TRUE(settles_with(50));
}

TEST_F(Routes, ALimitShutdownIsUpForPeopleUntilSomebodyDisablesIt) {
  apply([](PeerSettings& peer) {
    peer.import.limit_action = pipeline::LimitAction::Shutdown;
    peer.import.prefix_limit = {8, 0};
    peer.prefix_limit_restart = std::chrono::hours(1);
  });
  ASSERT_TRUE(first.connect());
  ASSERT_TRUE(first.announce(0, 16));
  ASSERT_TRUE(first.is_closed());
  const auto status = [&] {
    return running.look([&] { return running.speaker().find("127.0.1.1")->status(); });
  };
  PeerStatus shown = status();
  ASSERT_TRUE(shown.limit_shutdown);
  EXPECT_TRUE(shown.admin_up);
  EXPECT_EQ(shown.limit_shutdown->limit, 8U);
  EXPECT_GT(shown.limit_shutdown->returns_at, 0U);
  (void)running.ask(
      [&] { return running.speaker().command("127.0.1.1", NeighborAction::Disable, ""); });
  shown = status();
  EXPECT_FALSE(shown.limit_shutdown);
  EXPECT_FALSE(shown.admin_up);
}

TEST_F(Routes, AReloadSaysWhenANeighbourOverItsLimitReturns) {
  const auto restart = [](std::chrono::milliseconds after) {
    return [after](PeerSettings& peer) {
      peer.import.limit_action = pipeline::LimitAction::Shutdown;
      peer.import.prefix_limit = {8, 0};
      peer.prefix_limit_restart = after;
    };
  };
  apply(restart(std::chrono::milliseconds(0)));
  ASSERT_TRUE(first.connect());
  ASSERT_TRUE(first.announce(0, 16));
  ASSERT_TRUE(first.is_closed());
  EXPECT_EQ(limit_shutdown(1)->returns_at, 0U);
  apply(restart(std::chrono::hours(1)));
  EXPECT_GT(limit_shutdown(1)->returns_at, 0U);
  apply(restart(std::chrono::milliseconds(0)));
  EXPECT_EQ(limit_shutdown(1)->returns_at, 0U);
  apply(restart(std::chrono::milliseconds(10)));
  ASSERT_TRUE(running.settles(
      [&] { return !running.speaker().find("127.0.1.1")->status().limit_shutdown; }));
  first.close();
  EXPECT_TRUE(first.connect());
}

TEST_F(Routes, BlockedRoutesReturnWithAHigherLimit) {
  const auto limit = [](std::uint64_t most) {
    return [most](PeerSettings& peer) {
      peer.import.limit_action = pipeline::LimitAction::Block;
      peer.import.prefix_limit = {most, 0};
    };
  };
  apply(limit(2000));
  ASSERT_TRUE(first.connect());
  ASSERT_TRUE(first.announce(0, 6000));
  ASSERT_TRUE(settles_with(2000));
  for (const std::uint64_t most : {4000U, 1000U, 5000U}) {
    apply(limit(most));
    ASSERT_TRUE(settles_with(most)) << most;
  }
  std::vector<std::byte> messages;
  append_withdrawals(0, 3000, messages);
  ASSERT_TRUE(first.send(messages));
  ASSERT_TRUE(settles_with(3000));
}

// ---- The advertisement interval

TEST_F(Routes, OfTheStatesInAnIntervalTheLastIsAdvertised) {
  constexpr std::chrono::milliseconds kInterval(1000);
  apply([&](PeerSettings& peer) { peer.advertisement_interval = kInterval; });
  ASSERT_TRUE(first.connect());
  ASSERT_TRUE(second.connect());
  ASSERT_TRUE(second.announce(0, 1));
  ASSERT_TRUE(first.hears_until([&] { return first.advertised().size() == 1; }));
  const auto begin = std::chrono::steady_clock::now();
  const std::uint64_t before = first.announcements();
  std::string last;
  for (std::uint32_t flavour = 1; flavour <= 20; ++flavour) {
    ASSERT_TRUE(second.announce(0, 1, flavour));
    // Stored: nothing is left in the socket that could be taken together.
    ASSERT_TRUE(running.settles([&] {
      const auto counters = running.speaker().find("127.0.1.2")->counters();
      return counters.announced_in[0] == flavour + 1;
    }));
    last = "65002 " + std::to_string(100 + flavour % 50) + " " + std::to_string(200 + flavour % 7);
  }
  ASSERT_TRUE(first.hears_until([&] { return first.advertised().begin()->second == last; }));
  const auto intervals = (std::chrono::steady_clock::now() - begin) / kInterval;
  EXPECT_LE(first.announcements() - before, static_cast<std::uint64_t>(intervals) + 1);
}

// ---- The start

TEST_F(Routes, WhoNeverComesUpIsNotWaitedForLongerThanAnAttempt) {
  SpeakerSettings settings = running.settings();
  settings.startup_delay = std::chrono::hours(1);
  for (const std::uint32_t number : {1U, 2U}) settings.peers.push_back(running.listed(number));
  settings.peers[1].fsm.connect_retry = std::chrono::milliseconds(1);  // and never comes
  running.apply(settings);
  ASSERT_TRUE(first.connect());
  EXPECT_FALSE(running.ask([&] { return running.speaker().ready(); }));
  std::vector<std::byte> messages;
  wire::encode_end_of_rib(kFamily, messages);
  ASSERT_TRUE(first.send(messages));
  ASSERT_TRUE(running.settles([&] { return running.speaker().ready(); }));
  const SpeakerTimes times = running.ask([&] { return running.speaker().times(); });
  EXPECT_GT(times.convergence_seconds, 0);
  EXPECT_EQ(times.convergence_heard, 1U);
  EXPECT_EQ(times.convergence_absent, 1U);
}

// Routes that wait for a next hop are part of the tables.
TEST_F(Routes, TheStartWaitsForNextHopsThatReceivedRoutesResolve) {
  class Finder final : public pipeline::NextHopFinder {
   public:
    pipeline::NextHopAnswer find(const IpAddress&, PeerSlot) override { return {}; }
    bool settled() override { return is_settled; }
    bool is_settled = false;  // of the loop
  };
  const auto finder = std::make_shared<Finder>();
  running.ask([&] { running.speaker().set_next_hop_finder(finder); });
  SpeakerSettings settings = running.settings();
  settings.startup_delay = std::chrono::hours(1);
  settings.peers.push_back(running.listed(1));
  running.apply(settings);
  ASSERT_TRUE(first.connect());
  std::vector<std::byte> messages;
  wire::encode_end_of_rib(kFamily, messages);
  ASSERT_TRUE(first.send(messages));
  ASSERT_TRUE(running.looks_again(3));
  EXPECT_FALSE(running.ask([&] { return running.speaker().ready(); }));
  running.ask([&] { finder->is_settled = true; });
  EXPECT_TRUE(running.settles([&] { return running.speaker().ready(); }));
}

// A KEEPALIVE, a mark or an UPDATE that a socket took in part is written to its end before anything
// else is.
TEST_F(Routes, SocketsThatTakeOneOctetAtATimeGarbleNothing) {
  constexpr std::uint32_t kRoutes = 600;
  const fault::Armed partial(fault::Point::PartialWrite, 2);
  apply();
  second.capabilities().route_refresh = true;
  ASSERT_TRUE(second.connect());
  ASSERT_TRUE(first.connect());
  ASSERT_TRUE(first.announce(0, kRoutes));
  ASSERT_TRUE(demarcates(second, wire::RouteRefresh::Subtype::Request, 3));
  EXPECT_TRUE(second.hears_until([&] { return second.advertised().size() == kRoutes; }));
  std::vector<std::byte> messages;
  append_withdrawals(0, kRoutes, messages);
  ASSERT_TRUE(first.send(messages));
  EXPECT_TRUE(second.hears_until([&] { return second.advertised().empty(); }));
  EXPECT_GT(partial.count(), 0U);
}

// ---- Prefixes that are gone and are kept

class KeptPrefixes : public Routes {
 protected:
  using Routes::Routes;
};

TEST_F(KeptPrefixes, AListingThatIsNotReadIsEnded) {
  apply_bound(running);
  ASSERT_TRUE(first.connect());
  auto share = running.look([&] { return std::make_unique<TableShare>(running.speaker()); });
  int calls = 0;
  running.ask([&] { running.speaker().on_revoked([&calls] { ++calls; }); });
  EXPECT_TRUE(cycles_until(running, first, [&] { return share->revoked(); }));
  EXPECT_EQ(running.ask([&] { return calls; }), 1);
  running.ask([&] { share.reset(); });
  EXPECT_TRUE(running.settles([&] { return running.speaker().shards()[0].idle() <= 1000; }));
  EXPECT_TRUE(first.open());
}

class KeptForALaggard : public KeptPrefixes {
 protected:
  KeptForALaggard() : KeptPrefixes(kShardsForALaggard) {}
};

TEST_F(KeptForALaggard, ItsSessionEnds) {
  apply_bound(running);
  ASSERT_TRUE(falls_behind(running, first, second));
  EXPECT_TRUE(cycles_until(running, first, [&] {
    const Peer* peer = running.speaker().find("127.0.1.2");
    return peer->state() != fsm::State::Established;
  }));
  EXPECT_TRUE(first.open());
}

// With the threads that two speakers take on a large host, and more than one has numbers for.
TEST(TwoSpeakers, OfALargeHostInOneProcess) {
  constexpr SpeakerThreads kThreads{.readers = 8, .tables = 8, .shards = 16};
  constexpr std::uint32_t kRoutes = 20'000;
  RunningSpeaker one(kThreads);
  RunningSpeaker other(kThreads);
  const auto holds_all = [](RunningSpeaker& running) {
    return running.settles(
        [&] { return running.speaker().shards().table(kFamily).paths == kRoutes; });
  };
  for (RunningSpeaker* running : {&one, &other}) {
    running->apply({1});
    SocketNeighbour neighbour(1, running->port());
    ASSERT_TRUE(neighbour.connect());
    ASSERT_TRUE(neighbour.announce(0, kRoutes));
    EXPECT_TRUE(holds_all(*running));
  }
}

}  // namespace
}  // namespace tern::session
