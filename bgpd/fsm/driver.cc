#include "bgpd/fsm/driver.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace tern::fsm {

Driver::Driver(Rim& rim, FsmConfig config) : rim_(rim), fsm_(std::move(config)) {}

void Driver::handle(const Event& event, Time now) {
  now_ = now;
  run(event);
  ask_for_wake();
}

void Driver::run(const Event& event) {
  for (const Action& action : fsm_.handle(event)) {
    std::visit([this](const auto& what) { perform(what); }, action);
  }
}

// ---- Connections

void Driver::connected(Conn conn, Time now) {
  Connected& connection = of(conn);
  connection.open = true;
  connection.max_message = wire::kMaxMessage;
  ++connection.number;
  handle(TcpConnected{conn}, now);
}

void Driver::failed(Conn conn, std::string why, Time now) {
  of(conn).open = false;
  handle(TcpFailed{conn, std::move(why)}, now);
}

void Driver::perform(const OpenConnection&) {
  of(Conn::Outgoing).open = false;
  rim_.open();
}

void Driver::perform(const CloseConnection& action) {
  of(action.conn).open = false;
  rim_.close(action.conn);
}

// ---- Received messages

std::size_t Driver::receive(Conn conn, wire::Bytes octets, Time now) {
  now_ = now;
  const std::uint32_t number = of(conn).number;
  std::size_t used = 0;
  while (of(conn).open && of(conn).number == number) {
    const auto next = wire::next_message(octets.subspan(used), of(conn).max_message);
    if (const auto* frame = std::get_if<wire::Frame>(&next)) {
      used += frame->message.size();
      message(conn, *frame);
    } else if (const auto* fault = std::get_if<wire::Notification>(&next)) {
      run(MessageFault{conn, *fault});
      break;
    } else {
      break;
    }
  }
  ask_for_wake();
  return used;
}

void Driver::message(Conn conn, const wire::Frame& frame) {
  ++received_[static_cast<std::size_t>(frame.type)];
  switch (frame.type) {
    case wire::MessageType::Open:
      return receive_open(conn, frame);
    case wire::MessageType::Update:
      return receive_update(conn, frame);
    case wire::MessageType::Notification: {
      const wire::Notification notification = wire::decode_notification(frame.body);
      rim_.on_notification(notification, false);
      return run(NotificationReceived{conn, notification});
    }
    case wire::MessageType::Keepalive:
      last_heard_ = now_;
      return run(KeepaliveReceived{conn});
    case wire::MessageType::RouteRefresh:
      return receive_refresh(conn, frame);
  }
}

void Driver::receive_open(Conn conn, const wire::Frame& frame) {
  auto open = wire::decode_open(frame.body);
  if (!open.ok()) return run(MessageFault{conn, open.error()});
  rim_.on_open(*open);
  run(OpenReceived{conn, std::move(*open)});
}

// Restarts the hold timer without the machine, because a table has a hundred thousand UPDATEs.
void Driver::receive_update(Conn conn, const wire::Frame& frame) {
  if (session_ != conn) return run(UpdateReceived{conn});
  last_heard_ = now_;
  touch(Timer::Hold, now_);
  rim_.on_update(frame.body);
}

void Driver::receive_refresh(Conn conn, const wire::Frame& frame) {
  if (session_ != conn) return run(RouteRefreshReceived{conn});
  const auto refresh = wire::decode_route_refresh(frame.body, negotiated_.enhanced_route_refresh);
  if (!refresh.ok()) return run(MessageFault{conn, refresh.error()});
  run(RouteRefreshReceived{conn});
  rim_.on_refresh(*refresh);
}

void Driver::heard(Time when, std::uint64_t count) {
  received_[static_cast<std::size_t>(wire::MessageType::Update)] += count;
  last_heard_ = std::max(last_heard_, when);
  if (session_) touch(Timer::Hold, when);
}

// ---- Sent messages

void Driver::send(Conn conn, wire::MessageType type, std::span<const std::byte> message) {
  ++sent_[static_cast<std::size_t>(type)];
  rim_.send(conn, type, message);
}

