#include "bgpd/session/peer.h"

#include <spdlog/spdlog.h>

#include <boost/asio.hpp>
#include <utility>

#include "bgpd/fsm/hold_time.h"
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
      interval_(host.loop().context(), [this] { interval_over(); }),
      state_since_(unix_seconds()),
      state_changed_(steady_nanoseconds()) {
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
  std::string text = to_string(settings_.whole_address());
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
  limit_shutdown_.reset();
  handle(fsm::ManualStart{});
}

void Peer::disable(std::uint8_t cease_subcode, const std::string& text) {
  limit_restart_.stop();
  limit_shutdown_.reset();
  handle(fsm::ManualStop{wire::Notification::administrative(cease_subcode, text)});
}

void Peer::reset(std::uint8_t cease_subcode, const std::string& text) {
  handle(fsm::Reset{wire::Notification::administrative(cease_subcode, text), false});
}

void Peer::refuse_resources() {
  handle(fsm::Reset{{wire::ErrorCode::Cease, wire::cease::kOutOfResources, {}}, true});
}

bool Peer::request_refresh() {
  if (!established() || !negotiated_.route_refresh_send) return false;
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

void Peer::leave() {
  disable(wire::cease::kPeerDeconfigured, {});
  left_ = true;
}

bool Peer::apply(PeerSettings settings, bool dynamic) {
  dynamic_ = dynamic;
  const bool reset = settings_.needs_reset(settings);
  const bool was_shutdown = settings_.shutdown;
  const bool same_import = settings_.import == settings.import;
  const bool same_export = settings_.exported == settings.exported;
  const bool same_restart = settings_.prefix_limit_restart == settings.prefix_limit_restart;
  settings_ = std::move(settings);
  fsm_.reconfigure(settings_.fsm);
  if (settings_.shutdown != was_shutdown) {
    start();
    return false;
  }
  if (limit_shutdown_ && !same_restart) wait_for_limit_restart();
  if (limit_shutdown_ && fits_limit_now()) enable();
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
  host_.shards().set_most_paths(slot_, settings_.most_paths);
  if (same_import) return false;
  import_->set_rules(import_rules(import_->facts()));
  return stored(import_->check_limits());
}

// ---- The machine

void Peer::handle(const fsm::Event& event) {
  for (const fsm::Action& action : fsm_.handle(event)) {
    std::visit([this](const auto& what) { perform(what); }, action);
  }
}

void Peer::expired(fsm::Timer id, fsm::Conn conn) {
  const auto& of = connection(conn);
  if (id == fsm::Timer::Hold && of && of->connected()) {
    Timer& hold = timer(id, conn);
    fsm::HoldTime time{hold.due().time_since_epoch(), hold.delay(), {}, unread_bytes(of->fd())};
    if (of->lent()) time.heard_elsewhere = fsm::Time(heard_by_reader_->load());
    if (const auto extended = time.extended(Timer::Clock::now().time_since_epoch())) {
      return hold.postpone(Timer::Clock::time_point(*extended));
    }
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
  outgoing = std::make_shared<Connection>(host_.loop().context(), host_.read_buffer(), this);
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
  // RFC 8654 section 4: from now on the neighbour may send what we say we can take.
  if (action.open.capabilities.extended_message) {
    connection(action.conn)->set_max_message(wire::kMaxExtendedMessage);
  }
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
  counters_.count(action.notification, true);
  send(action.conn, wire::MessageType::Notification, bytes);
  if (lines_.pass(steady_nanoseconds())) {
    spdlog::info("peer {}: sent NOTIFICATION {}", label(), action.notification.to_string());
  }
}

void Peer::perform(const fsm::SetTimer& action) {
  timer(action.timer, action.conn).start(action.delay);
}

void Peer::perform(const fsm::ClearTimer& action) { timer(action.timer, action.conn).stop(); }

void Peer::perform(const fsm::StateChanged& action) {
  state_since_ = unix_seconds();
  state_changed_ = steady_nanoseconds();
  spdlog::debug("peer {}: {} -> {}", label(), fsm::to_string(action.from),
                fsm::to_string(action.to));
}

// ---- Connections

void Peer::incoming(Tcp::socket socket) {
  if (const auto refused = fsm_.refuse_incoming()) {
    // It is not ours: whatever becomes of it is no news of the session.
    return refuse_connection(host_.loop().context(), host_.read_buffer(), std::move(socket),
                             *refused);
  }
  auto connection = std::make_shared<Connection>(host_.loop().context(), host_.read_buffer(), this);
  this->connection(fsm::Conn::Incoming) = connection;
  connection->adopt(std::move(socket));
  if (connection->connected()) handle(fsm::TcpConnected{fsm::Conn::Incoming});
}

// Requires that the machine refuses no incoming connection.
void Peer::incoming(std::shared_ptr<Connection> connection, const wire::Frame& open) {
  connection->set_handler(*this);
  this->connection(fsm::Conn::Incoming) = connection;
  handle(fsm::TcpConnected{fsm::Conn::Incoming});
  on_message(*connection, open);
}

std::optional<fsm::Conn> Peer::side(const Connection& connection) const {
  for (const fsm::Conn conn : fsm::kConns) {
    if (connections_[static_cast<std::size_t>(conn)].get() == &connection) return conn;
  }
  return std::nullopt;
}

void Peer::on_connected(Connection& connection) {
  if (const auto conn = side(connection)) handle(fsm::TcpConnected{*conn});
}

void Peer::on_failed(Connection& failed, std::string why) {
  const auto conn = side(failed);
  if (!conn) return;
  count_connection(failed);
  connection(*conn).reset();
  handle(fsm::TcpFailed{*conn, std::move(why)});
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
  if (const auto conn = side(connection)) handle(fsm::MessageFault{*conn, reply});
}

void Peer::on_message(Connection& connection, const wire::Frame& frame) {
  const auto known = side(connection);
  if (!known) return;
  const fsm::Conn conn = *known;
  ++counters_.messages_in[static_cast<std::size_t>(frame.type)];
  switch (frame.type) {
    case wire::MessageType::Open:
      return receive_open(conn, frame);
    case wire::MessageType::Update:
      return receive_update(conn, frame);
    case wire::MessageType::Notification:
      return receive_notification(conn, frame);
    case wire::MessageType::Keepalive:
      last_received_ = steady_nanoseconds();
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
  const wire::Notification notification = wire::decode_notification(frame.body);
  counters_.count(notification, false);
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
