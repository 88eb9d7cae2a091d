// Reloads that take neighbors out of the configuration and put them back faster than what was
// theirs is cleared away. The neighbors are those of the last settings, whatever was before.
#include <gtest/gtest.h>

#include <boost/asio.hpp>
#include <vector>

#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

class Membership : public testing::Test {
 protected:
  void with(std::initializer_list<std::uint32_t> listed, bool range) {
    SpeakerSettings settings = running_.settings();
    for (const std::uint32_t number : listed) settings.peers.push_back(running_.listed(number));
    if (range) settings.dynamic_ranges.push_back(running_.range("127.0.1.16/28"));
    running_.apply(std::move(settings));
  }
  // What neighbors that left have kept is cleared away.
  void expect_slots_freed(std::size_t in_use) {
    EXPECT_TRUE(running_.settles([&] {
      std::size_t count = 0;
      for (PeerSlot slot = 0; slot < 64; ++slot) {
        if (running_.speaker().peer(slot) != nullptr) ++count;
      }
      return count == in_use;
    }));
  }
  std::size_t peers() {
    return running_.ask([this] { return running_.speaker().peers().size(); });
  }

  RunningSpeaker running_;
};

TEST_F(Membership, OutInAndOutAgain) {
  running_.apply({1, 2});
  SocketNeighbour second(2, running_.port());
  ASSERT_TRUE(second.connect());
  running_.apply({1});
  running_.apply({1, 2});
  running_.apply({1});
  EXPECT_EQ(peers(), 1U);
  EXPECT_EQ(running_.state(2), "");
  expect_slots_freed(1);
}

TEST_F(Membership, WhoWasPutBackStays) {
  running_.apply({1, 2});
  running_.apply({1});
  running_.apply({1, 2});
  running_.apply({1, 2});
  EXPECT_EQ(peers(), 2U);
  SocketNeighbour second(2, running_.port());
  EXPECT_TRUE(second.connect());
  expect_slots_freed(2);
}

TEST_F(Membership, RenumberedToAndFro) {
  for (const std::uint32_t number : {3U, 4U, 3U, 4U}) running_.apply({1, number});
  EXPECT_EQ(peers(), 2U);
  SocketNeighbour fourth(4, running_.port());
  EXPECT_TRUE(fourth.connect());
  EXPECT_EQ(running_.state(3), "");
  expect_slots_freed(2);
}

TEST_F(Membership, CommandsReachWhoIsThereOnce) {
  running_.apply({1, 2});
  running_.apply({1});
  running_.apply({1, 2});
  const auto reached = running_.ask(
      [this] { return running_.speaker().command("all", NeighborAction::Enable, ""); });
  EXPECT_EQ(reached, (std::vector<std::string>{"127.0.1.1", "127.0.1.2"}));
}

TEST_F(Membership, ADynamicRangeOutInAndOut) {
  with({1}, true);
  SocketNeighbour first(17, running_.port());
  ASSERT_TRUE(first.connect());
  with({1}, false);
  with({1}, true);
  SocketNeighbour again(17, running_.port());
  ASSERT_TRUE(again.connect());
  with({1}, false);
  EXPECT_EQ(peers(), 1U);
  expect_slots_freed(1);
}

TEST_F(Membership, ADynamicNeighborBecomesAListedOne) {
  with({1}, true);
  SocketNeighbour first(17, running_.port());
  ASSERT_TRUE(first.connect());
  for (int i = 0; i < 3; ++i) with({1, 17}, true);
  EXPECT_EQ(peers(), 2U);
  SocketNeighbour again(17, running_.port());
  EXPECT_TRUE(again.connect());
  EXPECT_FALSE(running_.ask([this] { return running_.speaker().find("127.0.1.17")->dynamic(); }));
  with({1}, true);
  expect_slots_freed(1);
}

// An operator's word about an address holds, however the configuration comes to speak of it.
TEST_F(Membership, DisabledByHandItStaysDownWhenItIsListed) {
  with({1}, true);
  SocketNeighbour first(17, running_.port());
  ASSERT_TRUE(first.connect());
  running_.ask(
      [this] { return running_.speaker().command("127.0.1.17", NeighborAction::Disable, ""); });
  with({1, 17}, true);
  EXPECT_EQ(running_.state(17), "Idle");
  EXPECT_FALSE(running_.ask([this] { return running_.speaker().find("127.0.1.17")->admin_up(); }));
}

// A connection that the session does not take over may fail at once; nobody else's is meant.
TEST(Refused, AConnectionThatIsGoneBeforeItIsRefusedHarmsNoSession) {
  RunningSpeaker running;
  running.apply({1, 2});
  SocketNeighbour one(1, running.port());
  SocketNeighbour two(2, running.port());
  ASSERT_TRUE(one.connect());
  ASSERT_TRUE(two.connect());
  running.ask([&] {
    // A socket without a connection, as after a RST that came between accept() and the look at it.
    Tcp::socket gone(running.loop().context(), Tcp::v4());
    running.speaker().find("127.0.1.1")->incoming(std::move(gone));
  });
  EXPECT_EQ(running.state(1), "Established");
  EXPECT_TRUE(one.announce(0, 8));
  EXPECT_TRUE(running.settles([&] {
    two.listen(5);
    return two.advertised().size() == 8;
  }));
}

}  // namespace
}  // namespace tern::session
