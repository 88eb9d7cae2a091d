// Drained neighbors and the drained PoP (RFC 8326): traffic moves to other paths and comes back.
#include "bgpd/session/drains.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

class DrainsOfSpeaker : public testing::TestWithParam<std::uint32_t> {
 protected:
  // The first two announce the same prefixes, and the first is preferred by its address.
  void SetUp() override {
    running.apply({1, 2, 3});
    ASSERT_TRUE(first.connect() && second.connect() && third.connect());
    ASSERT_TRUE(first.announce(0, kTable));
    ASSERT_TRUE(second.announce(0, kTable));
    ASSERT_TRUE(best_settles(kTable, 0));
  }
  std::uint64_t best(std::uint32_t number) {
    const Peer* const peer = running.speaker().find(address_text(number));
    if (peer == nullptr) return 0;
    const rib::PeerCounts counts = running.speaker().shards().counts(peer->slot());
    return counts.families[index(Family::Ipv4Unicast)].best;
  }
  bool best_settles(std::uint64_t of_first, std::uint64_t of_second) {
    return running.settles([&] { return best(1) == of_first && best(2) == of_second; });
  }
  bool third_hears_of(Asn asn) {
    const std::string path = std::to_string(asn);
    return third.hears_until([&] {
      return third.advertised().size() == kTable &&
             std::ranges::all_of(third.advertised(), [&](const auto& route) {
               return route.second.find(path) != std::string::npos;
             });
    });
  }
  template <typename Fn>
  std::vector<std::string> ask(Fn&& fn) {
    return running.ask([&] { return fn(running.speaker()); });
  }

  RunningSpeaker running{SpeakerThreads{0, 0, GetParam(), {}}};
  SocketNeighbour first{1, running.port()};
  SocketNeighbour second{2, running.port()};
  SocketNeighbour third{3, running.port()};
};

TEST_P(DrainsOfSpeaker, OneNeighbor) {
  ASSERT_TRUE(third_hears_of(SocketNeighbour::asn(1)));
  EXPECT_EQ(ask([](Speaker& speaker) { return speaker.drain(address_text(1), {}); }).size(), 1U);
  ASSERT_TRUE(best_settles(0, kTable));
  EXPECT_TRUE(third_hears_of(SocketNeighbour::asn(2)));
  // Later routes meet the drain, too.
  ASSERT_TRUE(first.announce(0, kTable, 1));
  ASSERT_TRUE(first.announce(kTable, kTable + 1));
  ASSERT_TRUE(best_settles(1, kTable));
  ask([](Speaker& speaker) { return speaker.undrain(address_text(1)); });
  ASSERT_TRUE(best_settles(kTable + 1, 0));
}

TEST_P(DrainsOfSpeaker, ThePopWithLaterNeighbors) {
  EXPECT_EQ(ask([](Speaker& speaker) { return speaker.drain_pop({}); }).size(), 3U);
  // All paths are equal again.
  ASSERT_TRUE(best_settles(kTable, 0));
  running.apply({1, 2, 3, 4});
  SocketNeighbour fourth{4, running.port()};
  ASSERT_TRUE(fourth.connect());
  EXPECT_TRUE(running.ask([&] { return running.speaker().find(address_text(4))->is_drained(); }));
  ask([](Speaker& speaker) { return speaker.drain(address_text(2), {}); });
  ask([](Speaker& speaker) { return speaker.undrain_pop(); });
  EXPECT_FALSE(running.ask([&] { return running.speaker().find(address_text(4))->is_drained(); }));
  EXPECT_TRUE(running.ask([&] { return running.speaker().find(address_text(2))->is_drained(); }));
  ASSERT_TRUE(best_settles(kTable, 0));
}

// A drain that ends the session without a best path of the neighbor: at once after kLeast.
TEST_P(DrainsOfSpeaker, EndsTheSessionAndBringsItBack) {
  ask([](Speaker& speaker) { return speaker.drain(address_text(1), std::chrono::seconds(3600)); });
  ASSERT_TRUE(best_settles(0, kTable));
  ASSERT_TRUE(first.hears_until([&] { return !first.open() || first.notification(); }));
  EXPECT_EQ(first.notification(), std::pair(6, 2));  // Cease, Administrative Shutdown
  const DrainList list = running.ask([&] { return running.speaker().drain_list(); });
  EXPECT_EQ(list.drained, std::vector{address_text(1)});
  EXPECT_EQ(list.shut_down, std::vector{address_text(1)});
  ask([](Speaker& speaker) { return speaker.undrain(address_text(1)); });
  EXPECT_EQ(running.ask([&] { return running.speaker().drain_list(); }), DrainList{});
  ASSERT_TRUE(first.connect());
  ASSERT_TRUE(first.announce(0, kTable));
  ASSERT_TRUE(best_settles(kTable, 0));
}

INSTANTIATE_TEST_SUITE_P(Shards, DrainsOfSpeaker, testing::Values(1U, 3U));

// The end of a drain brings back what the drain ended, and nothing that the operator keeps down.
TEST(Drains, LeaveWhatTheOperatorKeepsDown) {
  RunningSpeaker running;
  SpeakerSettings settings = running.settings();
  for (const std::uint32_t number : {1U, 2U, 3U}) {
    settings.peers.push_back(running.listed(number));
  }
  settings.peers[1].shutdown = true;
  running.apply(std::move(settings));
  const DrainList list{false, {}, {address_text(1), address_text(2), address_text(3)}};
  EXPECT_TRUE(running.ask([&] { return running.speaker().restore_drains(list); }).empty());
  const auto up = [&](std::uint32_t number) {
    return running.ask([&] { return running.speaker().find(address_text(number))->admin_up(); });
  };
  running.ask(
      [&] { return running.speaker().command(address_text(1), NeighborAction::Disable, ""); });
  running.ask([&] { return running.speaker().undrain("all"); });
  EXPECT_FALSE(up(1)) << "disabled by hand";
  EXPECT_FALSE(up(2)) << "shut down by its settings";
  EXPECT_TRUE(up(3));
}

TEST(Drains, AreRestoredBeforeTheFirstSession) {
  RunningSpeaker running;
  running.apply({1, 2});
  const DrainList list{true, {address_text(1), "192.0.2.77"}, {address_text(2)}};
  const auto unknown = running.ask([&] { return running.speaker().restore_drains(list); });
  EXPECT_EQ(unknown, std::vector<std::string>{"192.0.2.77"});
  EXPECT_TRUE(running.ask([&] { return running.speaker().pop_drained(); }));
  SocketNeighbour first(1, running.port());
  EXPECT_TRUE(first.connect());
  SocketNeighbour second(2, running.port());
  EXPECT_FALSE(second.try_connect());
}

}  // namespace
}  // namespace tern::session
