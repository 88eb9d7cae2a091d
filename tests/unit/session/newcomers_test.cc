// Newcomers from a dynamic range: the places of the range, the memory of failures, and the demands
// on a connection before its first octet counts.
#include "bgpd/session/newcomers.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio.hpp>
#include <memory>
#include <vector>

#include "tests/unit/session/line_count.h"
#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

// A TCP connection that says nothing, from 127.0.1.number.
class Silent {
 public:
  Silent(std::uint32_t number, std::uint16_t port)
      : Silent(SocketNeighbour::address(number).v4_value(), port, 0) {}
  Silent(std::uint32_t address, std::uint16_t port, int /*any*/)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in end{};
    end.sin_family = AF_INET;
    end.sin_addr.s_addr = htonl(address);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&end), sizeof end), 0);
    end.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    end.sin_port = htons(port);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&end), sizeof end), 0);
  }
  ~Silent() { ::close(socket_); }
  Silent(const Silent&) = delete;
  Silent& operator=(const Silent&) = delete;

  [[nodiscard]] bool closed() const {
    char octet = 0;
    return ::recv(socket_, &octet, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
  }

 private:
  int socket_;
};

class Range : public testing::Test {
 protected:
  void with(std::uint32_t limit, Asn first = 65000, Asn last = 65100) {
    SpeakerSettings settings = running_.settings();
    DynamicRange range = running_.range("127.0.0.0/16");
    range.limit = limit;
    range.settings.fsm.expected.asn_ranges = {{first, last}};
    range.settings.import.prefix_limit[0] = 4;
    range.settings.import.limit_action = pipeline::LimitAction::Shutdown;
    settings.dynamic_ranges.push_back(std::move(range));
    running_.apply(std::move(settings));
  }
  std::unique_ptr<SocketNeighbour> neighbor(std::uint32_t number) {
    return std::make_unique<SocketNeighbour>(number, running_.port());
  }
  // Up, and gone again by a closed connection.
  void visit(std::uint32_t number) {
    const auto visitor = neighbor(number);
    ASSERT_TRUE(visitor->connect());
    visitor->close();
    ASSERT_TRUE(running_.settles_in(number, fsm::State::Active));
  }
  std::vector<std::string> names() {
    return running_.ask([this] {
      std::vector<std::string> names;
      for (const Peer* peer : running_.speaker().peers()) names.push_back(peer->settings().name);
      return names;
    });
  }
  // Whether it is forgotten when it has been away for a day.
  bool is_forgotten(std::uint32_t number) {
    return running_.ask([&] {
      const Peer* peer = running_.speaker().find(SocketNeighbour::address(number).to_string());
      return peer == nullptr || peer->forgettable(steady_nanoseconds() + 86'400'000'000'000);
    });
  }
  void command(const char* neighbor, NeighborAction action) {
    EXPECT_EQ(running_.ask([&] { return running_.speaker().command(neighbor, action, ""); }).size(),
              1U);
  }

  RunningSpeaker running_;
};

TEST_F(Range, SilentConnectionsHoldNoPlace) {
  with(2);
  std::vector<std::unique_ptr<Silent>> silent;
  for (std::uint32_t number = 20; number < 60; ++number) {
    silent.push_back(std::make_unique<Silent>(number, running_.port()));
  }
  const auto one = neighbor(17);
  const auto two = neighbor(18);
  EXPECT_TRUE(one->try_connect());
  EXPECT_TRUE(two->try_connect());
  EXPECT_EQ(names(), (std::vector<std::string>{"127.0.1.17", "127.0.1.18"}));
}

TEST_F(Range, OfManyThatSayNothingTheOldestMakesRoom) {
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 4096);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  with(2);
  std::vector<std::unique_ptr<Silent>> silent;
  for (std::uint32_t number = 0; number <= Newcomers::kMost; ++number) {
    silent.push_back(std::make_unique<Silent>(0x7F000100U + number, running_.port(), 0));
  }
  EXPECT_TRUE(running_.settles([&] { return silent.front()->closed(); }));
  EXPECT_FALSE(silent[1]->closed());
  EXPECT_TRUE(neighbor(17)->connect());
}

TEST_F(Range, OfTwoFromOneAddressTheNewerIsMeant) {
  with(2);
  const Silent old(17, running_.port());
  EXPECT_TRUE(neighbor(17)->try_connect());
  EXPECT_TRUE(running_.settles([&] { return old.closed(); }));
}

TEST_F(Range, BadOpensHoldNoPlaceAndAFewLinesTellOfThem) {
  const LineCount count("does not become a neighbor");
  with(2, 65017, 65017);
  for (std::uint32_t number = 20; number < 60; ++number) {
    const auto stranger = neighbor(number);
    EXPECT_FALSE(stranger->try_connect());
    EXPECT_EQ(stranger->notification(), (std::pair{2, 2}));  // Bad Peer AS
  }
  EXPECT_TRUE(names().empty());
  EXPECT_TRUE(neighbor(17)->try_connect());
  EXPECT_EQ(count.lines(), 3);
  EXPECT_EQ(running_.ask([this] { return running_.speaker().strangers(); }), 40U);
}

