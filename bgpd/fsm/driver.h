// Driver runs the machine of a neighbor (peer_fsm.h). A Driver cuts octets into messages, decodes
// them, runs the timers and encodes the messages of the machine. A Driver does no I/O: octets and
// time come in as arguments, and Driver::Rim carries out what the machine wants of connections.
//
// The caller owns the connections and a clock. When something happens to a connection, the caller
// calls connected(), failed() or receive(). At the time that Rim::wake_at() named, the caller calls
// tick(). Before the caller takes in a connection that the neighbor opened, the caller asks
// refuse_incoming().
//
// One thread at a time uses a Driver. A Driver calls the functions of Rim from within its own.
// on_update() and on_refresh() may call handle(), which can end the session.
//
// OPEN, KEEPALIVE and NOTIFICATION leave with the call that makes them, so that they wait for no
// route: Rim::send() must not put them behind a queue of UPDATEs.
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
  // Signs of messages from the neighbor that receive() was not given yet.
  struct Unheard {
    Time elsewhere{};        // when another thread last read a whole KEEPALIVE or UPDATE; 0: never
    std::size_t octets = 0;  // unread in the socket
  };

  class Rim {
   public:
    virtual ~Rim() = default;

    // Connects to the neighbor; ends an earlier attempt. The caller answers with connected() or
    // failed(), never from within this call.
    virtual void open() = 0;
    // Closes the connection once all sent octets have left. The caller reports no more events of
    // the connection to the Driver.
    virtual void close(Conn conn) = 0;
    // One whole message, to be sent or kept until the socket takes more.
    virtual void send(Conn conn, wire::MessageType type, std::span<const std::byte> message) = 0;
    // The Driver asks when a hold timer expires, before the session ends.
    [[nodiscard]] virtual Unheard unheard(Conn conn) = 0;
    // tick() is due at `when`, instead of at an earlier call's time; nothing: no timer runs.
    virtual void wake_at(std::optional<Time> when) = 0;

    // The session reached Established, or left it for the reason in PeerFsm::last_down(). session()
    // is set during both calls.
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

  // ---- Events. now: never before that of an earlier call.

  // ManualStart, ManualStop, Reset; MessageFault of an UPDATE that is malformed.
  void handle(const Event& event, Time now);
  void reconfigure(FsmConfig config) { fsm_.reconfigure(std::move(config)); }
  void connected(Conn conn, Time now);
  // The connection was refused, reset, or closed by the neighbor; why: a text for people.
  void failed(Conn conn, std::string why, Time now);
  // Takes the whole messages at the beginning of `octets` and returns the number of their octets.
  // The caller keeps the rest, less than a message, and gives the rest again with the octets that
  // follow. Octets behind a message that ends the connection are void. Requires connected() before.
  std::size_t receive(Conn conn, wire::Bytes octets, Time now);
  // Another thread read `count` whole UPDATEs of the session at `when`.
  void heard(Time when, std::uint64_t count);
  // Asks the neighbor for its routes of a family once more (RFC 2918). Requires session(), and
  // negotiated().route_refresh_send.
  void request_refresh(Family family);
  // The session's socket took octets: restarts the send hold timer (RFC 9687).
  void octets_left(Time now);
  // Expires the timers that are due.
  void tick(Time now);
  // Sends the session's KEEPALIVE if one is due, for a caller that is busy with long work.
  void keepalive_if_due(Time now);

  // ---- State

  [[nodiscard]] const PeerFsm& machine() const { return fsm_; }
  // See PeerFsm::refuse_incoming().
  [[nodiscard]] std::optional<wire::Notification> refuse_incoming() const {
    return fsm_.refuse_incoming();
  }
  // The connection of the session; nothing while not Established. negotiated() is of the present
  // session, or of the last one.
  [[nodiscard]] std::optional<Conn> session() const { return session_; }
  [[nodiscard]] const Negotiated& negotiated() const { return negotiated_; }
  // Most octets of a received message.
  [[nodiscard]] std::size_t max_message(Conn conn) const { return of(conn).max_message; }
  // When the last KEEPALIVE or UPDATE was received; 0: none yet.
  [[nodiscard]] Time last_heard() const { return last_heard_; }
  // Messages since the start. sent() counts calls of Rim::send(), so no UPDATE.
  [[nodiscard]] const MessageCounts& received() const { return received_; }
  [[nodiscard]] const MessageCounts& sent() const { return sent_; }

 private:
  static constexpr std::size_t kTimers = 6;
  struct Deadline {
    bool running = false;
    Time delay{};
    Time due{};   // `delay` after the last start or touch
    Time when{};  // `due`, or later where a hold timer was extended
  };
  struct Connected {
    std::array<Deadline, kTimers> timers;  // by Timer; ConnectRetry and IdleHold: in Outgoing alone
    std::size_t max_message = wire::kMaxMessage;
    bool open = false;
    std::uint32_t number = 0;  // of the connection, so that receive() notices a new one
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
  std::optional<Time> wake_;  // of the last Rim::wake_at()
  Time last_heard_{};
  MessageCounts received_{};
  MessageCounts sent_{};
};

}  // namespace tern::fsm
