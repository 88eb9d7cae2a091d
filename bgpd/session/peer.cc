#include "bgpd/session/peer.h"

#include <spdlog/spdlog.h>

#include <boost/asio.hpp>
#include <utility>

#include "bgpd/session/intake.h"

namespace tern::session {

Peer::Peer(const Environment& environment, PeerSlot slot, PeerSettings settings, bool dynamic)
    : env_(environment),
      slot_(slot),
      dynamic_(dynamic),
      settings_(std::move(settings)),
      driver_(*this, settings_.fsm),
      wake_(environment.loop.context(), [this] { driver_.tick(fsm::Time(steady_nanoseconds())); }),
      limit_restart_(environment.loop.context(), [this] { enable(); }),
      interval_(environment.loop.context(), [this] { interval_over(); }),
      adj_rib_in_timer_(environment.loop.context(), [this] { adj_rib_in_deadline(); }),
      state_since_(unix_seconds()),
      state_changed_(steady_nanoseconds()) {}

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
  drain_.shut_down = false;
  limit_restart_.stop();
  limit_shutdown_.reset();
  handle(fsm::ManualStart{});
}

void Peer::disable(std::uint8_t cease_subcode, const std::string& text) {
  drain_.shut_down = false;
  drain_.shut_down_by = 0;
  limit_restart_.stop();
  limit_shutdown_.reset();
  handle(fsm::ManualStop{wire::Notification::administrative(cease_subcode, text)});
}

void Peer::end_drain() {
  disable(wire::cease::kAdministrativeShutdown, "drained");
  drain_.shut_down = true;
}

void Peer::reset(std::uint8_t cease_subcode, const std::string& text) {
  handle(fsm::Reset{wire::Notification::administrative(cease_subcode, text), false});
}

void Peer::refuse_resources() {
  handle(fsm::Reset{{wire::ErrorCode::Cease, wire::cease::kOutOfResources, {}}, true});
}

bool Peer::request_refresh() {
  if (!established() || !driver_.negotiated().route_refresh_send) return false;
  for (const Family family : kFamilies) {
    if (driver_.negotiated().families.contains(family)) driver_.request_refresh(family);
  }
  return true;
}

bool Peer::announce_again() {
  if (adj_rib_out() == nullptr) return false;
  for (const Family family : kFamilies) {
    if (!driver_.negotiated().families.contains(family)) continue;
    adj_rib_out()->request_table(family, driver_.negotiated().enhanced_route_refresh);
  }
  begin_table();
  return true;
}

void Peer::leave() {
  disable(wire::cease::kPeerDeconfigured, {});
  left_ = true;
}

bool Peer::apply(PeerSettings settings, const SettingsChange& change, bool dynamic) {
  dynamic_ = dynamic;
  const bool was_shutdown = settings_.shutdown;
  const bool same_restart = settings_.prefix_limit_restart == settings.prefix_limit_restart;
  settings_ = std::move(settings);
  driver_.reconfigure(settings_.fsm);
  if (settings_.shutdown != was_shutdown) {
    start();
    return false;
  }
  if (limit_shutdown_ && !same_restart) wait_for_limit_restart();
  if (limit_shutdown_ && fits_limit_now()) enable();
  if (change.reset) {
    // Down and up again at once: the new session need not wait for a retry timer.
    if (!admin_up()) return false;
    handle(fsm::ManualStop{{wire::ErrorCode::Cease, wire::cease::kConfigurationChange, {}}});
    handle(fsm::ManualStart{});
    return false;
  }
  if (!established()) return false;
  if (change.imports.any()) import_->set_rules(import_rules(import_->facts()));
  apply_to_table(change);
  return established();
}

// ---- The machine

void Peer::handle(const fsm::Event& event) {
  driver_.handle(event, fsm::Time(steady_nanoseconds()));
}

void Peer::wake_at(std::optional<fsm::Time> when) {
  if (when) return wake_.start_at(Timer::Clock::time_point(*when));
  wake_.stop();
}

