// A Driver between octets and a clock. peer_fsm_test tests the machine itself.
#include "bgpd/fsm/driver.h"

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/fsm/transcript.h"

namespace tern::fsm {
namespace {

using namespace std::chrono_literals;
using Octets = std::vector<std::byte>;

Octets keepalive() {
  Octets octets;
  wire::encode_keepalive(octets);
  return octets;
}

Octets open(const wire::OpenMessage& message) {
  Octets octets;
  wire::encode_open(message, octets);
  return octets;
}

Octets update(std::size_t body = 4) {
  Octets octets;
  const std::size_t start = wire::begin_message(wire::MessageType::Update, octets);
  octets.resize(octets.size() + body);
  wire::end_message(start, octets);
  return octets;
}

Octets refresh(std::uint8_t subtype) {
  Octets octets;
  wire::encode_route_refresh({{1, 1}, subtype}, octets);
  return octets;
}

Octets operator+(Octets left, const Octets& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

// Records the calls of the Driver.
struct Recorder : Driver::Rim {
  void open() override { log("open"); }
  void close(Conn conn) override { log(conn == kOut ? "close out" : "close in"); }
  void send(Conn, wire::MessageType type, std::span<const std::byte> message) override {
    log("send " + std::string(wire::to_string(type)));
    last_sent.assign(message.begin(), message.end());
  }
  Driver::Unheard unheard(Conn) override { return waiting; }
  void wake_at(std::optional<Time> when) override {
    wake = when;
    ++wakes;
  }
  void on_session_up(Conn, const Negotiated&) override { log("up"); }
  void on_session_down() override { log("down"); }
  void on_state(State, State) override {}
  void on_open(const wire::OpenMessage&) override { log("their open"); }
  void on_notification(const wire::Notification& what, bool sent) override {
    log((sent ? "sent " : "received ") + std::to_string(static_cast<int>(what.code)) + "/" +
        std::to_string(what.subcode));
  }
  void on_update(wire::Bytes body) override {
    log("update " + std::to_string(body.size()));
    if (at_update) at_update();
  }
  void on_refresh(const wire::RouteRefresh& what) override {
    log("refresh " + std::to_string(what.subtype));
  }
  void log(std::string what) { lines.push_back(std::move(what)); }
  std::vector<std::string> take() { return std::exchange(lines, {}); }

  std::vector<std::string> lines;
  Octets last_sent;
  Driver::Unheard waiting;
  std::optional<Time> wake;
  int wakes = 0;
  std::function<void()> at_update;
};

using Lines = std::vector<std::string>;

class DriverTest : public testing::Test {
 protected:
  static FsmConfig config() {
    FsmConfig config = our_config();
    config.local.hold_time_seconds = 90;
    config.local.enhanced_route_refresh = true;
    return config;
  }
  // Brings up the session of a connection.
  void establish(Conn conn = kOut) {
    driver.handle(ManualStart{}, now);
    driver.connected(conn, now);
    wire::OpenMessage theirs = peer_open();
    theirs.capabilities.route_refresh = theirs.capabilities.enhanced_route_refresh = true;
    receive(conn, open(theirs) + keepalive());
    ASSERT_EQ(driver.machine().state(), State::Established);
    rim.take();
  }
  std::size_t receive(Conn conn, const Octets& octets) { return driver.receive(conn, octets, now); }
  // Moves the clock on to the next time that the driver asked for.
  void wake() {
    ASSERT_TRUE(rim.wake.has_value());
    now = std::max(now, *rim.wake);
    driver.tick(now);
  }

  Recorder rim;
  Driver driver{rim, config()};
  Time now = 1h;
};

TEST_F(DriverTest, ASessionComesUpFromOctetsThatComeOneByOne) {
  driver.handle(ManualStart{}, now);
  EXPECT_EQ(rim.take(), Lines{"open"});
  driver.connected(kOut, now);
  EXPECT_EQ(rim.take(), Lines{"send OPEN"});
  Octets waiting;
  for (const std::byte octet : open(peer_open()) + keepalive()) {
    waiting.push_back(octet);
    const std::size_t used = receive(kOut, waiting);
    waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(used));
  }
  EXPECT_TRUE(waiting.empty());
  EXPECT_EQ(rim.take(), (Lines{"their open", "send KEEPALIVE", "up"}));
  EXPECT_EQ(driver.session(), kOut);
  EXPECT_EQ(driver.negotiated().peer_asn, kPeerAsn);
  EXPECT_EQ(driver.received()[static_cast<std::size_t>(wire::MessageType::Open)], 1U);
  EXPECT_EQ(driver.sent()[static_cast<std::size_t>(wire::MessageType::Keepalive)], 1U);
}

TEST_F(DriverTest, TakesWholeMessagesAndLeavesTheRest) {
  establish();
  Octets octets = update() + update(6) + keepalive();
  const std::size_t whole = octets.size();
  octets.resize(whole + 16, std::byte{0xFF});  // a marker
  EXPECT_EQ(receive(kOut, octets), whole);
  EXPECT_EQ(rim.take(), (Lines{"update 4", "update 6"}));
}

TEST_F(DriverTest, AFaultOfTheHeaderEndsTheConnection) {
  establish();
  EXPECT_EQ(receive(kOut, Octets(19)), 0U);
  EXPECT_EQ(rim.take(), (Lines{"send NOTIFICATION", "sent 1/1", "down", "close out"}));
  EXPECT_FALSE(driver.session().has_value());
}

// RFC 8654 section 4: from our OPEN on, whatever the neighbor's OPEN offers.
TEST_F(DriverTest, LongMessagesMayComeBehindOurOpen) {
  driver.handle(ManualStart{}, now);
  EXPECT_EQ(driver.max_message(kOut), wire::kMaxMessage);
  driver.connected(kOut, now);
  EXPECT_EQ(driver.max_message(kOut), wire::kMaxExtendedMessage);
  receive(kOut, open(peer_open()) + keepalive());
  rim.take();
  receive(kOut, update(60000));
  EXPECT_EQ(rim.take(), Lines{"update 60000"});
}

TEST_F(DriverTest, AConnectionBeginsWithShortMessages) {
  establish();
  EXPECT_EQ(driver.max_message(kOut), wire::kMaxExtendedMessage);
  driver.failed(kOut, "reset", now);
  EXPECT_EQ(rim.take(), Lines{"down"});
  FsmConfig short_ones = config();
  short_ones.local.extended_message = false;
  driver.reconfigure(short_ones);
  driver.handle(ManualStop{{wire::ErrorCode::Cease, 2, {}}}, now);
  driver.handle(ManualStart{}, now);
  driver.connected(kOut, now);
  EXPECT_EQ(driver.max_message(kOut), wire::kMaxMessage);
}

TEST_F(DriverTest, WhatComesBehindTheEndOfASessionMeansNothing) {
  establish();
  rim.at_update = [this] {
    driver.handle(MessageFault{kOut, {wire::ErrorCode::UpdateMessage, 1, {}}}, now);
  };
  receive(kOut, update() + update() + refresh(0));
  EXPECT_EQ(rim.take(), (Lines{"update 4", "send NOTIFICATION", "sent 3/1", "down", "close out"}));
}

TEST_F(DriverTest, RefreshesBelongToTheSession) {
  establish();
  receive(kOut, refresh(0) + refresh(1) + refresh(2));
  EXPECT_EQ(rim.take(), (Lines{"refresh 0", "refresh 1", "refresh 2"}));
  Octets too_long = refresh(1);
  too_long.push_back({});
  too_long[17] = std::byte{24};
  receive(kOut, too_long);
  EXPECT_EQ(rim.take().at(1), "sent 7/1");  // RFC 7313 section 5
}

TEST_F(DriverTest, MessagesOfASessionAreFaultsBeforeIt) {
  driver.handle(ManualStart{}, now);
  driver.connected(kOut, now);
  rim.take();
  receive(kOut, update());
  EXPECT_EQ(rim.take(), (Lines{"send NOTIFICATION", "sent 5/1", "close out"}));  // RFC 6608
}

// ---- Hold timer

TEST_F(DriverTest, WholeMessagesAloneHoldASession) {
  establish();
  const Time begin = now;
  for (int i = 0; i < 80; ++i) {
    now += 1s;
    receive(kOut, Octets(1, std::byte{0xFF}));  // of a message that never becomes whole
    driver.tick(now);
  }
  EXPECT_TRUE(driver.session().has_value());
  while (driver.session()) wake();
  EXPECT_EQ(now, begin + 90s);
  const Lines lines = rim.take();
  ASSERT_GE(lines.size(), 3U);
  EXPECT_EQ(lines[lines.size() - 3], "sent 4/0");
}

TEST_F(DriverTest, UpdatesHoldASession) {
  establish();
  for (int i = 0; i < 100; ++i) {
    now += 60s;
    driver.tick(now);
    driver.octets_left(now);
    receive(kOut, update());
  }
  EXPECT_TRUE(driver.session().has_value());
  EXPECT_EQ(driver.last_heard(), now);
}

TEST_F(DriverTest, UnreadOctetsExtendTheHoldTimeOnce) {
  establish();
  const Time begin = now;
  rim.waiting.octets = 1;
  while (driver.session()) wake();
  EXPECT_EQ(now, begin + 180s);
}

TEST_F(DriverTest, WhatAnotherThreadHeardHoldsASession) {
  establish();
  const Time begin = now;
  rim.waiting.elsewhere = begin + 80s;
  now = begin + 90s;
  driver.tick(now);
  EXPECT_TRUE(driver.session().has_value());
  driver.heard(begin + 85s, 12);
  EXPECT_EQ(driver.received()[static_cast<std::size_t>(wire::MessageType::Update)], 12U);
  rim.waiting = {};
  while (driver.session()) wake();
  EXPECT_EQ(now, begin + 175s);
}

// RFC 9687: the default is 480 s.
TEST_F(DriverTest, OctetsThatLeaveRestartTheSendHoldTimer) {
  establish();
  const Time begin = now;
  const auto wait = [&](Time until) {
    while (driver.session() && now < until) {
      wake();
      receive(kOut, keepalive());
    }
  };
  wait(begin + 400s);
  driver.octets_left(now);
  const Time left = now;
  wait(begin + 2h);
  EXPECT_EQ(now, left + 480s);
}

// ---- The clock

TEST_F(DriverTest, AskForAWakeIsNotMadeForEachMessage) {
  establish();
  const int wakes = rim.wakes;
  for (int i = 0; i < 1000; ++i) {
    now += 1ms;
    receive(kOut, update());
  }
  EXPECT_EQ(rim.wakes, wakes);
}

TEST_F(DriverTest, NoWakeIsAskedForWhereNoTimerRuns) {
  establish();
  driver.handle(ManualStop{{wire::ErrorCode::Cease, 2, {}}}, now);
  EXPECT_FALSE(rim.wake.has_value());
  const int wakes = rim.wakes;
  driver.tick(now + 1h);
  EXPECT_EQ(rim.wakes, wakes);
}

TEST_F(DriverTest, AStepOfHoursEndsTheSessionAndNothingElse) {
  establish();
  now += 5h;
  driver.tick(now);
  EXPECT_FALSE(driver.session().has_value());
  EXPECT_EQ(driver.machine().flaps(), 1U);
  ASSERT_TRUE(rim.wake.has_value());
  EXPECT_GT(*rim.wake, now);
}

TEST_F(DriverTest, AKeepaliveThatIsDueLeavesInBetween) {
  establish();
  driver.keepalive_if_due(now + 1s);
  EXPECT_EQ(rim.take(), Lines{});
  now += 31s;
  driver.keepalive_if_due(now);
  driver.keepalive_if_due(now);
  EXPECT_EQ(rim.take(), Lines{"send KEEPALIVE"});
}

// ---- Two connections

TEST_F(DriverTest, AnIncomingConnectionIsAskedFor) {
  EXPECT_TRUE(driver.refuse_incoming().has_value());
  driver.handle(ManualStart{}, now);
  EXPECT_FALSE(driver.refuse_incoming().has_value());
  driver.connected(kIn, now);
  driver.connected(kOut, now);
  EXPECT_TRUE(driver.refuse_incoming().has_value());
  // We are 192.0.2.1, the peer 192.0.2.2: its connection survives (RFC 4271 section 6.8).
  rim.take();
  receive(kIn, open(peer_open()));
  EXPECT_EQ(rim.take(),
            (Lines{"their open", "send NOTIFICATION", "sent 6/7", "close out", "send KEEPALIVE"}));
  receive(kIn, keepalive());
  EXPECT_EQ(driver.session(), kIn);
}

}  // namespace
}  // namespace tern::fsm
