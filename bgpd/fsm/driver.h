// Drives the machine of a neighbor (peer_fsm.h): cuts octets into messages, decodes them, runs the
// timers, encodes what the machine sends. Sans I/O: octets and time come in as arguments, and what
// is to be done to connections goes out through Driver::Rim.
//
// The caller owns the connections and a clock. It calls connected(), failed() and receive() when
// something happens to a connection, and tick() at the time that Rim::wake_at() named. A Driver
// looks at no more than the connections that it was told of: the caller asks refuse_incoming()
// before it takes in a connection that the neighbor opened.
//
// Used by one thread at a time. Functions of Rim are called from within the Driver's own; the ones
// that carry routes (on_update(), on_refresh()) may call handle(), which can end the session.
//
// OPEN, KEEPALIVE and NOTIFICATION leave with the call that makes them, so they wait for no route:
// the caller's send() must not put them behind a queue of UPDATEs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "bgpd/fsm/hold_time.h"
#include "bgpd/fsm/peer_fsm.h"
#include "bgpd/wire/framer.h"
#include "bgpd/wire/route_refresh.h"

namespace tern::fsm {

class Driver {
 public:
  // What a neighbor may have said that receive() was not given yet.
  struct Unheard {
    Time elsewhere{};        // when another thread last read a whole KEEPALIVE or UPDATE; 0: never
    std::size_t octets = 0;  // that wait unread in the socket
  };

  class Rim {
   public:
    virtual ~Rim() = default;

    // Connects to the neighbor; ends an earlier attempt. connected() or failed() follows, never
    // from within this call.
    virtual void open() = 0;
    // Closes after what was sent has left. Nothing more of the connection comes back.
    virtual void close(Conn conn) = 0;
    // One whole message, to be sent or kept until the socket takes more.
    virtual void send(Conn conn, wire::MessageType type, std::span<const std::byte> message) = 0;
    // Asked when a hold timer expires, before the session ends.
    [[nodiscard]] virtual Unheard unheard(Conn conn) = 0;
    // tick() is due at that time, instead of at the one named before; nothing: no timer runs.
    virtual void wake_at(std::optional<Time> when) = 0;

    // Established is reached, and left; why: PeerFsm::last_down(). session() is set in both calls.
    virtual void on_session_up(Conn conn, const Negotiated& negotiated) = 0;
    virtual void on_session_down() = 0;
    virtual void on_state(State from, State to) = 0;
    // The neighbor sent an OPEN that decodes, whether the machine accepts it or not.
    virtual void on_open(const wire::OpenMessage& open) = 0;
    virtual void on_notification(const wire::Notification& notification, bool sent) = 0;
    // A message of the session, while Established. body: without header, valid during the call.
    virtual void on_update(wire::Bytes body) = 0;
    virtual void on_refresh(const wire::RouteRefresh& refresh) = 0;
  };

  using MessageCounts = std::array<std::uint64_t, wire::kMessageTypeCount>;  // by type number

  // rim: outlives the Driver, and is not called by the constructor.
  Driver(Rim& rim, FsmConfig config);
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  // ---- What happens. now: never before that of an earlier call.

  // ManualStart, ManualStop, Reset; MessageFault of an UPDATE that is malformed.
  void handle(const Event& event, Time now);
  void reconfigure(FsmConfig config) { fsm_.reconfigure(std::move(config)); }
  void connected(Conn conn, Time now);
  // Refused, reset, or closed by the neighbor; why is for people.
  void failed(Conn conn, std::string why, Time now);
  // Takes the whole messages at the beginning of `octets`; returns how many octets those are. The
  // caller keeps the others, less than a message, and gives them again with what comes behind them.
  // The octets behind a message that ends the connection mean nothing. Requires a connection that
  // connected() told of.
  std::size_t receive(Conn conn, wire::Bytes octets, Time now);
  // Another thread read whole UPDATEs of the session at that time; `count` of them.
  void heard(Time when, std::uint64_t count);
  // Asks the neighbor for its routes of a family once more (RFC 2918). Requires session(), and
  // negotiated().route_refresh_send.
  void request_refresh(Family family);
  // The session's socket took octets: the neighbor lives (RFC 9687).
  void octets_left(Time now);
  // Expires the timers that are due.
  void tick(Time now);
  // The same for the session's KEEPALIVE alone, for a caller that is busy with other things.
  void keepalive_if_due(Time now);

  // ---- How things are

  [[nodiscard]] const PeerFsm& machine() const { return fsm_; }
  // See PeerFsm::refuse_incoming().
  [[nodiscard]] std::optional<wire::Notification> refuse_incoming() const {
    return fsm_.refuse_incoming();
  }
  // The connection of the session, and what was agreed; nothing and stale while not Established.
  [[nodiscard]] std::optional<Conn> session() const { return session_; }
  [[nodiscard]] const Negotiated& negotiated() const { return negotiated_; }
  // How long messages that come may be, octets.
  [[nodiscard]] std::size_t max_message(Conn conn) const { return of(conn).max_message; }
  // When the last KEEPALIVE or UPDATE came; 0: none yet.
  [[nodiscard]] Time last_heard() const { return last_heard_; }
  // Since the start. Sent: what went through Rim::send(), so no UPDATE.
  [[nodiscard]] const MessageCounts& received() const { return received_; }
  [[nodiscard]] const MessageCounts& sent() const { return sent_; }

 private:
  static constexpr std::size_t kTimers = 6;
  struct Deadline {
    bool running = false;
    Time delay{};
    Time due{};   // of the last start or touch, and the delay
    Time when{};  // due, or later where a hold timer was extended
  };
  struct Connected {
    std::array<Deadline, kTimers> timers;  // by Timer; those of the neighbor are Outgoing's
    std::size_t max_message = wire::kMaxMessage;
    bool open = false;
    std::uint32_t number = 0;  // of the connection: receive() sees that its own is gone
  };
  struct Due {
    Timer timer{};
    Conn conn{};
    Time when{};
  };

  void perform(const OpenConnection& action);
  void perform(const CloseConnection& action);
  void perform(const SendOpen& action);
  void perform(const SendKeepalive& action);
  void perform(const SendNotification& action);
  void perform(const SetTimer& action);
  void perform(const ClearTimer& action);
  void perform(const SessionUp& action);
  void perform(const SessionDown& action);
  void perform(const StateChanged& action);

  void run(const Event& event);
  void message(Conn conn, const wire::Frame& frame);
  void receive_open(Conn conn, const wire::Frame& frame);
  void receive_update(Conn conn, const wire::Frame& frame);
  void receive_refresh(Conn conn, const wire::Frame& frame);
  void send(Conn conn, wire::MessageType type, std::span<const std::byte> message);
  void touch(Timer timer, Time when);
  void expire(const Due& due);
  [[nodiscard]] std::optional<Due> next_due() const;
  void ask_for_wake();
  [[nodiscard]] Deadline& deadline(Timer timer, Conn conn);
  [[nodiscard]] Connected& of(Conn conn) { return connections_[static_cast<std::size_t>(conn)]; }
  [[nodiscard]] const Connected& of(Conn conn) const {
    return connections_[static_cast<std::size_t>(conn)];
  }

  Rim& rim_;
  PeerFsm fsm_;
  std::array<Connected, 2> connections_;  // by Conn
  std::optional<Conn> session_;
  Negotiated negotiated_;
  Time now_{};                // of the call under way
  std::optional<Time> wake_;  // as Rim::wake_at() was last told
  Time last_heard_{};
  MessageCounts received_{};
  MessageCounts sent_{};
};

}  // namespace tern::fsm