fsm::Driver::Unheard Peer::unheard(fsm::Conn conn) {
  const auto& of = connection(conn);
  if (!of || !of->connected()) return {};
  const std::uint64_t elsewhere = of->in_bulk() ? heard_by_reader_->load() : 0;
  return {fsm::Time(elsewhere), unread_bytes(of->fd())};
}

void Peer::on_state(fsm::State from, fsm::State to) {
  state_since_ = unix_seconds();
  state_changed_ = steady_nanoseconds();
  spdlog::debug("peer {}: {} -> {}", label(), fsm::to_string(from), fsm::to_string(to));
}

void Peer::on_notification(const wire::Notification& notification, bool sent) {
  counted().count(notification, sent);
  if (sent && lines_.pass(steady_nanoseconds())) {
    spdlog::info("peer {}: sent NOTIFICATION {}", label(), notification.to_string());
  }
}

// ---- Connections

void Peer::open() {
  auto& outgoing = connection(fsm::Conn::Outgoing);
  if (outgoing) outgoing->close();
  outgoing = std::make_shared<Connection>(env_.loop.context(), env_.read_buffer, this);
  outgoing->open(settings_.address, settings_.transport);
}

void Peer::close(fsm::Conn conn) {
  auto& closing = connection(conn);
  if (!closing) return;
  closing->close();
  count_connection(*closing);
  closing.reset();
}

void Peer::incoming(Tcp::socket socket) {
  if (const auto refused = driver_.refuse_incoming()) {
    // A refused connection and its end do not concern the session.
    return refuse_connection(env_.loop.context(), env_.read_buffer, std::move(socket), *refused);
  }
  auto connection = std::make_shared<Connection>(env_.loop.context(), env_.read_buffer, this);
  this->connection(fsm::Conn::Incoming) = connection;
  connection->adopt(std::move(socket));
  if (connection->connected()) on_connected(*connection);
}

void Peer::incoming(std::shared_ptr<Connection> connection) {
  connection->set_handler(*this);
  this->connection(fsm::Conn::Incoming) = connection;
  on_connected(*connection);
}

std::optional<fsm::Conn> Peer::side(const Connection& connection) const {
  for (const fsm::Conn conn : fsm::kConns) {
    if (connections_[static_cast<std::size_t>(conn)].get() == &connection) return conn;
  }
  return std::nullopt;
}

void Peer::on_connected(Connection& connection) {
  if (const auto conn = side(connection)) {
    driver_.connected(*conn, fsm::Time(steady_nanoseconds()));
  }
}

void Peer::on_failed(Connection& failed, std::string why) {
  const auto conn = side(failed);
  if (!conn) return;
  count_connection(failed);
  connection(*conn).reset();
  driver_.failed(*conn, std::move(why), fsm::Time(steady_nanoseconds()));
}

std::size_t Peer::on_octets(Connection& from, std::span<const std::byte> octets) {
  const auto conn = side(from);
  if (!conn) return octets.size();
  read_time_ = steady_nanoseconds();
  const std::size_t used = driver_.receive(*conn, octets, fsm::Time(read_time_));
  end_burst();
  return used;
}

bool Peer::must_wait(Connection& connection) {
  return established() && env_.intake.holds_up(connection);
}

void Peer::send(fsm::Conn conn, wire::MessageType, std::span<const std::byte> message) {
  const auto& to = connection(conn);
  if (!to) return;
  to->send(message);
  if (to->writable()) octets_left();
}

// RFC 9687: a neighbor that takes octets is alive.
void Peer::octets_left() {
  const std::uint64_t now = steady_nanoseconds();
  if (blocked_since_ != 0) {
    counted().send_blocked_nanoseconds += now - std::exchange(blocked_since_, 0);
  }
  driver_.octets_left(fsm::Time(now));
}

}  // namespace tern::session
