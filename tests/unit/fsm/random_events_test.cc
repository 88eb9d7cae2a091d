// Whatever comes in whatever order, the machine keeps its promises to the session.
//
// Two kinds of history: events drawn blindly, and events drawn among those a network could produce
// at that moment (so that deep states are reached often). After every step the promises are
// checked.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "tests/unit/fsm/transcript.h"

namespace tern::fsm {
namespace {

using wire::ErrorCode;

// What a session would hold, and the promises it relies on.
class Session {
 public:
  void before(const Event& event, const PeerFsm& fsm) {
    if (const auto* connected = std::get_if<TcpConnected>(&event)) {
      // A second incoming connection has no name here (refuse_incoming): nothing may be done to it.
      if (connected->conn == Conn::Outgoing || fsm.state(Conn::Incoming) == State::Idle)
        exists_.insert(connected->conn);
    } else if (const auto* failed = std::get_if<TcpFailed>(&event)) {
      gone_ = failed->conn;
    } else if (const auto* expired = std::get_if<TimerExpires>(&event)) {
      if (peer_timer(expired->timer))
        timers_.erase({expired->timer, Conn::Outgoing});
      else
        timers_.erase({expired->timer, expired->conn});
    }
  }

  void perform(const Actions& actions) {
    for (const Action& action : actions) std::visit([this](const auto& a) { check(a); }, action);
    if (gone_) exists_.erase(*gone_);
    gone_.reset();
  }

  void after(const PeerFsm& fsm) {
    int established = 0;
    for (const Conn conn : kConns) {
      if (fsm.state(conn) == State::Established) {
        ++established;
        EXPECT_EQ(up_, conn);
      }
      if (fsm.state(conn) >= State::OpenSent) {
        EXPECT_TRUE(exists_.count(conn) != 0);
      }
    }
    EXPECT_LE(established, 1);
    EXPECT_EQ(up_.has_value(), established == 1);
    EXPECT_EQ(fsm.established(), up_);
    EXPECT_EQ(fsm.state(), shown_);
    EXPECT_EQ(fsm.flaps(), downs_);
    if (!fsm.admin_up()) {
      EXPECT_TRUE(exists_.empty());
      EXPECT_TRUE(timers_.empty());
      EXPECT_EQ(fsm.state(), State::Idle);
    }
  }

  // An administratively up peer always has something that will move it: a passive one its listener.
  [[nodiscard]] bool waits_for_something() const { return !timers_.empty() || !exists_.empty(); }
  [[nodiscard]] bool exists(Conn conn) const { return exists_.count(conn) != 0; }
  [[nodiscard]] const std::set<std::pair<Timer, Conn>>& timers() const { return timers_; }
  [[nodiscard]] unsigned ups() const { return ups_; }

 private:
  static bool peer_timer(Timer timer) {
    return timer == Timer::ConnectRetry || timer == Timer::IdleHold;
  }

  void expect_exists(Conn conn) const {
    EXPECT_TRUE(exists_.count(conn) != 0) << "an action for a connection that is not there";
  }
  void check(const OpenConnection&) { exists_.insert(Conn::Outgoing); }
  void check(const CloseConnection& a) {
    expect_exists(a.conn);
    EXPECT_NE(up_, a.conn) << "SessionDown comes first";
    for (const auto& [timer, conn] : timers_) {
      EXPECT_TRUE(peer_timer(timer) || conn != a.conn) << to_string(timer) << " left running";
    }
    exists_.erase(a.conn);
  }
  void check(const SendOpen& a) { expect_exists(a.conn); }
  void check(const SendKeepalive& a) { expect_exists(a.conn); }
  void check(const SendNotification& a) { expect_exists(a.conn); }
  void check(const SetTimer& a) {
    if (!peer_timer(a.timer)) expect_exists(a.conn);
    EXPECT_GT(a.delay, Milliseconds::zero());
    timers_.insert({a.timer, a.conn});
  }
  void check(const ClearTimer& a) {
    if (!peer_timer(a.timer)) expect_exists(a.conn);
    EXPECT_EQ(timers_.erase({a.timer, a.conn}), 1U) << to_string(a.timer) << " was not running";
  }
  void check(const SessionUp& a) {
    expect_exists(a.conn);
    EXPECT_FALSE(up_) << "two sessions at once";
    up_ = a.conn;
    ++ups_;
  }
  void check(const SessionDown& a) {
    EXPECT_EQ(up_, a.conn);
    up_.reset();
    ++downs_;
  }
  void check(const StateChanged& a) {
    EXPECT_EQ(a.from, shown_);
    EXPECT_NE(a.from, a.to);
    shown_ = a.to;
  }

  std::set<Conn> exists_;
  std::set<std::pair<Timer, Conn>> timers_;
  std::optional<Conn> up_;
  std::optional<Conn> gone_;
  State shown_ = State::Idle;
  unsigned ups_ = 0;
  std::uint64_t downs_ = 0;
};

class History {
 public:
  explicit History(unsigned seed) : random_(seed), fsm_(config(seed)) {}

  void step(const Event& event) {
    session_.before(event, fsm_);
    session_.perform(fsm_.handle(event));
    session_.after(fsm_);
    if (fsm_.admin_up() && !passive_) {
      EXPECT_TRUE(session_.waits_for_something()) << "stuck for ever";
    }
  }

