#include "bgpd/fsm/peer_fsm.h"

#include <algorithm>
#include <utility>

#include "bgpd/fsm/words.h"
#include "bgpd/wire/framer.h"

namespace tern::fsm {
namespace {

wire::Notification cease(std::uint8_t subcode) {
  return wire::Notification{wire::ErrorCode::Cease, subcode, {}};
}

// Whether the next session is likely to end the same way (peer_fsm.h).
bool damps(const wire::Notification& notification) {
  switch (notification.code) {
    case wire::ErrorCode::Cease:
      // The same table would fill the same memory.
      return notification.subcode == wire::cease::kOutOfResources;
    case wire::ErrorCode::HoldTimerExpired:
    case wire::ErrorCode::SendHoldTimerExpired:
      return false;
    case wire::ErrorCode::MessageHeader:
    case wire::ErrorCode::OpenMessage:
    case wire::ErrorCode::UpdateMessage:
    case wire::ErrorCode::FiniteStateMachine:
    case wire::ErrorCode::RouteRefreshMessage:
      break;
  }
  return true;  // also for undefined codes
}

std::string in_seconds(Milliseconds time) { return std::to_string(time.count() / 1000) + " s"; }

// RFC 6608 has no subcode for the states before OpenSent.
std::uint8_t unexpected_subcode(State state) {
  switch (state) {
    case State::OpenSent:
      return wire::fsm_error::kInOpenSent;
    case State::OpenConfirm:
      return wire::fsm_error::kInOpenConfirm;
    case State::Established:
      return wire::fsm_error::kInEstablished;
    case State::Idle:
    case State::Connect:
    case State::Active:
      break;
  }
  return wire::fsm_error::kUnspecified;
}

}  // namespace

PeerFsm::PeerFsm(FsmConfig config)
    : config_(std::make_shared<const FsmConfig>(std::move(config))),
      jitter_(config_->jitter_seed),
      connections_{Connection(Conn::Outgoing, config_->jitter_seed + 1),
                   Connection(Conn::Incoming, config_->jitter_seed + 2)} {}

void PeerFsm::reconfigure(FsmConfig config) {
  config_ = std::make_shared<const FsmConfig>(std::move(config));
}

Actions PeerFsm::handle(const Event& event) {
  const State before = state();
  std::visit([this](const auto& e) { on(e); }, event);
  if (state() != before) actions_.push_back(StateChanged{before, state()});
  return std::exchange(actions_, Actions{});
}

State PeerFsm::state() const {
  return std::max(of(Conn::Outgoing).state(), of(Conn::Incoming).state());
}

State PeerFsm::state(Conn conn) const { return of(conn).state(); }

bool PeerFsm::admin_up() const { return admin_up_; }

std::optional<Conn> PeerFsm::established() const {
  for (const Conn conn : kConns)
    if (of(conn).state() == State::Established) return conn;
  return std::nullopt;
}

const DownReason& PeerFsm::last_down() const { return last_down_; }

std::uint64_t PeerFsm::flaps() const { return flaps_; }

std::optional<wire::Notification> PeerFsm::refuse_incoming() const {
  if (!admin_up_ || in_idle_hold()) return cease(wire::cease::kConnectionRejected);
  // RFC 4271 section 6.8: against an established session the new connection always loses. A peer
  // that restarted without closing the session is accepted when the hold timer has ended the old
  // session.
  if (established() || of(Conn::Incoming).exists()) return cease(wire::cease::kConnectionCollision);
  return std::nullopt;
}

// ---- Administration

void PeerFsm::on(const ManualStart&) {
  if (admin_up_ && !in_idle_hold()) return;
  admin_up_ = true;
  forgive();
  connect();
}

void PeerFsm::on(const ManualStop& event) {
  if (!admin_up_) return;
  admin_up_ = false;
  forgive();
  last_down_ = {DownReason::Kind::AdministrativelyDown, event.reason,
                with_shutdown_text(stopped(event.reason), event.reason)};
  for (Connection& connection : connections_) end(connection, &event.reason);
  timers_.clear_all(actions_);
}

void PeerFsm::on(const Reset& event) {
  if (!admin_up_) return;
  if (of(Conn::Outgoing).connected() || of(Conn::Incoming).connected())
    last_down_ = {DownReason::Kind::NotificationSent, event.reason, sent(event.reason)};
  for (Connection& connection : connections_) end(connection, &event.reason);
  if (event.hold_idle) {
    ++errors_;
    hold_idle();
  } else {
    forgive();
    await_retry(config_->idle_hold);
  }
}

// ---- Timers

void PeerFsm::on(const TimerExpires& event) {
  switch (event.timer) {
    case Timer::ConnectRetry:
      if (timers_.expire(Timer::ConnectRetry)) connect_retry_expired();
      return;
    case Timer::IdleHold:
      if (timers_.expire(Timer::IdleHold)) idle_hold_expired();
      return;
    case Timer::Hold:
    case Timer::Keepalive:
    case Timer::DelayOpen:
    case Timer::SendHold:
      break;
  }
  if (Connection& connection = of(event.conn); connection.expire(event.timer))
    expired(connection, event.timer);
}

void PeerFsm::connect_retry_expired() {
  // The incoming connection needs only a KEEPALIVE to reach Established: a connection of ours would
  // collide with it.
  if (of(Conn::Incoming).state() == State::OpenConfirm) {
    end(of(Conn::Outgoing), nullptr);
    return await_retry(config_->connect_retry);
  }
  connect();
}

void PeerFsm::idle_hold_expired() {
  if (established())
    forgive();
  else
    connect();
}

void PeerFsm::expired(Connection& connection, Timer timer) {
  using wire::ErrorCode;
  switch (timer) {
    case Timer::Hold: {
      const std::string text =
          connection.state() == State::OpenSent
              ? "no OPEN within " + in_seconds(connection.config().open_hold)
              : "nothing heard for " +
                    in_seconds(std::chrono::seconds{connection.negotiated().hold_time_seconds});
      return fail(connection, {ErrorCode::HoldTimerExpired, 0, {}}, "hold timer expired: " + text);
    }
    case Timer::SendHold:
      return fail(connection, {ErrorCode::SendHoldTimerExpired, 0, {}},
                  "send hold timer expired: nothing could be sent for " +
                      in_seconds(connection.send_hold()));
    case Timer::Keepalive:
      return connection.send_keepalive(actions_);
    case Timer::DelayOpen:
      return connection.send_open(actions_);
    case Timer::ConnectRetry:
    case Timer::IdleHold:
      return;  // timers of the peer, not of a connection
  }
}

// ---- TCP

void PeerFsm::on(const TcpConnected& event) {
  Connection& connection = of(event.conn);
  if (connection.connected()) return;
  if (event.conn == Conn::Incoming) {
    if (const auto refusal = refuse_incoming()) {
      actions_.push_back(SendNotification{event.conn, *refusal});
      actions_.push_back(CloseConnection{event.conn});
      return;
    }
  } else if (connection.state() != State::Connect) {
    actions_.push_back(CloseConnection{event.conn});  // the attempt was given up meanwhile
    return;
  } else {
    timers_.clear(Timer::ConnectRetry, actions_);
  }
  connection.begin(config_, actions_);
}

void PeerFsm::on(const TcpFailed& event) {
  Connection& connection = of(event.conn);
  if (!connection.exists()) return;
  last_down_ = {DownReason::Kind::TcpFailed, {}, event.why.empty() ? "connection lost" : event.why};
  const bool attempt = !connection.connected();
  left(connection);
  connection.lost(actions_);
  if (attempt)
    await_retry(config_->connect_retry);
  else
    recover(event.conn, count_soft_end(event.conn));
}

// ---- Messages

void PeerFsm::on(const OpenReceived& event) {
  Connection& connection = of(event.conn);
  if (!connection.connected()) return;
  if (connection.state() == State::OpenConfirm || connection.state() == State::Established)
    return unexpected(connection, wire::MessageType::Open);
  const FsmConfig& config = connection.config();
  if (const auto refusal = judge_open(config.local, config.expected, event.open))
    return fail(connection, refusal->notification,
                sent(refusal->notification) + ": " + refusal->why);
  if (survives_collision(connection, event.open)) connection.accept(event.open, actions_);
}

// RFC 4271 section 6.8. A connection in OpenSent counts, too: the section allows that to a speaker
// that knows the peer's identifier by other means, and both connections are with the one neighbor
// of this machine. So the loser is closed before we send a KEEPALIVE on it, and the peer cannot
// have it Established and close the winner in turn.
bool PeerFsm::survives_collision(Connection& connection, const wire::OpenMessage& open) {
  Connection& rival = other(connection);
  if (!rival.opening()) return true;
  const LocalOpen& local = connection.config().local;
  const Conn survivor =
      ours_survives_collision(local.identifier, local.asn, open.identifier, open.asn())
          ? Conn::Outgoing
          : Conn::Incoming;
  const wire::Notification collision = cease(wire::cease::kConnectionCollision);
  end(survivor == connection.conn() ? rival : connection, &collision);
  if (survivor == Conn::Incoming) await_retry(config_->connect_retry);
  return survivor == connection.conn();
}

void PeerFsm::on(const MessageFault& event) {
  if (Connection& connection = of(event.conn); connection.connected())
    fail(connection, event.reply, sent(event.reply));
}

void PeerFsm::on(const NotificationReceived& event) {
  Connection& connection = of(event.conn);
  if (!connection.connected()) return;
  const wire::Notification& notification = event.notification;
  const bool lost_collision = notification.code == wire::ErrorCode::Cease &&
                              notification.subcode == wire::cease::kConnectionCollision &&
                              other(connection).opening();
  if (!lost_collision)
    last_down_ = {DownReason::Kind::NotificationReceived, notification,
                  with_shutdown_text("peer sent " + notification.to_string(), notification)};
  end(connection, nullptr);
  recover(event.conn, damps(notification) || count_soft_end(event.conn));
}

void PeerFsm::on(const KeepaliveReceived& event) {
  Connection& connection = of(event.conn);
  if (connection.state() == State::OpenConfirm) return become_established(connection);
  heard_or_unexpected(connection, wire::MessageType::Keepalive);
}

void PeerFsm::on(const UpdateReceived& event) {
  heard_or_unexpected(of(event.conn), wire::MessageType::Update);
}

// Restarts no timer: RFC 4271 section 6.5 counts KEEPALIVE and UPDATE.
void PeerFsm::on(const RouteRefreshReceived& event) {
  Connection& connection = of(event.conn);
  if (!connection.connected() || connection.state() == State::Established) return;
  unexpected(connection, wire::MessageType::RouteRefresh);
}

void PeerFsm::heard_or_unexpected(Connection& connection, wire::MessageType type) {
  if (!connection.connected()) return;
  if (connection.state() == State::Established)
    connection.heard(actions_);
  else
    unexpected(connection, type);
}

void PeerFsm::unexpected(Connection& connection, wire::MessageType type) {
  const wire::Notification reply{wire::ErrorCode::FiniteStateMachine,
                                 unexpected_subcode(connection.state()),
                                 {static_cast<std::byte>(type)}};  // RFC 6608 section 4
  fail(connection, reply,
       sent(reply) + ": peer sent " + std::string(wire::to_string(type)) + " in state " +
           std::string(to_string(connection.state())));
}

void PeerFsm::become_established(Connection& connection) {
  const wire::Notification collision = cease(wire::cease::kConnectionCollision);
  end(other(connection), &collision);
  timers_.clear(Timer::ConnectRetry, actions_);
  connection.establish(actions_);
  if (remembers_ends()) timers_.set(Timer::IdleHold, config_->idle_hold_max, actions_);
}

// ---- The end of a connection

void PeerFsm::fail(Connection& connection, const wire::Notification& reply, std::string text) {
  last_down_ = {DownReason::Kind::NotificationSent, reply, std::move(text)};
  end(connection, &reply);
  recover(connection.conn(), damps(reply));
}

void PeerFsm::end(Connection& connection, const wire::Notification* farewell) {
  left(connection);
  connection.close(farewell, actions_);
}

void PeerFsm::left(const Connection& connection) {
  if (connection.state() != State::Established) return;
  ++flaps_;
  timers_.clear(Timer::IdleHold, actions_);
}

bool PeerFsm::count_soft_end(Conn ended) {
  if (ended == Conn::Outgoing || !config_->damp_oscillations) return false;
  if (established() || of(Conn::Outgoing).opening()) return false;
  if (soft_ends_ == kFreeSoftEnds) return true;
  ++soft_ends_;
  return false;
}

void PeerFsm::forgive() { errors_ = soft_ends_ = 0; }

void PeerFsm::recover(Conn ended, bool damped) {
  if (damped) ++errors_;
  if (other(of(ended)).opening()) {
    // The other connection goes on.
    if (ended == Conn::Outgoing) await_retry(config_->connect_retry);
  } else if (damped) {
    hold_idle();
  } else if (!of(Conn::Outgoing).exists()) {
    await_retry(config_->idle_hold);
  }
}

// ---- The outgoing machine between connections

void PeerFsm::connect() {
  if (config_->passive) {
    end(of(Conn::Outgoing), nullptr);  // an attempt from before passivity was configured
    return await_retry({});
  }
  timers_.clear(Timer::IdleHold, actions_);
  actions_.push_back(OpenConnection{});
  timers_.set(Timer::ConnectRetry, jitter_(config_->connect_retry), actions_);
  of(Conn::Outgoing).wait_in(State::Connect);
}

void PeerFsm::await_retry(Milliseconds delay) {
  timers_.clear(Timer::IdleHold, actions_);
  if (config_->passive)
    timers_.clear(Timer::ConnectRetry, actions_);
  else
    timers_.set(Timer::ConnectRetry, jitter_(delay), actions_);
  of(Conn::Outgoing).wait_in(State::Active);
}

void PeerFsm::hold_idle() {
  const wire::Notification rejected = cease(wire::cease::kConnectionRejected);
  for (Connection& connection : connections_) end(connection, &rejected);
  timers_.clear(Timer::ConnectRetry, actions_);
  timers_.set(Timer::IdleHold, jitter_(backoff()), actions_);
}

Milliseconds PeerFsm::backoff() const {
  Milliseconds delay = config_->idle_hold;
  for (unsigned n = 1; n < errors_ && delay < config_->idle_hold_max; ++n) delay *= 2;
  return std::min(delay, config_->idle_hold_max);
}

bool PeerFsm::in_idle_hold() const {
  return admin_up_ && of(Conn::Outgoing).state() == State::Idle && !established();
}

}  // namespace tern::fsm