void Driver::perform(const SendOpen& action) {
  std::vector<std::byte> bytes;
  wire::encode_open(action.open, bytes);
  // RFC 8654 section 4: with our OPEN, the neighbor may send messages of the sizes that our OPEN
  // allows.
  if (action.open.capabilities.extended_message) {
    of(action.conn).max_message = wire::kMaxExtendedMessage;
  }
  send(action.conn, wire::MessageType::Open, bytes);
}

void Driver::perform(const SendKeepalive& action) {
  std::vector<std::byte> bytes;
  wire::encode_keepalive(bytes);
  send(action.conn, wire::MessageType::Keepalive, bytes);
}

void Driver::perform(const SendNotification& action) {
  std::vector<std::byte> bytes;
  wire::encode_notification(action.notification, bytes);
  send(action.conn, wire::MessageType::Notification, bytes);
  rim_.on_notification(action.notification, true);
}

void Driver::request_refresh(Family family) {
  std::vector<std::byte> bytes;
  wire::encode_route_refresh({afi_safi(family), 0}, bytes);
  send(*session_, wire::MessageType::RouteRefresh, bytes);
}

// ---- The session

void Driver::perform(const SessionUp& action) {
  session_ = action.conn;
  negotiated_ = action.negotiated;
  rim_.on_session_up(action.conn, negotiated_);
}

void Driver::perform(const SessionDown&) {
  rim_.on_session_down();
  session_.reset();
}

void Driver::perform(const StateChanged& action) { rim_.on_state(action.from, action.to); }

// ---- Timers

Driver::Deadline& Driver::deadline(Timer timer, Conn conn) {
  const bool of_neighbor = timer == Timer::ConnectRetry || timer == Timer::IdleHold;
  return of(of_neighbor ? Conn::Outgoing : conn).timers[static_cast<std::size_t>(timer)];
}

void Driver::perform(const SetTimer& action) {
  const Time due = now_ + action.delay;
  deadline(action.timer, action.conn) = {true, action.delay, due, due};
}

void Driver::perform(const ClearTimer& action) {
  deadline(action.timer, action.conn).running = false;
}

// Restarts a running timer of the session with the delay of its last start.
void Driver::touch(Timer timer, Time when) {
  Deadline& touched = deadline(timer, *session_);
  if (!touched.running) return;
  touched.due = std::max(touched.due, when + touched.delay);
  touched.when = std::max(touched.when, touched.due);
}

void Driver::octets_left(Time now) {
  if (session_) touch(Timer::SendHold, now);
}

void Driver::tick(Time now) {
  now_ = now;
  wake_.reset();
  for (auto due = next_due(); due && due->when <= now; due = next_due()) expire(*due);
  ask_for_wake();
}

void Driver::keepalive_if_due(Time now) {
  if (!session_) return;
  const Deadline& keepalive = deadline(Timer::Keepalive, *session_);
  if (!keepalive.running || keepalive.when > now) return;
  now_ = now;
  expire({Timer::Keepalive, *session_, keepalive.when});
  ask_for_wake();
}

void Driver::expire(const Due& due) {
  Deadline& expired = deadline(due.timer, due.conn);
  if (due.timer == Timer::Hold) {
    const Unheard unheard = rim_.unheard(due.conn);
    const HoldTime hold{expired.due, expired.delay, unheard.elsewhere, unheard.octets};
    if (const auto extended = hold.extended(now_)) {
      expired.when = *extended;
      return;
    }
  }
  expired.running = false;
  run(TimerExpires{due.timer, due.conn});
}

std::optional<Driver::Due> Driver::next_due() const {
  std::optional<Due> next;
  for (const Conn conn : kConns) {
    for (std::size_t i = 0; i < kTimers; ++i) {
      const Deadline& timer = of(conn).timers[i];
      if (!timer.running || (next && next->when <= timer.when)) continue;
      next = Due{static_cast<Timer>(i), conn, timer.when};
    }
  }
  return next;
}

// A deadline that moved to a later time needs no request: tick() at the old time finds the new one.
void Driver::ask_for_wake() {
  const auto next = next_due();
  if (!next) {
    if (std::exchange(wake_, std::nullopt)) rim_.wake_at(std::nullopt);
  } else if (!wake_ || next->when < *wake_) {
    wake_ = next->when;
    rim_.wake_at(wake_);
  }
}

}  // namespace tern::fsm