TEST_F(Range, WhoFailedWaits) {
  SpeakerSettings settings = running_.settings();
  settings.dynamic_ranges.push_back(running_.range("127.0.1.0/24"));
  fsm::FsmConfig& config = settings.dynamic_ranges[0].settings.fsm;
  config.expected.asn_ranges = {{65018, 65018}};
  config.idle_hold = config.idle_hold_max = std::chrono::hours(1);
  running_.apply(std::move(settings));
  const auto stranger = neighbor(17);
  EXPECT_FALSE(stranger->try_connect());
  EXPECT_EQ(stranger->notification(), (std::pair{2, 2}));
  EXPECT_FALSE(stranger->try_connect());
  EXPECT_EQ(stranger->notification(), (std::pair{6, 5}));  // Connection Rejected
  EXPECT_TRUE(neighbor(18)->try_connect());
}

TEST_F(Range, SessionsThatEndedHoldNoPlace) {
  with(2);
  for (const std::uint32_t number : {17U, 18U}) visit(number);
  const auto one = neighbor(19);
  const auto two = neighbor(20);
  EXPECT_TRUE(one->connect());
  EXPECT_TRUE(two->connect());
  // Who comes back finds the range full.
  const auto late = neighbor(17);
  EXPECT_FALSE(late->try_connect());
  EXPECT_EQ(late->notification(), (std::pair{6, 5}));
}

TEST_F(Range, RemembersAsManyAsItHasPlacesForAndForgetsTheDisabledLast) {
  with(2);
  const auto disabled = neighbor(17);
  ASSERT_TRUE(disabled->connect());
  command("127.0.1.17", NeighborAction::Disable);
  for (const std::uint32_t number : {18U, 19U, 20U, 21U}) visit(number);
  EXPECT_EQ(names(), (std::vector<std::string>{"127.0.1.17", "127.0.1.21"}));
  EXPECT_FALSE(disabled->try_connect());
}

TEST_F(Range, WhatAnOperatorOrALimitSaidIsNotForgotten) {
  with(3);
  visit(19);
  EXPECT_TRUE(is_forgotten(19));

  const auto by_hand = neighbor(17);
  ASSERT_TRUE(by_hand->connect());
  command("127.0.1.17", NeighborAction::Disable);
  EXPECT_FALSE(is_forgotten(17));
  EXPECT_FALSE(by_hand->try_connect());

  const auto by_limit = neighbor(18);
  ASSERT_TRUE(by_limit->connect());
  (void)by_limit->announce(0, 8);
  ASSERT_TRUE(running_.settles_in(18, fsm::State::Idle));
  EXPECT_FALSE(is_forgotten(18));
  EXPECT_FALSE(by_limit->try_connect());

  command("127.0.1.17", NeighborAction::Enable);
  EXPECT_TRUE(by_hand->connect());
}

// ---- Before the first octet

class Protected : public testing::Test {
 protected:
  PeerSettings neighbor_with(std::uint8_t minimum_ttl, const std::string& key) {
    PeerSettings peer = running_.listed(1);
    peer.transport.ttl = 255;
    if (minimum_ttl != 0) peer.transport.minimum_ttl = minimum_ttl;
    peer.transport.md5_password = key;
    return peer;
  }
  SpeakerSettings with(PeerSettings peer, bool range = false) {
    SpeakerSettings settings = running_.settings();
    if (range) {
      settings.dynamic_ranges.push_back(running_.range("127.0.1.0/24"));
      settings.dynamic_ranges[0].settings.transport = peer.transport;
    } else {
      settings.peers.push_back(std::move(peer));
    }
    settings.peers.push_back(running_.listed(2));
    return settings;
  }

  RunningSpeaker running_;
};

TEST_F(Protected, WhoComesFromTooFarIsNotHeard) {
  for (const bool range : {false, true}) {
    running_.apply(with(neighbor_with(255, ""), range));
    SocketNeighbour far(1, running_.port());
    for (int i = 0; i < 20; ++i) {
      if (far.burst()) {
        EXPECT_TRUE(far.is_closed());
      }
      EXPECT_NE(running_.state(1), "Established");
    }
    far.set_ttl(255);
    EXPECT_TRUE(far.connect());
    // The neighbor without the setting is on the same listener.
    SocketNeighbour other(2, running_.port());
    EXPECT_TRUE(other.connect());
  }
}

// The connection waits to be accepted while the settings change.
TEST_F(Protected, WhoConnectedBeforeTheSettingIsNotHeard) {
  for (const bool key : {false, true}) {
    running_.apply(with(neighbor_with(0, "")));
    SocketNeighbour early(1, running_.port());
    running_.ask([&] {
      EXPECT_TRUE(early.burst());
      const PeerSettings peer = key ? neighbor_with(0, "secret") : neighbor_with(255, "");
      Speaker& speaker = running_.speaker();
      EXPECT_TRUE(speaker.apply(plan(speaker.running(), with(peer))).ok());
    });
    EXPECT_TRUE(early.is_closed());
    EXPECT_NE(running_.state(1), "Established");
  }
}

// The neighbor connects from a range without a password. Before its OPEN, its address is listed
// with one.
TEST_F(Protected, WhoConnectedBeforeItsAddressWasListedIsNotHeard) {
  const SpeakerSettings range = with(neighbor_with(0, ""), true);
  SpeakerSettings both = range;
  both.peers.push_back(neighbor_with(0, "secret"));
  running_.apply(range);
  SocketNeighbour early(1, running_.port());
  running_.ask([&] {
    EXPECT_TRUE(early.burst());
    EXPECT_TRUE(running_.speaker().apply(plan(running_.speaker().running(), both)).ok());
  });
  EXPECT_TRUE(early.is_closed());
  EXPECT_EQ(early.notification(), (std::pair{6, 6}));  // Other Configuration Change
  EXPECT_EQ(running_.ask([&] { return running_.speaker().peers().size(); }), 2U);
}

}  // namespace
}  // namespace tern::session
