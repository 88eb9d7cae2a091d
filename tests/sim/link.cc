#include "tests/sim/link.h"

#include <utility>

namespace tern::sim {
namespace {

constexpr std::size_t at(fsm::Conn conn) { return static_cast<std::size_t>(conn); }

// The end of one UPDATE, and the machine's messages of a send hold time.
constexpr std::size_t kMostWaiting = wire::kMaxExtendedMessage + wire::kMaxMessage;

}  // namespace

Link::Link(Network& network, Host self, Host other, fsm::FsmConfig config)
    : network_(network), self_(self), other_(other), driver_(*this, std::move(config)) {}

Link::~Link() {
  for (const auto& socket : sockets_) {
    if (socket) socket->die(false);
  }
}

void Link::lose_power() {
  for (auto& socket : sockets_) {
    if (const auto dead = std::exchange(socket, nullptr)) dead->die(true);
  }
}

void Link::accept(const std::shared_ptr<Socket>& socket) {
  if (const auto refused = driver_.refuse_incoming()) {
    std::vector<std::byte> message;
    wire::encode_notification(*refused, message);
    (void)socket->write(message);
    return socket->close();
  }
  sockets_[at(fsm::Conn::Incoming)] = socket;
  out_[at(fsm::Conn::Incoming)].clear();
  socket->set_handler(*this);
  driver_.connected(fsm::Conn::Incoming, now());
}

std::size_t Link::waiting() const {
  const auto session = driver_.session();
  return session ? out_[at(*session)].size() : 0;
}

std::optional<std::string> Link::wrong() {
  if (waiting() > kMostWaiting) return std::to_string(waiting()) + " octets wait for a socket";
  if (!established()) return std::nullopt;
  const Time hold = std::chrono::seconds(driver_.negotiated().hold_time_seconds);
  const Time silent = now() - driver_.last_heard();
  if (hold.count() != 0 && silent > 2 * hold + std::chrono::seconds(5)) {
    return "the session stands, and nothing was heard for " +
           std::to_string(std::chrono::duration_cast<std::chrono::seconds>(silent).count()) + " s";
  }
  return std::nullopt;
}

// ---- Octets of UPDATEs

bool Link::writable() const {
  const auto session = driver_.session();
  return session && out_[at(*session)].empty() && sockets_[at(*session)] &&
         sockets_[at(*session)]->writable();
}

std::size_t Link::write(std::span<const std::byte> octets) {
  const std::size_t taken = socket().write(octets);
  if (taken > 0) driver_.octets_left(now());
  return taken;
}

void Link::keep(std::span<const std::byte> rest) {
  const fsm::Conn session = *driver_.session();
  out_[at(session)].insert(out_[at(session)].end(), rest.begin(), rest.end());
  write_waiting(session);
}

// ---- Calls of the driver

void Link::open() {
  auto& socket = sockets_[at(fsm::Conn::Outgoing)];
  if (socket) socket->close();
  out_[at(fsm::Conn::Outgoing)].clear();
  socket = network_.connect(self_, other_, *this);
}

void Link::close(fsm::Conn conn) {
  const auto closing = std::exchange(sockets_[at(conn)], nullptr);
  if (!closing) return;
  // The daemon gives waiting octets a second to leave. In the simulation they leave at once or are
  // lost.
  (void)closing->write(out_[at(conn)]);
  out_[at(conn)].clear();
  closing->close();
}

void Link::send(fsm::Conn conn, wire::MessageType, std::span<const std::byte> message) {
  if (!sockets_[at(conn)]) return;
  out_[at(conn)].insert(out_[at(conn)].end(), message.begin(), message.end());
  write_waiting(conn);
}

void Link::write_waiting(fsm::Conn conn) {
  auto& out = out_[at(conn)];
  if (out.empty() || !sockets_[at(conn)]->writable()) return;
  const std::size_t taken = sockets_[at(conn)]->write(out);
  out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(taken));
  if (taken > 0) driver_.octets_left(now());
}

fsm::Driver::Unheard Link::unheard(fsm::Conn conn) {
  const auto& socket = sockets_[at(conn)];
  return {Time{}, socket ? socket->unread() : 0};
}

void Link::wake_at(std::optional<Time> when) {
  const std::uint64_t number = ++*wake_;
  if (!when) return;
  network_.after(std::max(*when - now(), Time{}),
                 [this, number, last = std::weak_ptr<std::uint64_t>(wake_)] {
                   if (const auto asked = last.lock(); asked && *asked == number)
                     driver_.tick(now());
                 });
}

// ---- Events of sockets

std::optional<fsm::Conn> Link::side(const Socket& socket) const {
  for (const fsm::Conn conn : fsm::kConns) {
    if (sockets_[at(conn)].get() == &socket) return conn;
  }
  return std::nullopt;
}

void Link::on_connected(Socket& socket) {
  if (const auto conn = side(socket)) driver_.connected(*conn, now());
}

std::size_t Link::on_octets(Socket& socket, wire::Bytes octets) {
  const auto conn = side(socket);
  if (!conn) return octets.size();
  const std::size_t used = driver_.receive(*conn, octets, now());
  burst_over();
  return used;
}

void Link::on_writable(Socket& socket) {
  const auto conn = side(socket);
  if (!conn) return;
  driver_.octets_left(now());
  write_waiting(*conn);
  if (writable()) room();
}

void Link::on_failed(Socket& socket, std::string why) {
  const auto conn = side(socket);
  if (!conn) return;
  sockets_[at(*conn)].reset();
  out_[at(*conn)].clear();
  driver_.failed(*conn, std::move(why), now());
}

}  // namespace tern::sim