  Event any_event() {
    const Conn conn = draw(2) == 0 ? Conn::Outgoing : Conn::Incoming;
    switch (draw(16)) {
      case 0:
        return ManualStart{};
      case 1:
        return draw(4) == 0 ? Event(ManualStop{wire::Notification::administrative(2, "stop")})
                            : Event(ManualStart{});
      case 2:
      case 3:
        return TimerExpires{static_cast<Timer>(draw(6)), conn};
      case 4:
      case 5:
        return TcpConnected{conn};
      case 6:
        return TcpFailed{conn, draw(2) == 0 ? "" : "reset"};
      case 7:
      case 8:
      case 9:
        return OpenReceived{conn, an_open()};
      case 10:
        return MessageFault{conn, a_notification()};
      case 11:
        return NotificationReceived{conn, a_notification()};
      case 12:
      case 13:
        return KeepaliveReceived{conn};
      case 14:
        return draw(2) == 0 ? Event(UpdateReceived{conn}) : Event(RouteRefreshReceived{conn});
      default:
        return Reset{a_notification(), draw(2) == 0};
    }
  }

  // An event that the network, the clock or the operator could cause now.
  Event likely_event() {
    if (!fsm_.admin_up()) return ManualStart{};
    const Conn conn = draw(2) == 0 ? Conn::Outgoing : Conn::Incoming;
    const unsigned luck = draw(100);
    if (luck < 3) return any_event();
    if (luck < 20 && !session_.timers().empty()) {
      auto timer = session_.timers().begin();
      std::advance(timer, draw(static_cast<unsigned>(session_.timers().size())));
      return TimerExpires{timer->first, timer->second};
    }
    switch (fsm_.state(conn)) {
      case State::Idle:
        return TcpConnected{Conn::Incoming};
      case State::Connect:
      case State::Active:
        if (!session_.exists(conn)) return TcpConnected{Conn::Incoming};
        return luck < 90 ? Event(TcpConnected{conn}) : Event(TcpFailed{conn, "refused"});
      case State::OpenSent:
        return luck < 95 ? Event(OpenReceived{conn, peer_open()}) : Event(TcpFailed{conn, "reset"});
      case State::OpenConfirm:
      case State::Established:
        return luck < 95 ? Event(KeepaliveReceived{conn}) : Event(UpdateReceived{conn});
    }
    return ManualStart{};
  }

  [[nodiscard]] const PeerFsm& fsm() const { return fsm_; }
  [[nodiscard]] const Session& session() const { return session_; }

 private:
  FsmConfig config(unsigned seed) {
    FsmConfig config = our_config();
    passive_ = seed % 3 == 0;
    config.passive = passive_;
    if (seed % 5 == 0) config.delay_open = Milliseconds{2000};
    if (seed % 7 == 0) config.local.hold_time_seconds = 0;
    if (seed % 2 == 0) config.local.identifier = 0xFFFFFF00;
    config.jitter_seed = seed;
    return config;
  }

  unsigned draw(unsigned below) {
    return std::uniform_int_distribution<unsigned>(0, below - 1)(random_);
  }

  wire::OpenMessage an_open() {
    wire::OpenMessage open = peer_open();
    switch (draw(8)) {
      case 0:
        open.version = 3;
        break;
      case 1:
        open.capabilities.four_octet_as = 65009;
        break;
      case 2:
        open.hold_time_seconds = static_cast<std::uint16_t>(draw(4));
        break;
      default:
        break;
    }
    return open;
  }

  wire::Notification a_notification() {
    return notification(static_cast<ErrorCode>(draw(10)), static_cast<std::uint8_t>(draw(12)));
  }

  std::mt19937 random_;
  bool passive_ = false;
  PeerFsm fsm_;
  Session session_;
};

constexpr unsigned kHistories = 300;
constexpr int kSteps = 400;

TEST(RandomEvents, BlindHistoriesKeepThePromises) {
  for (unsigned seed = 1; seed <= kHistories && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History history(seed);
    for (int i = 0; i < kSteps; ++i) history.step(history.any_event());
    history.step(ManualStop{});
    EXPECT_FALSE(history.fsm().admin_up());
  }
}

TEST(RandomEvents, LikelyHistoriesKeepThePromisesAndComeUp) {
  unsigned ups = 0;
  for (unsigned seed = 1; seed <= kHistories && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History history(seed);
    for (int i = 0; i < kSteps; ++i) history.step(history.likely_event());
    history.step(ManualStop{});
    ups += history.session().ups();
  }
  EXPECT_GT(ups, kHistories) << "the histories are meant to reach Established often";
}

TEST(RandomEvents, TheSameSeedIsTheSameRun) {
  std::string runs[2];
  for (std::string& run : runs) {
    History history(42);
    PeerFsm fsm(our_config());
    for (int i = 0; i < kSteps; ++i) {
      const Actions actions = fsm.handle(history.any_event());
      run += transcript(actions) + "\n";
      for (const Action& action : actions)
        if (const auto* set = std::get_if<SetTimer>(&action))
          run += std::to_string(set->delay.count()) + "\n";
    }
  }
  EXPECT_EQ(runs[0], runs[1]);
}

}  // namespace
}  // namespace tern::fsm
