// Two neighbours reach what RFC 4271 says they must, whatever crosses on the wire.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/unit/fsm/fake_network.h"

namespace tern::fsm {
namespace {

using std::chrono::seconds;

FakeNetwork two_active() { return {our_config(), peer_config()}; }

FakeNetwork active_and_passive() {
  FsmConfig passive = peer_config();
  passive.passive = true;
  return {our_config(), passive};
}

TEST(TwoPeers, BothActiveComeUpAtOnce) {
  FakeNetwork network = two_active();
  network.start(A);
  network.start(B);
  EXPECT_TRUE(network.run_until_established(seconds{1}));
  EXPECT_EQ(network.negotiated(A).peer_asn, kPeerAsn);
  EXPECT_EQ(network.negotiated(B).peer_asn, kOurAsn);
  network.run_for(seconds{600});
  EXPECT_TRUE(network.both_established()) << "and stay up on KEEPALIVEs";
  EXPECT_EQ(network.connections(A), 1U);
  EXPECT_EQ(network.connections(B), 1U);
}

TEST(TwoPeers, ActiveAndPassive) {
  FakeNetwork network = active_and_passive();
  network.start(B);
  network.run_for(seconds{300});
  EXPECT_EQ(network.fsm(B).state(), State::Active);
  EXPECT_EQ(network.running_timers(B), 0U) << "passive: nothing to wait for but the peer";
  network.start(A);
  EXPECT_TRUE(network.run_until_established(seconds{1}));
  EXPECT_EQ(network.fsm(B).established(), Conn::Incoming);
}

TEST(TwoPeers, TwoPassivesWaitForEver) {
  FsmConfig ours = our_config();
  FsmConfig theirs = peer_config();
  ours.passive = theirs.passive = true;
  FakeNetwork network(ours, theirs);
  network.start(A);
  network.start(B);
  EXPECT_FALSE(network.run_until_established(seconds{3600}));
  EXPECT_EQ(network.fsm(A).state(), State::Active);
}

// The connections cross at every distance in time, with either identifier the higher and every
// combination of delays: whatever the order of the OPENs, both ends agree on the survivor.
TEST(TwoPeers, CollisionsAlwaysLeaveOneSession) {
  for (const bool ours_higher : {false, true}) {
    for (int latency_b = 1; latency_b <= 30; latency_b += 7) {
      for (int offset = -60; offset <= 60; ++offset) {
        FsmConfig ours = our_config();
        if (ours_higher) ours.local.identifier = 0xFFFFFF00;
        FakeNetwork network(ours, peer_config());
        network.set_latency(B, Milliseconds{latency_b});
        const auto first = offset < 0 ? A : B;
        network.start(first);
        network.run_for(Milliseconds{std::abs(offset)});
        network.start(first == A ? B : A);
        ASSERT_TRUE(network.run_until_established(seconds{10}))
            << ours_higher << " " << latency_b << " " << offset;
        network.run_for(seconds{60});
        EXPECT_TRUE(network.both_established());
        EXPECT_EQ(network.connections(A), 1U);
        EXPECT_EQ(network.connections(B), 1U);
        EXPECT_EQ(network.fsm(A).flaps() + network.fsm(B).flaps(), 0U)
            << ours_higher << " " << latency_b << " " << offset;
      }
    }
  }
}

TEST(TwoPeers, AWinnerIsTheConnectionOfTheHigherIdentifier) {
  FakeNetwork network = two_active();  // the peer's is higher
  network.start(A);
  network.start(B);
  ASSERT_TRUE(network.run_until_established(seconds{1}));
  EXPECT_EQ(network.fsm(A).established(), Conn::Incoming);
  EXPECT_EQ(network.fsm(B).established(), Conn::Outgoing);
  network.run_for(seconds{1});
  for (const auto side : {A, B})
    EXPECT_EQ(network.fsm(side).last_down().kind, DownReason::Kind::None)
        << "the loser of a collision is no failure";
}

TEST(TwoPeers, DelayOpenOnEitherOrBothSides) {
  for (const int ours : {0, 100, 3000}) {
    for (const int theirs : {0, 100, 3000}) {
      FsmConfig a = our_config();
      FsmConfig b = peer_config();
      a.delay_open = Milliseconds{ours};
      b.delay_open = Milliseconds{theirs};
      FakeNetwork network(a, b);
      network.start(A);
      network.start(B);
      EXPECT_TRUE(network.run_until_established(seconds{10})) << ours << " " << theirs;
      EXPECT_GE(network.now(), Milliseconds{std::min(ours, theirs)});
      EXPECT_LE(network.now(), Milliseconds{std::min(ours, theirs) + 200})
          << "the first OPEN ends the other side's delay";
      network.run_for(seconds{120});
      EXPECT_TRUE(network.both_established());
    }
  }
}

TEST(TwoPeers, HoldTimerEndsASilentSessionOnBothSides) {
  FakeNetwork network = two_active();
  network.start(A);
  network.start(B);
  ASSERT_TRUE(network.run_until_established(seconds{1}));
  network.partition(true);
  network.run_for(seconds{91});
  for (const auto side : {A, B}) {
    EXPECT_NE(network.fsm(side).state(), State::Established);
    EXPECT_EQ(network.fsm(side).last_down().text, "hold timer expired: nothing heard for 90 s");
  }
  network.partition(false);
  EXPECT_TRUE(network.run_until_established(seconds{130}));
  EXPECT_EQ(network.fsm(A).flaps(), 1U);
}

TEST(TwoPeers, HoldTimeZeroNeedsNoKeepalives) {
  FsmConfig ours = our_config();
  ours.local.hold_time_seconds = 0;
  FakeNetwork network(ours, peer_config());
  network.start(A);
  network.start(B);
  ASSERT_TRUE(network.run_until_established(seconds{1}));
  EXPECT_EQ(network.running_timers(A), 0U);
  EXPECT_EQ(network.running_timers(B), 0U);
  const std::size_t before = network.keepalives_sent(A);
  network.run_for(seconds{36000});
  EXPECT_TRUE(network.both_established());
  EXPECT_EQ(network.keepalives_sent(A), before);
}

TEST(TwoPeers, HoldTimeThreeLives) {
  FsmConfig ours = our_config();
  ours.local.hold_time_seconds = 3;
  FakeNetwork network(ours, peer_config());
  network.start(A);
  network.start(B);
  ASSERT_TRUE(network.run_until_established(seconds{1}));
  network.run_for(seconds{300});
  EXPECT_TRUE(network.both_established());
  EXPECT_EQ(network.fsm(A).flaps(), 0U);
}

// The listener of the peer comes up later than we do.
TEST(TwoPeers, ARefusedConnectionIsTriedAgain) {
  FakeNetwork network = active_and_passive();
  network.listen(B, false);
  network.start(A);
  network.start(B);
  network.run_for(seconds{5});
  EXPECT_EQ(network.fsm(A).state(), State::Active);
  EXPECT_EQ(network.fsm(A).last_down().kind, DownReason::Kind::TcpFailed);
  EXPECT_EQ(network.fsm(A).last_down().text, "connection refused");
  network.listen(B, true);
  EXPECT_TRUE(network.run_until_established(seconds{121}));
}

TEST(TwoPeers, AConnectThatNeverAnswersIsTriedAgain) {
  FakeNetwork network = active_and_passive();
  network.start(B);
  network.partition(true);
  network.start(A);
  network.run_for(seconds{60});
  EXPECT_EQ(network.fsm(A).state(), State::Connect);
  network.partition(false);
  EXPECT_TRUE(network.run_until_established(seconds{121}));
}

class Restart : public testing::TestWithParam<FakeNetwork::Side> {};
INSTANTIATE_TEST_SUITE_P(EitherEnd, Restart, testing::Values(A, B));

TEST_P(Restart, AfterAResetBothComeBackSoon) {
  FakeNetwork network = two_active();
  network.start(A);
  network.start(B);
  ASSERT_TRUE(network.run_until_established(seconds{1}));
  const auto side = GetParam();
  network.handle(side, Reset{wire::Notification::administrative(wire::cease::kAdministrativeReset,
                                                                "new policy")});
  const auto& heard = network.fsm(side == A ? B : A);
  network.run_for(Milliseconds{50});
  EXPECT_EQ(heard.last_down().text, "peer sent Cease/Administrative Reset: 'new policy'");
  EXPECT_EQ(network.fsm(side).last_down().text, "sent Cease/Administrative Reset: 'new policy'");
  EXPECT_TRUE(network.run_until_established(seconds{6})) << "no idle hold after a wish";
}

// The process is gone and comes back: TCP tells the other end at its next KEEPALIVE.
TEST_P(Restart, AProcessThatDiedIsMissedAtTheNextKeepalive) {
  FakeNetwork network = two_active();
  network.start(A);
  network.start(B);
  ASSERT_TRUE(network.run_until_established(seconds{1}));
  const auto side = GetParam();
  network.power_off(side);
  network.power_on(side, side == A ? our_config() : peer_config());
  network.start(side);
  network.run_for(seconds{1});
  EXPECT_EQ(network.fsm(side == A ? B : A).state(), State::Established)
      << "RFC 4271 section 6.8: the old session outlives the new connection";
  EXPECT_TRUE(network.run_until_established(seconds{45}));
  EXPECT_EQ(network.fsm(side == A ? B : A).last_down().text, "connection reset");
}

// The host is gone for longer than the hold time.
TEST_P(Restart, AHostThatLostPowerIsMissedByTheHoldTimer) {
  FakeNetwork network = two_active();
  network.start(A);
  network.start(B);
  ASSERT_TRUE(network.run_until_established(seconds{1}));
  const auto side = GetParam();
  network.power_off(side);
  network.run_for(seconds{91});
  EXPECT_EQ(network.fsm(side == A ? B : A).flaps(), 1U);
  network.power_on(side, side == A ? our_config() : peer_config());
  network.start(side);
  EXPECT_TRUE(network.run_until_established(seconds{1})) << "the survivor accepts at once";
}

TEST_P(Restart, AnAdministrativeShutdownSaysWhyAndStaysDown) {
  FakeNetwork network = two_active();
  network.start(A);
  network.start(B);
  ASSERT_TRUE(network.run_until_established(seconds{1}));
  const auto side = GetParam();
  const auto& remote = network.fsm(side == A ? B : A);
  network.handle(side, ManualStop{wire::Notification::administrative(
                           wire::cease::kAdministrativeShutdown, "maintenance")});
  EXPECT_EQ(network.fsm(side).last_down().kind, DownReason::Kind::AdministrativelyDown);
  EXPECT_EQ(network.fsm(side).last_down().text, "administratively down: 'maintenance'");
  network.run_for(Milliseconds{50});
  EXPECT_EQ(remote.last_down().text, "peer sent Cease/Administrative Shutdown: 'maintenance'");
  network.run_for(seconds{600});
  EXPECT_EQ(network.fsm(side).state(), State::Idle);
  EXPECT_EQ(network.running_timers(side), 0U);
  EXPECT_EQ(network.connections(side), 0U);
  EXPECT_EQ(remote.last_down().text, "peer sent Cease/Connection Rejected");
  network.start(side);
  EXPECT_TRUE(network.run_until_established(seconds{1})) << "and is welcome when it returns";
}

}  // namespace
}  // namespace tern::fsm
