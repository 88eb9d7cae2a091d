// The finite state machine of one neighbour (RFC 4271 section 8), sans I/O.
//
// RFC 4271 section 8.2.1 gives each TCP connection a machine of its own and lets one neighbour have
// two of them until the collision is resolved. PeerFsm holds both: the connection we open
// (Conn::Outgoing) and the one the neighbour opens (Conn::Incoming). An event goes in, the actions
// to perform come out, in order; every (state, event) pair is defined, none fails. Timers are the
// caller's: SetTimer replaces a running timer of the same id, and its expiry comes back as an
// event.
//
// The peer-level start-up logic (idle hold with backoff, connect retry, passive, administrative
// shutdown) is the Outgoing machine's; an incoming connection is accepted whenever the peer is
// administratively up and not in idle hold after an error (then it is refused with Cease/Connection
// Rejected).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bgpd/fsm/negotiation.h"
#include "bgpd/wire/notification.h"
#include "bgpd/wire/open.h"

namespace tern::fsm {

using Milliseconds = std::chrono::milliseconds;

// Numbers of the BGP MIB (RFC 4273 bgpPeerState).
enum class State : std::uint8_t {
  Idle = 1,
  Connect = 2,
  Active = 3,
  OpenSent = 4,
  OpenConfirm = 5,
  Established = 6
};
inline constexpr std::size_t kStateCount = 7;           // to index by number; 0 is unused
[[nodiscard]] std::string_view to_string(State state);  // "Established"

enum class Conn : std::uint8_t { Outgoing = 0, Incoming = 1 };
inline constexpr std::array<Conn, 2> kConns{Conn::Outgoing, Conn::Incoming};

// One timer per peer: ConnectRetry, IdleHold. One per connection: the others.
enum class Timer : std::uint8_t { ConnectRetry, IdleHold, Hold, Keepalive, DelayOpen, SendHold };
[[nodiscard]] std::string_view to_string(Timer timer);

struct FsmConfig {
  LocalOpen local;
  ExpectedPeer expected;
  bool passive = false;                // never open, only accept
  Milliseconds connect_retry{120000};  // RFC 4271 section 10 suggests 120 s
  Milliseconds open_hold{240000};      // hold timer of OpenSent, RFC 4271 section 8.2.2: 4 minutes
  Milliseconds delay_open{0};          // 0: off
  Milliseconds idle_hold{5000};        // first wait after an error; doubles, see idle_hold_max
  Milliseconds idle_hold_max{120000};
  // RFC 9687; unset: the greater of 8 minutes and twice the negotiated hold time; 0: off.
  std::optional<Milliseconds> send_hold;
  std::optional<std::uint16_t> keepalive_seconds;  // unset: a third of the hold time
  std::uint64_t jitter_seed = 1;  // timers get a factor of 0.75..1, RFC 4271 section 10
};

// ---- Events, by the names and numbers of RFC 4271 section 8.1 where it has one.

struct ManualStart {};  // 1 (and 4, 3, 5: passivity is configuration)
struct ManualStop {
  wire::Notification reason;
};  // 2 and 8; reason: what to send to a peer that is there
struct TimerExpires {
  Timer timer;
  Conn conn;
};  // 9, 10, 11, 12, 13; IdleHold; SendHold
struct TcpConnected {
  Conn conn;
};  // 16 (Outgoing: Tcp_CR_Acked), 17 (Incoming: TcpConnectionConfirmed)
struct TcpFailed {
  Conn conn;
  std::string why;
};  // 18: refused, reset, closed by the other side
struct OpenReceived {
  Conn conn;
  wire::OpenMessage open;
};  // 19, 20, 22 (judged inside)
struct MessageFault {
  Conn conn;
  wire::Notification reply;
};  // 21, 22, 28: bytes that decode to an error
struct NotificationReceived {
  Conn conn;
  wire::Notification notification;
};  // 24, 25
struct KeepaliveReceived {
  Conn conn;
};  // 26
struct UpdateReceived {
  Conn conn;
};  // 27
struct RouteRefreshReceived {
  Conn conn;
};  // RFC 2918: legal only in Established
// Something outside the machine ends the session (prefix limit, send hold by byte count, a
// configuration change that needs a new session). hold_idle: wait idle_hold before trying again.
struct Reset {
  wire::Notification reason;
  bool hold_idle = false;
};

using Event = std::variant<ManualStart, ManualStop, TimerExpires, TcpConnected, TcpFailed,
                           OpenReceived, MessageFault, NotificationReceived, KeepaliveReceived,
                           UpdateReceived, RouteRefreshReceived, Reset>;

// ---- Actions, performed by the session in the order given.

struct OpenConnection {};  // start connecting; ends any earlier attempt
struct CloseConnection {
  Conn conn;
};  // after what was sent is flushed; no event comes back
struct SendOpen {
  Conn conn;
  wire::OpenMessage open;
};
struct SendKeepalive {
  Conn conn;
};
struct SendNotification {
  Conn conn;
  wire::Notification notification;
};
struct SetTimer {
  Timer timer;
  Conn conn;
  Milliseconds delay;
};
struct ClearTimer {
  Timer timer;
  Conn conn;
};
struct SessionUp {
  Conn conn;
  Negotiated negotiated;
};  // Established reached
struct SessionDown {
  Conn conn;
};  // Established left; reason in last_down()
struct StateChanged {
  State from;
  State to;
};  // of the peer: the further of its two connections

using Action =
    std::variant<OpenConnection, CloseConnection, SendOpen, SendKeepalive, SendNotification,
                 SetTimer, ClearTimer, SessionUp, SessionDown, StateChanged>;
using Actions = std::vector<Action>;

// Why the peer was last not Established, for logs, `show neighbors` and metrics.
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
};

class PeerFsm {
 public:
  explicit PeerFsm(FsmConfig config);

  // Performs one event. Total: an event that makes no sense in the state is answered as RFC 4271
  // section 8.2.2 says (FSM error, RFC 6608 subcode) or ignored where it says that.
  [[nodiscard]] Actions handle(const Event& event);

  // New settings for the next session; a running one keeps what it negotiated. What needs a reset
  // is decided by the caller.
  void reconfigure(FsmConfig config);

  [[nodiscard]] State state() const;  // the further of the two connections
  [[nodiscard]] State state(Conn conn) const;
  [[nodiscard]] bool admin_up() const;
  [[nodiscard]] std::optional<Conn> established() const;
  [[nodiscard]] const DownReason& last_down() const;
  // How often Established was left since the start.
  [[nodiscard]] std::uint64_t flaps() const;

 private:
  // Written by the author of peer_fsm.cc.
};

}  // namespace tern::fsm
