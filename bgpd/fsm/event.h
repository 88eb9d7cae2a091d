// The events of a neighbor (RFC 4271 section 8.1), and the states and the settings of the machine
// that handles them (peer_fsm.h).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "bgpd/fsm/negotiation.h"
#include "bgpd/wire/notification.h"
#include "bgpd/wire/open.h"

namespace tern::fsm {

using Milliseconds = std::chrono::milliseconds;
// Nanoseconds of a monotonic clock, whose zero the caller chooses.
using Time = std::chrono::nanoseconds;

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

// A peer has one ConnectRetry and one IdleHold timer, whose conn is Outgoing and ignored; a
// connection has one of each other timer. In Idle, IdleHold is the wait after an error; in
// Established, how long the session must last until earlier errors are forgotten.
enum class Timer : std::uint8_t { ConnectRetry, IdleHold, Hold, Keepalive, DelayOpen, SendHold };
[[nodiscard]] std::string_view to_string(Timer timer);

// Settings that need a new session to change.
struct SessionConfig {
  LocalOpen local;
  ExpectedPeer expected;
  bool passive = false;  // never open, only accept
  // Unset or 0: a third of the hold time. A greater value counts as a third of the hold time.
  std::optional<std::uint16_t> keepalive_seconds;
  friend bool operator==(const SessionConfig&, const SessionConfig&) = default;
};

// All settings of the machine. A running session can change the ones added here: a new value counts
// from the next start of its timer on.
struct FsmConfig : SessionConfig {
  Milliseconds connect_retry{120000};  // RFC 4271 section 10 suggests 120 s
  Milliseconds open_hold{240000};      // hold timer of OpenSent, RFC 4271 section 8.2.2: 4 minutes
  Milliseconds delay_open{0};          // 0: off
  Milliseconds idle_hold{5000};        // first wait after an error; doubles, see idle_hold_max
  Milliseconds idle_hold_max{120000};
  // Incoming connections that end softly again and again count as errors (RFC 4271 section 8.1.1
  // DampPeerOscillations), see kFreeSoftEnds.
  bool damp_oscillations = true;
  // RFC 9687; unset: the greater of 8 minutes and twice the negotiated hold time; 0: off.
  // Never runs with hold time 0: without KEEPALIVEs an idle session looks like a stuck one.
  std::optional<Milliseconds> send_hold;
  std::uint64_t jitter_seed = 1;  // timers get a factor of 0.75..1, RFC 4271 section 10
  friend bool operator==(const FsmConfig&, const FsmConfig&) = default;
};

// How many incoming connections in a row may end softly, by TCP or a Cease, without a session that
// lasts for idle_hold_max: a neighbor that restarts is accepted at once. The next ones are damped.
inline constexpr unsigned kFreeSoftEnds = 3;

// ---- Events, with the numbers of RFC 4271 section 8.1 where it has them.

struct ManualStart {};  // 1 (and 4, 3, 5: passivity is configuration); ends an idle hold early
struct ManualStop {
  wire::Notification reason;
};  // 2 and 8; reason: sent to a connected peer
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
};  // 18: refused, reset, closed by the peer. The connection is gone: no CloseConnection
    // follows
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

}  // namespace tern::fsm
