#include "tests/unit/fsm/fake_network.h"

#include "bgpd/wire/framer.h"

namespace tern::fsm {

FakeNetwork::FakeNetwork(FsmConfig a, FsmConfig b)
    : hosts_{Host(std::move(a)), Host(std::move(b))} {}

void FakeNetwork::handle(Side side, const Event& event) {
  for (const Action& action : hosts_[side].fsm.handle(event)) perform(side, action);
}

void FakeNetwork::run_for(Milliseconds time) {
  (void)run_until([] { return false; }, time);
}

bool FakeNetwork::run_until(const std::function<bool()>& done, Milliseconds limit) {
  const Milliseconds end = now_ + limit;
  while (!done()) {
    if (agenda_.empty() || agenda_.begin()->first > end) {
      now_ = end;
      return false;
    }
    auto next = agenda_.extract(agenda_.begin());
    now_ = next.key();
    next.mapped()();
  }
  return true;
}

void FakeNetwork::power_off(Side side) {
  Host& host = hosts_[side];
  host.alive = false;
  host.connection = {};
  host.timers.clear();
}

void FakeNetwork::power_on(Side side, FsmConfig config) {
  hosts_[side].fsm = PeerFsm(std::move(config));
  hosts_[side].alive = true;
}

bool FakeNetwork::both_established() const {
  const auto a = hosts_[A].fsm.established();
  const auto b = hosts_[B].fsm.established();
  return a && b && *a != *b &&
         hosts_[A].connection[static_cast<std::size_t>(*a)] ==
             hosts_[B].connection[static_cast<std::size_t>(*b)];
}

std::size_t FakeNetwork::connections(Side side) const {
  std::size_t count = 0;
  for (const auto& connection : hosts_[side].connection) count += connection ? 1 : 0;
  return count;
}

void FakeNetwork::at(Milliseconds delay, std::function<void()> what) {
  agenda_.emplace(now_ + delay, std::move(what));
}

void FakeNetwork::perform(Side side, const Action& action) {
  Host& host = hosts_[side];
  Bytes bytes;
  if (std::holds_alternative<OpenConnection>(action)) {
    connect(side);
  } else if (const auto* close_it = std::get_if<CloseConnection>(&action)) {
    close(side, close_it->conn);
  } else if (const auto* open = std::get_if<SendOpen>(&action)) {
    wire::encode_open(open->open, bytes);
    send_on(side, open->conn, std::move(bytes));
  } else if (const auto* keepalive = std::get_if<SendKeepalive>(&action)) {
    ++host.keepalives;
    wire::encode_keepalive(bytes);
    send_on(side, keepalive->conn, std::move(bytes));
  } else if (const auto* farewell = std::get_if<SendNotification>(&action)) {
    wire::encode_notification(farewell->notification, bytes);
    send_on(side, farewell->conn, std::move(bytes));
  } else if (const auto* set = std::get_if<SetTimer>(&action)) {
    set_timer(side, *set);
  } else if (const auto* clear = std::get_if<ClearTimer>(&action)) {
    host.timers.erase({clear->timer, clear->conn});
  } else if (const auto* up = std::get_if<SessionUp>(&action)) {
    host.negotiated = up->negotiated;
  }
}

void FakeNetwork::connect(Side side) {
  const unsigned number = ++next_number_;
  hosts_[side].connection[static_cast<std::size_t>(Conn::Outgoing)] = number;
  at(hosts_[side].latency, [=, this] { arrives_at_listener(opposite(side), number); });
}

void FakeNetwork::arrives_at_listener(Side side, unsigned number) {
  Host& host = hosts_[side];
  const Side caller = opposite(side);
  if (!host.alive || partitioned_ || !find(caller, number)) return;
  if (!host.listening) {
    return at(host.latency, [=, this] { fails(caller, number, "connection refused"); });
  }
  at(host.latency, [=, this] {
    if (const auto conn = find(caller, number)) handle(caller, TcpConnected{*conn});
  });
  if (const auto refusal = host.fsm.refuse_incoming()) {
    Bytes bytes;
    wire::encode_notification(*refusal, bytes);
    send(side, number, std::move(bytes));
    at(host.latency, [=, this] { fails(caller, number, "closed by the peer"); });
    return;
  }
  host.connection[static_cast<std::size_t>(Conn::Incoming)] = number;
  handle(side, TcpConnected{Conn::Incoming});
}

void FakeNetwork::send(Side side, unsigned number, Bytes message) {
  at(hosts_[side].latency, [=, this] { receive(opposite(side), number, message); });
}

void FakeNetwork::send_on(Side side, Conn conn, Bytes message) {
  if (const auto number = hosts_[side].connection[static_cast<std::size_t>(conn)])
    send(side, *number, std::move(message));
}

void FakeNetwork::receive(Side side, unsigned number, const Bytes& message) {
  Host& host = hosts_[side];
  if (!host.alive || partitioned_) return;
  const auto conn = find(side, number);
  if (!conn) {
    at(host.latency, [=, this] { fails(opposite(side), number, "connection reset"); });
    return;
  }
  const auto parsed = wire::next_message(message, wire::kMaxMessage);
  if (const auto* fault = std::get_if<wire::Notification>(&parsed))
    return handle(side, MessageFault{*conn, *fault});
  const auto& frame = std::get<wire::Frame>(parsed);
  switch (frame.type) {
    case wire::MessageType::Open: {
      const auto open = wire::decode_open(frame.body);
      if (open)
        handle(side, OpenReceived{*conn, *open});
      else
        handle(side, MessageFault{*conn, open.error()});
      return;
    }
    case wire::MessageType::Notification: {
      const auto notification = wire::decode_notification(frame.body);
      host.notified.push_back(notification);
      return handle(side, NotificationReceived{*conn, notification});
    }
    case wire::MessageType::Keepalive:
      return handle(side, KeepaliveReceived{*conn});
    case wire::MessageType::Update:
      return handle(side, UpdateReceived{*conn});
    case wire::MessageType::RouteRefresh:
      return handle(side, RouteRefreshReceived{*conn});
  }
}

void FakeNetwork::close(Side side, Conn conn) {
  auto& slot = hosts_[side].connection[static_cast<std::size_t>(conn)];
  if (!slot) return;
  at(hosts_[side].latency, [=, this, number = *slot] {
    if (!partitioned_) fails(opposite(side), number, "closed by the peer");
  });
  slot.reset();
}

void FakeNetwork::fails(Side side, unsigned number, const std::string& why) {
  const auto conn = find(side, number);
  if (!conn || !hosts_[side].alive) return;
  hosts_[side].connection[static_cast<std::size_t>(*conn)].reset();
  handle(side, TcpFailed{*conn, why});
}

void FakeNetwork::set_timer(Side side, const SetTimer& timer) {
  const auto key = std::pair(timer.timer, timer.conn);
  const unsigned generation = ++next_generation_;
  hosts_[side].timers[key] = generation;
  at(timer.delay, [=, this] {
    auto& timers = hosts_[side].timers;
    const auto running = timers.find(key);
    if (running == timers.end() || running->second != generation) return;
    timers.erase(running);
    handle(side, TimerExpires{key.first, key.second});
  });
}

std::optional<Conn> FakeNetwork::find(Side side, unsigned number) const {
  for (const Conn conn : kConns)
    if (hosts_[side].connection[static_cast<std::size_t>(conn)] == number) return conn;
  return std::nullopt;
}

}  // namespace tern::fsm
