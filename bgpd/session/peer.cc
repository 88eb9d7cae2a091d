#include "bgpd/session/peer.h"

#include <spdlog/spdlog.h>

#include <boost/asio.hpp>
#include <utility>

#include "bgpd/wire/route_refresh.h"

namespace tern::session {
namespace {

constexpr std::array kTimers{fsm::Timer::ConnectRetry, fsm::Timer::IdleHold,  fsm::Timer::Hold,
                             fsm::Timer::Keepalive,    fsm::Timer::DelayOpen, fsm::Timer::SendHold};

}  // namespace

Peer::Peer(Host& host, PeerSlot slot, PeerSettings settings, bool dynamic)
    : host_(host),
      slot_(slot),
      dynamic_(dynamic),
      settings_(std::move(settings)),
      fsm_(settings_.fsm),
      limit_restart_(host.loop().context(), [this] { enable(); }),
      interval_(host.loop().context(), [this] { host_.pump_later(*this); }),
      state_since_(unix_seconds()) {
  for (const fsm::Conn conn : fsm::kConns) {
    for (const fsm::Timer id : kTimers) {
      timers_[static_cast<std::size_t>(conn)][static_cast<std::size_t>(id)] =
          std::make_unique<Timer>(host.loop().context(), [this, id, conn] { expired(id, conn); });
    }
  }
}

Peer::~Peer() {
  for (auto& connection : connections_) {
    if (connection) connection->close();
  }
}

std::string Peer::label() const {
  std::string text = settings_.address.to_string();
  if (settings_.name != text) text = settings_.name + " (" + text + ")";
  if (!settings_.fsm.expected.asns.empty()) {
    text += " AS " + std::to_string(settings_.fsm.expected.asns.front());
  }
  return text;
}

// ---- Commands

void Peer::start() {
  if (settings_.shutdown) {
    disable(wire::cease::kAdministrativeShutdown, settings_.shutdown_message);
  } else {
    handle(fsm::ManualStart{});
  }
}

void Peer::enable() {
  limit_restart_.stop();
  handle(fsm::ManualStart{});
}

void Peer::disable(std::uint8_t cease_subcode, const std::string& text) {
  limit_restart_.stop();
  handle(fsm::ManualStop{wire::Notification::administrative(cease_subcode, text)});
}

void Peer::reset(std::uint8_t cease_subcode, const std::string& text) {
  handle(fsm::Reset{wire::Notification::administrative(cease_subcode, text), false});
}

bool Peer::request_refresh() {
  if (!established() || !negotiated_.route_refresh) return false;
  for (const Family family : kFamilies) {
    if (!negotiated_.families.contains(family)) continue;
    std::vector<std::byte> bytes;
    wire::encode_route_refresh({afi_safi(family), 0}, bytes);
    send(*session_conn_, wire::MessageType::RouteRefresh, bytes);
  }
  return true;
}

bool Peer::announce_again() {
  if (exported() == nullptr) return false;
  for (const Family family : kFamilies) {
    if (!negotiated_.families.contains(family)) continue;
    exported()->ask(family, negotiated_.enhanced_route_refresh);
  }
  begin_table();
  return true;
}

bool Peer::apply(PeerSettings settings) {
  const bool reset = settings_.needs_reset(settings);
  const bool was_shutdown = settings_.shutdown;
  const bool same_import = same(settings_.import, settings.import);
  const bool same_export = same(settings_.exported, settings.exported);
  settings_ = std::move(settings);
  fsm_.reconfigure(settings_.fsm);
  if (settings_.shutdown != was_shutdown) {
    start();
    return false;
  }
  if (reset) {
    // Down and up again at once: the new session need not wait for a retry timer.
    if (!admin_up()) return false;
    handle(fsm::ManualStop{{wire::ErrorCode::Cease, wire::cease::kConfigurationChange, {}}});
    handle(fsm::ManualStart{});
    return false;
  }
  if (!established()) return false;
  if (!same_export && exported() != nullptr) {
    host_.fanouts().set_rules(slot_, export_rules());
    host_.walk_for_rules();
  }
  if (!same_import) import_->set_rules(import_rules(import_->facts()));
  return !same_import;
}

// ---- The machine

void Peer::handle(const fsm::Event& event) {
  for (const fsm::Action& action : fsm_.handle(event)) {
    std::visit([this](const auto& what) { perform(what); }, action);
  }
}

void Peer::expired(fsm::Timer id, fsm::Conn conn) {
  const auto& of = connection(conn);
  // A message that waits in the socket was sent in time: it is our turn that came late.
  if (id == fsm::Timer::Hold && of && of->connected() &&
      (of->lent() || unread_bytes(of->fd()) > 0)) {
    timer(id, conn).start(std::chrono::seconds(1));
    return;
  }
  handle(fsm::TimerExpires{id, conn});
}

void Peer::keepalive_if_due(Timer::Clock::time_point now) {
  if (session_conn_) timer(fsm::Timer::Keepalive, *session_conn_).fire_if_due(now);
}

Timer& Peer::timer(fsm::Timer id, fsm::Conn conn) {
  const bool of_peer = id == fsm::Timer::ConnectRetry || id == fsm::Timer::IdleHold;
  const fsm::Conn owner = of_peer ? fsm::Conn::Outgoing : conn;
  return *timers_[static_cast<std::size_t>(owner)][static_cast<std::size_t>(id)];
}

void Peer::perform(const fsm::OpenConnection&) {
  auto& outgoing = connection(fsm::Conn::Outgoing);
  if (outgoing) outgoing->close();
  outgoing = std::make_shared<Connection>(host_.loop().context(), host_.read_buffer(), *this);
  outgoing->open(settings_.address, settings_.transport);
}

void Peer::perform(const fsm::CloseConnection& action) {
  auto& closing = connection(action.conn);
  if (!closing) return;
  closing->close();
  count_connection(*closing);
  closing.reset();
}

void Peer::perform(const fsm::SendOpen& action) {
  std::vector<std::byte> bytes;
  wire::encode_open(action.open, bytes);
  send(action.conn, wire::MessageType::Open, bytes);
}

void Peer::perform(const fsm::SendKeepalive& action) {
  std::vector<std::byte> bytes;
  wire::encode_keepalive(bytes);
  send(action.conn, wire::MessageType::Keepalive, bytes);
}

void Peer::perform(const fsm::SendNotification& action) {
  std::vector<std::byte> bytes;
  wire::encode_notification(action.notification, bytes);
  ++counters_.notifications[{1, static_cast<std::uint8_t>(action.notification.code),
                             action.notification.subcode}];
  send(action.conn, wire::MessageType::Notification, bytes);
  spdlog::info("peer {}: sent NOTIFICATION {}", label(), action.notification.to_string());
}

void Peer::perform(const fsm::SetTimer& action) {
  timer(action.timer, action.conn).start(action.delay);
}

void Peer::perform(const fsm::ClearTimer& action) { timer(action.timer, action.conn).stop(); }

void Peer::perform(const fsm::StateChanged& action) {
  state_since_ = unix_seconds();
  spdlog::debug("peer {}: {} -> {}", label(), fsm::to_string(action.from),
                fsm::to_string(action.to));
}

// ---- Connections

void Peer::incoming(Tcp::socket socket) {
  const auto refused = fsm_.refuse_incoming();
  auto connection =
      std::make_shared<Connection>(host_.loop().context(), host_.read_buffer(), *this);
  if (refused) {
    connection->adopt(std::move(socket), settings_.transport);
    std::vector<std::byte> bytes;
    wire::encode_notification(*refused, bytes);
    connection->send(bytes);
    connection->close();
    return;
  }
  this->connection(fsm::Conn::Incoming) = connection;
  connection->adopt(std::move(socket), settings_.transport);
  if (connection->connected()) handle(fsm::TcpConnected{fsm::Conn::Incoming});
}

fsm::Conn Peer::side(const Connection& connection) const {
  return connections_[0].get() == &connection ? fsm::Conn::Outgoing : fsm::Conn::Incoming;
}

void Peer::on_connected(Connection& connection) { handle(fsm::TcpConnected{side(connection)}); }

void Peer::on_failed(Connection& failed, std::string why) {
  const fsm::Conn conn = side(failed);
  count_connection(failed);
  connection(conn).reset();
  handle(fsm::TcpFailed{conn, std::move(why)});
}

void Peer::send(fsm::Conn conn, wire::MessageType type, std::span<const std::byte> bytes) {
  const auto& to = connection(conn);
  if (!to) return;
  ++counters_.messages_out[static_cast<std::size_t>(type)];
  to->send(bytes);
  if (to->writable()) bytes_left();
}

// RFC 9687: the neighbour takes bytes, so it lives.
void Peer::bytes_left() {
  if (blocked_since_ != 0) {
    counters_.send_blocked_nanoseconds += steady_nanoseconds() - blocked_since_;
    blocked_since_ = 0;
  }
  if (session_conn_) {
    timer(fsm::Timer::SendHold, *session_conn_).touch(Timer::Clock::now());
  }
}

void Peer::on_fault(Connection& connection, const wire::Notification& reply) {
  handle(fsm::MessageFault{side(connection), reply});
}

void Peer::on_message(Connection& connection, const wire::Frame& frame) {
  const fsm::Conn conn = side(connection);
  ++counters_.messages_in[static_cast<std::size_t>(frame.type)];
  switch (frame.type) {
    case wire::MessageType::Open:
      return receive_open(conn, frame);
    case wire::MessageType::Update:
      return receive_update(conn, frame);
    case wire::MessageType::Notification:
      return receive_notification(conn, frame);
    case wire::MessageType::Keepalive:
      return handle(fsm::KeepaliveReceived{conn});
    case wire::MessageType::RouteRefresh:
      return receive_refresh(conn, frame);
  }
}

void Peer::receive_open(fsm::Conn conn, const wire::Frame& frame) {
  auto open = wire::decode_open(frame.body);
  if (!open.ok()) return handle(fsm::MessageFault{conn, open.error()});
  peer_open_ = *open;
  handle(fsm::OpenReceived{conn, std::move(*open)});
}

void Peer::receive_notification(fsm::Conn conn, const wire::Frame& frame) {
  // A NOTIFICATION too short to hold a code ends the session all the same, unanswered.
  const wire::Notification notification =
      wire::decode_notification(frame.body).value_or(wire::Notification{});
  ++counters_
        .notifications[{0, static_cast<std::uint8_t>(notification.code), notification.subcode}];
  handle(fsm::NotificationReceived{conn, notification});
}

void Peer::receive_refresh(fsm::Conn conn, const wire::Frame& frame) {
  if (fsm_.state(conn) != fsm::State::Established) {
    return handle(fsm::RouteRefreshReceived{conn});
  }
  const auto message = wire::decode_route_refresh(frame.body, negotiated_.enhanced_route_refresh);
  if (!message.ok()) return handle(fsm::MessageFault{conn, message.error()});
  handle(fsm::RouteRefreshReceived{conn});
  refresh(*message);
}

}  // namespace tern::session
