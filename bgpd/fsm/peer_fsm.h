// The finite state machine of one neighbor (RFC 4271 section 8), sans I/O.
//
// RFC 4271 section 8.2.1 gives each TCP connection a machine of its own and lets one neighbor have
// two of them until the collision is resolved. PeerFsm has both: the connection that we open
// (Conn::Outgoing) and the one that the neighbor opens (Conn::Incoming). handle() takes an event
// and returns the actions to perform, in order; every (state, event) pair is defined, none fails.
// The caller runs the timers: SetTimer replaces a running timer of the same id, and its expiry
// comes back as an event. The expiry of a timer that was cleared meanwhile is ignored.
//
// The Outgoing machine has the start-up logic of the peer (idle hold with backoff, connect retry,
// passive, administrative shutdown). An incoming connection is accepted whenever the peer is
// administratively up and not in idle hold after an error; in idle hold it is refused with
// Cease/Connection Rejected.
//
// When a connection ends, and no other one is exchanging OPENs:
// * TCP failed, any Cease received but Out of Resources, hold timer or send hold timer expired
//   (ours or, by NOTIFICATION, the peer's), our own Reset: the network failed, or an operator ended
//   the session. State Active: PeerFsm accepts an incoming connection at once and tries its own
//   again after idle_hold (jittered). With damp_oscillations, a peer that opens connections and
//   ends them by TCP or Cease more than kFreeSoftEnds times, with no session that lasted for
//   idle_hold_max, is treated as in the next point. PeerFsm does not damp connections that it opens
//   itself: it sets their pace.
// * Any other NOTIFICATION sent or received (header, OPEN, UPDATE, FSM, ROUTE-REFRESH, Cease/Out of
//   Resources), or Reset with hold_idle: a new attempt would soon fail again. State Idle for
//   idle_hold, doubled with each such end up to idle_hold_max (jittered); PeerFsm refuses incoming
//   connections. A session that lasted for idle_hold_max, ManualStart, ManualStop and Reset end the
//   doubling. RFC 4271 excepts a received Unsupported Version so that a speaker can try a lower
//   version; Tern has no lower version, so no exception.
// * Our attempt to connect failed: State Active, next attempt after connect_retry (jittered).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bgpd/fsm/action.h"
#include "bgpd/fsm/connection.h"
#include "bgpd/fsm/event.h"
#include "bgpd/fsm/jitter.h"
#include "bgpd/wire/notification.h"

namespace tern::fsm {

// Why the peer last failed to reach or left Established, for logs, `show neighbors` and metrics.
// The loser of a collision does not count.
struct DownReason {
  enum class Kind : std::uint8_t {
    None,
    NotificationSent,
    NotificationReceived,
    TcpFailed,
    AdministrativelyDown
  };
  Kind kind = Kind::None;
  wire::Notification notification;  // of the first two kinds
  std::string text;                 // one line for people

  // The same without text of the peer, for metrics: one of some hundred texts.
  [[nodiscard]] std::string kind_text() const;
};

class PeerFsm {
 public:
  explicit PeerFsm(FsmConfig config);

  // Handles one event in any state. An event that is unexpected in the state is an FSM error (with
  // a subcode of RFC 6608) or ignored, by RFC 4271 section 8.2.2.
  [[nodiscard]] Actions handle(const Event& event);

  // New settings for the next session; a running session keeps what it negotiated. The caller
  // decides which changes need a Reset; a change of `passive` needs one to act at once.
  void reconfigure(FsmConfig config);

  // The NOTIFICATION for an incoming connection that must be refused: Cease/Connection Rejected
  // while the peer is down or in idle hold, Cease/Connection Collision Resolution while a session
  // is established or another incoming connection exists. Nothing: TcpConnected{Incoming} will be
  // accepted. The caller must ask before it passes that event: the machine has no name for a second
  // incoming connection and ignores its event. Without a first one, it sends the NOTIFICATION and
  // closes.
  [[nodiscard]] std::optional<wire::Notification> refuse_incoming() const;

  [[nodiscard]] State state() const;  // the further of the two connections
  [[nodiscard]] State state(Conn conn) const;
  [[nodiscard]] bool admin_up() const;
  [[nodiscard]] std::optional<Conn> established() const;
  [[nodiscard]] const DownReason& last_down() const;
  // The machine remembers ends that make later waits longer.
  [[nodiscard]] bool remembers_ends() const { return errors_ != 0 || soft_ends_ != 0; }
  // How often Established was left since the start.
  [[nodiscard]] std::uint64_t flaps() const;

 private:
  void on(const ManualStart&);
  void on(const ManualStop& event);
  void on(const TimerExpires& event);
  void on(const TcpConnected& event);
  void on(const TcpFailed& event);
  void on(const OpenReceived& event);
  void on(const MessageFault& event);
  void on(const NotificationReceived& event);
  void on(const KeepaliveReceived& event);
  void on(const UpdateReceived& event);
  void on(const RouteRefreshReceived& event);
  void on(const Reset& event);

  // The peer's timers.
  void connect_retry_expired();
  void idle_hold_expired();
  // A timer of one connection.
  void expired(Connection& connection, Timer timer);

  // The outgoing machine: try now; wait for the next try; wait out an error.
  void connect();
  void await_retry(Milliseconds delay);
  void hold_idle();
  [[nodiscard]] Milliseconds backoff() const;
  [[nodiscard]] bool in_idle_hold() const;

  void become_established(Connection& connection);
  // False: `connection` lost against the other one and is closed.
  [[nodiscard]] bool survives_collision(Connection& connection, const wire::OpenMessage& open);
  // Restarts the hold timer in Established; an FSM error in any other state.
  void heard_or_unexpected(Connection& connection, wire::MessageType type);
  void unexpected(Connection& connection, wire::MessageType type);

  // Ends a connection with a NOTIFICATION for a reason, and recovers from it.
  void fail(Connection& connection, const wire::Notification& reply, std::string text);
  // Ends a connection that has no fault; the outgoing machine then waits in Idle.
  void end(Connection& connection, const wire::Notification* farewell);
  void left(const Connection& connection);  // bookkeeping before a connection ends
  void recover(Conn ended, bool damped);
  // Counts the soft end of a connection that is over; true when too many came in a row.
  [[nodiscard]] bool count_soft_end(Conn ended);
  void forgive();

  [[nodiscard]] Connection& of(Conn conn) { return connections_[static_cast<std::size_t>(conn)]; }
  [[nodiscard]] const Connection& of(Conn conn) const {
    return connections_[static_cast<std::size_t>(conn)];
  }
  [[nodiscard]] Connection& other(const Connection& connection) {
    return of(connection.conn() == Conn::Outgoing ? Conn::Incoming : Conn::Outgoing);
  }

  std::shared_ptr<const FsmConfig> config_;
  Jitter jitter_;
  TimerSet timers_{Conn::Outgoing};  // ConnectRetry, IdleHold
  std::array<Connection, 2> connections_;
  bool admin_up_ = false;
  unsigned errors_ = 0;     // ends that doubled the idle hold since forgive()
  unsigned soft_ends_ = 0;  // soft ends of incoming connections since forgive()
  std::uint64_t flaps_ = 0;
  DownReason last_down_;
  Actions actions_;  // of the event being handled
};

}  // namespace tern::fsm
