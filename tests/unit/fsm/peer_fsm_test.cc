// One machine by itself: backoff, timers, reasons, and the connections of a collision in every
// order.
#include "bgpd/fsm/peer_fsm.h"

#include <gtest/gtest.h>

#include "tests/unit/fsm/transcript.h"

namespace tern::fsm {
namespace {

using std::chrono::seconds;
using wire::ErrorCode;

class Machine {
 public:
  explicit Machine(FsmConfig config = our_config()) : fsm(std::move(config)) {
    (void)fsm.handle(ManualStart{});
  }
  Actions operator()(const Event& event) { return fsm.handle(event); }
  void open_sent(Conn conn) { (void)fsm.handle(TcpConnected{conn}); }
  void open_confirm(Conn conn) {
    open_sent(conn);
    (void)fsm.handle(OpenReceived{conn, peer_open()});
  }
  Actions establish(Conn conn) {
    open_confirm(conn);
    return fsm.handle(KeepaliveReceived{conn});
  }
  // From wherever the machine waits to an error, and what followed.
  Actions err() {
    (void)fsm.handle(TimerExpires{Timer::IdleHold, kOut});
    open_sent(kOut);
    return fsm.handle(MessageFault{kOut, notification(ErrorCode::MessageHeader, 1)});
  }
  PeerFsm fsm;
};

void expect_jittered(std::optional<Milliseconds> delay, Milliseconds full) {
  ASSERT_TRUE(delay);
  EXPECT_GE(*delay, full * 3 / 4);
  EXPECT_LE(*delay, full);
}

// ---- Oscillations (RFC 4271 section 8.1.1)

// The peer connects, gets so far, and ends it softly. What followed.
Actions visit(Machine& machine, bool established, bool by_cease) {
  if (established) {
    (void)machine.establish(kIn);
  } else {
    machine.open_sent(kIn);
  }
  return by_cease ? machine(NotificationReceived{kIn, notification(ErrorCode::Cease, 2)})
                  : machine(TcpFailed{kIn, "closed"});
}

TEST(Oscillation, IsDampedBehindAFewFreeEnds) {
  for (const bool established : {true, false}) {
    for (const bool by_cease : {true, false}) {
      Machine machine;
      for (unsigned i = 0; i < kFreeSoftEnds; ++i) {
        EXPECT_EQ(delay_of(visit(machine, established, by_cease), Timer::IdleHold), std::nullopt);
        EXPECT_EQ(machine.fsm.refuse_incoming(), std::nullopt);
      }
      for (const int wait : {5, 10, 20, 40, 80, 120, 120}) {
        expect_jittered(delay_of(visit(machine, established, by_cease), Timer::IdleHold),
                        seconds{wait});
        EXPECT_TRUE(machine.fsm.refuse_incoming());
        (void)machine(TimerExpires{Timer::IdleHold, kOut});
      }
    }
  }
}

TEST(Oscillation, IsForgottenWhenASessionHasStoodAndByTheOperator) {
  for (const bool stood : {true, false}) {
    Machine machine;
    for (unsigned i = 0; i < kFreeSoftEnds; ++i) (void)visit(machine, true, false);
    EXPECT_TRUE(machine.fsm.remembers_ends());
    if (stood) {
      EXPECT_EQ(delay_of(machine.establish(kIn), Timer::IdleHold), seconds{120});
      (void)machine(TimerExpires{Timer::IdleHold, kOut});
    } else {
      (void)machine(ManualStop{notification(ErrorCode::Cease, 2)});
      (void)machine(ManualStart{});
    }
    EXPECT_FALSE(machine.fsm.remembers_ends());
    if (stood) (void)machine(TcpFailed{kIn, "closed"});
    EXPECT_EQ(machine.fsm.refuse_incoming(), std::nullopt);
    EXPECT_EQ(delay_of(visit(machine, true, false), Timer::IdleHold), std::nullopt);
  }
}

TEST(Oscillation, IsNotWhatHappensToConnectionsOfOurs) {
  Machine machine;
  for (unsigned i = 0; i < 3 * kFreeSoftEnds; ++i) {
    (void)machine(TimerExpires{Timer::ConnectRetry, kOut});
    (void)machine.establish(kOut);
    EXPECT_EQ(delay_of(machine(TcpFailed{kOut, "closed"}), Timer::IdleHold), std::nullopt);
  }
}

TEST(Oscillation, IsNotAskedForWhereItIsSwitchedOff) {
  FsmConfig config = our_config();
  config.damp_oscillations = false;
  Machine machine(config);
  for (unsigned i = 0; i < 3 * kFreeSoftEnds; ++i) {
    EXPECT_EQ(delay_of(visit(machine, true, false), Timer::IdleHold), std::nullopt);
  }
}

// The other connection goes on: nothing of the peer came to an end.
TEST(Oscillation, IsNotTheLoserOfACollision) {
  Machine machine;
  machine.open_sent(kOut);
  for (unsigned i = 0; i < 3 * kFreeSoftEnds; ++i) {
    machine.open_sent(kIn);
    (void)machine(TcpFailed{kIn, "closed"});
  }
  EXPECT_EQ(machine.fsm.state(), State::OpenSent);
  EXPECT_FALSE(machine.fsm.remembers_ends());
}

// ---- Idle hold and retry

TEST(IdleHold, DoublesWithEachErrorUpToItsMost) {
  Machine machine;
  for (const int wait : {5, 10, 20, 40, 80, 120, 120, 120})
    expect_jittered(delay_of(machine.err(), Timer::IdleHold), seconds{wait});
}

TEST(IdleHold, IsForgottenOnlyWhenTheSessionHasStood) {
  Machine machine;
  (void)machine.err();
  (void)machine.err();
  (void)machine(TimerExpires{Timer::IdleHold, kOut});
  const Actions up = machine.establish(kOut);
  EXPECT_EQ(delay_of(up, Timer::IdleHold), seconds{120});
  const Actions down = machine(MessageFault{kOut, notification(ErrorCode::UpdateMessage, 1)});
  expect_jittered(delay_of(down, Timer::IdleHold), seconds{20});

  (void)machine(TimerExpires{Timer::IdleHold, kOut});
  (void)machine.establish(kOut);
  EXPECT_EQ(transcript(machine(TimerExpires{Timer::IdleHold, kOut})), "");
  EXPECT_EQ(machine.fsm.state(), State::Established);
  const Actions later = machine(MessageFault{kOut, notification(ErrorCode::UpdateMessage, 1)});
  expect_jittered(delay_of(later, Timer::IdleHold), seconds{5});
}

TEST(IdleHold, IsForgottenByTheOperator) {
  for (const Event& wish : {Event(ManualStart{}), Event(Reset{}),
                            Event(ManualStop{notification(ErrorCode::Cease, 2)})}) {
    Machine machine;
    (void)machine.err();
    (void)machine.err();
    (void)machine(wish);
    (void)machine(ManualStart{});
    (void)machine(TimerExpires{Timer::ConnectRetry, kOut});
    machine.open_sent(kOut);
    const Actions down = machine(MessageFault{kOut, notification(ErrorCode::MessageHeader, 1)});
    expect_jittered(delay_of(down, Timer::IdleHold), seconds{5});
  }
}

TEST(IdleHold, RefusesIncomingConnectionsUntilItEnds) {
  Machine machine;
  (void)machine.err();
  EXPECT_EQ(transcript(machine(TcpConnected{kIn})), "notify(in 6/5) close(in)");
  (void)machine(TimerExpires{Timer::IdleHold, kOut});
  EXPECT_EQ(machine.fsm.refuse_incoming(), std::nullopt);
}

// Which codes mean that the next session would fail the same way.
TEST(IdleHold, FollowsErrorsOfTheProtocolAndNothingElse) {
  struct Row {
    unsigned code;
    bool holds;
  };
  for (const Row& row : {Row{1, true}, Row{2, true}, Row{3, true}, Row{4, false}, Row{5, true},
                         Row{6, false}, Row{7, true}, Row{8, false}, Row{99, true}}) {
    const auto reason = notification(static_cast<ErrorCode>(row.code), 2);
    for (const bool received : {true, false}) {
      Machine machine;
      (void)machine.establish(kOut);
      const Actions actions = received ? machine(NotificationReceived{kOut, reason})
                                       : machine(MessageFault{kOut, reason});
      EXPECT_EQ(delay_of(actions, Timer::IdleHold).has_value(), row.holds) << row.code;
      EXPECT_EQ(machine.fsm.refuse_incoming().has_value(), row.holds) << row.code;
      if (!row.holds) expect_jittered(delay_of(actions, Timer::ConnectRetry), seconds{5});
    }
  }
}

TEST(Retry, AfterALostSessionComesSoonAndAcceptsAtOnce) {
  Machine machine;
  for (unsigned i = 0; i < kFreeSoftEnds; ++i) {
    (void)machine.establish(kOut);
    const Actions down = machine(TcpFailed{kOut, "connection reset"});
    expect_jittered(delay_of(down, Timer::ConnectRetry), seconds{5});
    EXPECT_EQ(transcript(machine(TcpConnected{kIn})), "open(in) set(in Hold) Active>OpenSent");
    (void)machine(TcpFailed{kIn, ""});
    (void)machine(TimerExpires{Timer::ConnectRetry, kOut});
  }
}

TEST(Retry, AfterAFailedConnectComesAfterConnectRetry) {
  Machine machine;
  const Actions refused = machine(TcpFailed{kOut, "connection refused"});
  expect_jittered(delay_of(refused, Timer::ConnectRetry), seconds{120});
  EXPECT_EQ(machine.fsm.state(), State::Active);
}

TEST(Retry, TheOutgoingMachineWakesWhenTheIncomingSessionEnds) {
  Machine machine;
  (void)machine.establish(kIn);
  EXPECT_EQ(machine.fsm.state(kOut), State::Idle);
  const Actions down = machine(TcpFailed{kIn, "connection reset"});
  expect_jittered(delay_of(down, Timer::ConnectRetry), seconds{5});
  EXPECT_EQ(machine.fsm.state(kOut), State::Active);
}

TEST(Retry, ResetWithHoldIdleWaits) {
  Machine machine;
  (void)machine.establish(kOut);
  const Actions down = machine(Reset{notification(ErrorCode::Cease, 1), true});
  expect_jittered(delay_of(down, Timer::IdleHold), seconds{5});
  EXPECT_TRUE(machine.fsm.refuse_incoming());
}

// ---- Timers

TEST(Timers, KeepaliveIsJitteredAndReproducible) {
  std::vector<Milliseconds> runs[2];
  for (auto& run : runs) {
    Machine machine;
    (void)machine.establish(kOut);
    for (int i = 0; i < 200; ++i) {
      const auto delay = delay_of(machine(TimerExpires{Timer::Keepalive, kOut}), Timer::Keepalive);
      expect_jittered(delay, seconds{30});
      run.push_back(*delay);
    }
    const auto [least, most] = std::minmax_element(run.begin(), run.end());
    EXPECT_LT(*least, Milliseconds{23500});
    EXPECT_GT(*most, Milliseconds{29000});
  }
  EXPECT_EQ(runs[0], runs[1]);
  FsmConfig config = our_config();
  config.jitter_seed = 99;
  Machine other(config);
  (void)other.establish(kOut);
  EXPECT_NE(delay_of(other(TimerExpires{Timer::Keepalive, kOut}), Timer::Keepalive),
            runs[0].front());
}

TEST(Timers, AConfiguredKeepaliveMayOnlyBeShorter) {
  struct Row {
    std::uint16_t configured, used;
  };
  for (const Row& row : {Row{10, 10}, Row{30, 30}, Row{60, 30}, Row{0, 30}}) {
    FsmConfig config = our_config();
    config.keepalive_seconds = row.configured;
    Machine machine(config);
    const Actions up = machine.establish(kOut);
    EXPECT_EQ(find<SessionUp>(up)->negotiated.keepalive_seconds, row.used);
  }
}

TEST(Timers, OpenSentWaitsFourMinutesThenTheNegotiatedHoldTimeHolds) {
  Machine machine;
  EXPECT_EQ(delay_of(machine(TcpConnected{kOut}), Timer::Hold), std::chrono::minutes{4});
  wire::OpenMessage open = peer_open();
  open.hold_time_seconds = 30;
  EXPECT_EQ(delay_of(machine(OpenReceived{kOut, open}), Timer::Hold), seconds{30});
  EXPECT_EQ(delay_of(machine(KeepaliveReceived{kOut}), Timer::Hold), seconds{30});
  EXPECT_EQ(delay_of(machine(UpdateReceived{kOut}), Timer::Hold), seconds{30});
}

TEST(Timers, HoldTimeZeroStopsAllOfThem) {
  Machine machine;
  machine.open_sent(kOut);
  wire::OpenMessage open = peer_open();
  open.hold_time_seconds = 0;
  EXPECT_EQ(transcript(machine(OpenReceived{kOut, open})),
            "keepalive(out) clear(out Hold) OpenSent>OpenConfirm");
  EXPECT_EQ(transcript(machine(KeepaliveReceived{kOut})), "up(out) OpenConfirm>Established");
  EXPECT_EQ(transcript(machine(UpdateReceived{kOut})), "");
}

TEST(Timers, SendHoldIsEightMinutesOrTwiceTheHoldTime) {  // RFC 9687
  struct Row {
    std::uint16_t hold;
    std::optional<Milliseconds> configured;
    std::optional<Milliseconds> used;
  };
  for (const Row& row :
       {Row{90, {}, seconds{480}}, Row{300, {}, seconds{600}}, Row{90, seconds{200}, seconds{200}},
        Row{90, seconds{0}, {}}, Row{0, {}, {}}, Row{0, seconds{200}, {}}}) {
    FsmConfig config = our_config();
    config.local.hold_time_seconds = row.hold;
    config.send_hold = row.configured;
    Machine machine(config);
    machine.open_sent(kOut);
    wire::OpenMessage open = peer_open();
    open.hold_time_seconds = 600;
    (void)machine(OpenReceived{kOut, open});
    EXPECT_EQ(delay_of(machine(KeepaliveReceived{kOut}), Timer::SendHold), row.used);
  }
}

// ---- Two connections

// Our identifier is lower than the peer's, so the connection the peer opened survives, or higher.
struct CollisionCase {
  bool ours_survives;
  Conn first_open;   // on which connection the peer's OPEN comes first
  bool both_opened;  // TCP of both is up before that OPEN, or the second comes after it
};

class Collision : public testing::TestWithParam<CollisionCase> {};
INSTANTIATE_TEST_SUITE_P(
    EveryOrder, Collision,
    testing::Values(CollisionCase{false, kOut, true}, CollisionCase{false, kIn, true},
                    CollisionCase{true, kOut, true}, CollisionCase{true, kIn, true},
                    CollisionCase{false, kOut, false}, CollisionCase{false, kIn, false},
                    CollisionCase{true, kOut, false}, CollisionCase{true, kIn, false}));

TEST_P(Collision, LeavesTheConnectionOfTheHigherIdentifier) {
  const auto& [ours_survives, first, both_opened] = GetParam();
  FsmConfig config = our_config();
  if (ours_survives) config.local.identifier = kPeerId + 1;
  Machine machine(config);
  const Conn second = first == kOut ? kIn : kOut;
  const Conn survivor = ours_survives ? kOut : kIn;
  const Conn loser = ours_survives ? kIn : kOut;

  machine.open_sent(first);
  if (both_opened) machine.open_sent(second);
  Actions actions = machine(OpenReceived{first, peer_open()});
  if (!both_opened) {
    EXPECT_EQ(machine.fsm.state(first), State::OpenConfirm);
    machine.open_sent(second);
    actions = machine(OpenReceived{second, peer_open()});
  }
  const auto* farewell = find<SendNotification>(actions);
  ASSERT_NE(farewell, nullptr);
  EXPECT_EQ(farewell->conn, loser);
  EXPECT_EQ(farewell->notification,
            notification(ErrorCode::Cease, wire::cease::kConnectionCollision));
  EXPECT_EQ(find<CloseConnection>(actions)->conn, loser);
  EXPECT_LT(machine.fsm.state(loser), State::OpenSent);
  EXPECT_GE(machine.fsm.state(survivor), State::OpenSent);

  if (machine.fsm.state(survivor) == State::OpenSent)
    (void)machine(OpenReceived{survivor, peer_open()});
  (void)machine(KeepaliveReceived{survivor});
  EXPECT_EQ(machine.fsm.established(), survivor);
  EXPECT_EQ(machine.fsm.last_down().kind, DownReason::Kind::None) << "a collision is no failure";
}

TEST(TwoConnections, OursIsTriedOnWhileTheirsIsInOpenSent) {
  Machine machine;
  machine.open_sent(kIn);
  EXPECT_EQ(machine.fsm.state(kOut), State::Connect);
  EXPECT_EQ(transcript(machine(TimerExpires{Timer::ConnectRetry, kOut})),
            "connect set(ConnectRetry)");
  EXPECT_EQ(machine.fsm.state(), State::OpenSent);
}

TEST(TwoConnections, OursIsNotTriedAgainWhileTheirsIsInOpenConfirm) {
  Machine machine;
  machine.open_confirm(kIn);
  EXPECT_EQ(transcript(machine(TimerExpires{Timer::ConnectRetry, kOut})),
            "close(out) set(ConnectRetry)");
  EXPECT_EQ(machine.fsm.state(kOut), State::Active);
}

TEST(TwoConnections, AnEstablishedOneClosesTheAttempt) {
  Machine machine;
  EXPECT_EQ(transcript(machine.establish(kIn)),
            "close(out) clear(ConnectRetry) set(in Hold) set(in SendHold) up(in) "
            "OpenConfirm>Established");
}

TEST(TwoConnections, AnEstablishedOneClosesTheOther) {
  FsmConfig config = our_config();
  Machine machine(config);
  machine.open_confirm(kIn);
  machine.open_sent(kOut);
  const Actions actions = machine(KeepaliveReceived{kIn});
  EXPECT_EQ(transcript(actions),
            "notify(out 6/7) clear(out Hold) close(out) set(in Hold) set(in SendHold) up(in) "
            "OpenConfirm>Established");
}

TEST(TwoConnections, ANewOneLosesAgainstEstablished) {  // RFC 4271 section 6.8
  Machine machine;
  (void)machine.establish(kOut);
  EXPECT_EQ(transcript(machine(TcpConnected{kIn})), "notify(in 6/7) close(in)");
  EXPECT_EQ(machine.fsm.established(), kOut);

  Machine incoming;
  (void)incoming.establish(kIn);
  EXPECT_EQ(incoming.fsm.refuse_incoming(),
            notification(ErrorCode::Cease, wire::cease::kConnectionCollision));
  EXPECT_EQ(transcript(incoming(TcpConnected{kIn})), "") << "the second has no name here";
}

TEST(TwoConnections, AnErrorOnOneLeavesTheOtherItsChance) {
  Machine machine;
  machine.open_sent(kIn);
  machine.open_sent(kOut);
  EXPECT_EQ(transcript(machine(MessageFault{kOut, notification(ErrorCode::OpenMessage, 0)})),
            "notify(out 2/0) clear(out Hold) close(out) set(ConnectRetry)");
  EXPECT_EQ(machine.fsm.state(kIn), State::OpenSent);
  // It counts all the same: the next error is the second.
  const Actions next = machine(MessageFault{kIn, notification(ErrorCode::OpenMessage, 0)});
  expect_jittered(delay_of(next, Timer::IdleHold), seconds{10});
  EXPECT_EQ(machine.fsm.state(), State::Idle);
}

TEST(TwoConnections, AnErrorEndsAnAttemptOfOurs) {
  Machine machine;
  machine.open_sent(kIn);
  EXPECT_EQ(transcript(machine(MessageFault{kIn, notification(ErrorCode::OpenMessage, 0)})),
            "notify(in 2/0) clear(in Hold) close(in) close(out) clear(ConnectRetry) "
            "set(IdleHold) OpenSent>Idle");
}

// ---- Reasons

TEST(Reasons, AreOneReadableLine) {
  struct Row {
    Event event;
    const char* text;
  };
  const Row rows[] = {
      {TimerExpires{Timer::Hold, kOut}, "hold timer expired: nothing heard for 90 s"},
      {TimerExpires{Timer::SendHold, kOut},
       "send hold timer expired: nothing could be sent for 480 s"},
      {TcpFailed{kOut, "connection reset by peer"}, "connection reset by peer"},
      {TcpFailed{kOut, ""}, "connection lost"},
      {NotificationReceived{kOut, wire::Notification::administrative(2, "maintenance")},
       "peer sent Cease/Administrative Shutdown: 'maintenance'"},
      {NotificationReceived{kOut, notification(ErrorCode::HoldTimerExpired, 0)},
       "peer sent Hold Timer Expired"},
      {MessageFault{kOut, notification(ErrorCode::UpdateMessage, 1)},
       "sent UPDATE Message Error/Malformed Attribute List"},
      {OpenReceived{kOut, peer_open()},
       "sent Finite State Machine Error/Unexpected Message in Established: peer sent OPEN in "
       "state Established"},
      {Reset{notification(ErrorCode::Cease, 6)}, "sent Cease/Other Configuration Change"},
      {ManualStop{wire::Notification::administrative(2, "")}, "administratively down"},
  };
  for (const Row& row : rows) {
    Machine machine;
    (void)machine.establish(kOut);
    (void)machine(row.event);
    EXPECT_EQ(machine.fsm.last_down().text, row.text);
    EXPECT_EQ(machine.fsm.flaps(), 1U);
  }
}

TEST(Reasons, OpenSentMissesAnOpen) {
  Machine machine;
  machine.open_sent(kOut);
  (void)machine(TimerExpires{Timer::Hold, kOut});
  EXPECT_EQ(machine.fsm.last_down().text, "hold timer expired: no OPEN within 240 s");
  EXPECT_EQ(machine.fsm.flaps(), 0U) << "Established was never reached";
}

TEST(Reasons, AnUnexpectedMessageIsNamedInTheData) {  // RFC 6608
  Machine machine;
  machine.open_sent(kOut);
  const Actions actions = machine(UpdateReceived{kOut});
  const wire::Notification expected{
      ErrorCode::FiniteStateMachine, wire::fsm_error::kInOpenSent, {std::byte{2}}};
  EXPECT_EQ(find<SendNotification>(actions)->notification, expected);
}

// ---- Reconfiguration

TEST(Reconfigure, ARunningNegotiationKeepsTheOpenItSent) {
  Machine machine;
  machine.open_sent(kOut);
  FsmConfig changed = our_config();
  changed.local.hold_time_seconds = 30;
  changed.local.extended_message = false;
  machine.fsm.reconfigure(changed);
  (void)machine(OpenReceived{kOut, peer_open()});
  const Actions up = machine(KeepaliveReceived{kOut});
  EXPECT_EQ(find<SessionUp>(up)->negotiated.hold_time_seconds, 90);
  EXPECT_TRUE(find<SessionUp>(up)->negotiated.extended_message_receive);

  (void)machine(Reset{notification(ErrorCode::Cease, 6)});
  (void)machine(TimerExpires{Timer::ConnectRetry, kOut});
  const Actions next = machine(TcpConnected{kOut});
  EXPECT_EQ(find<SendOpen>(next)->open.hold_time_seconds, 30);
}

TEST(Reconfigure, ToPassiveEndsTheTrying) {
  Machine machine;
  FsmConfig passive = our_config();
  passive.passive = true;
  machine.fsm.reconfigure(passive);
  EXPECT_EQ(transcript(machine(TimerExpires{Timer::ConnectRetry, kOut})),
            "close(out) Connect>Active");
}

TEST(Reconfigure, FromPassiveStartsWithAReset) {
  FsmConfig passive = our_config();
  passive.passive = true;
  Machine machine(passive);
  machine.fsm.reconfigure(our_config());
  EXPECT_EQ(transcript(machine(Reset{notification(ErrorCode::Cease, 6)})), "set(ConnectRetry)");
}

}  // namespace
}  // namespace tern::fsm
