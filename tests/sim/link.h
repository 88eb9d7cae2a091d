// A Link is a neighbor as one host sees it: fsm::Driver on sockets and a clock of the simulated
// network, as session::Peer is fsm::Driver on those of the system.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bgpd/fsm/driver.h"
#include "tests/sim/network.h"

namespace tern::sim {

class Link : private fsm::Driver::Rim, private Socket::Handler {
 public:
  Link(Network& network, Host self, Host other, fsm::FsmConfig config);
  // Resets the connections, as the end of a process does.
  ~Link() override;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  void start() { handle(fsm::ManualStart{}); }
  void handle(const fsm::Event& event) { driver_.handle(event, now()); }
  // Refuses a connection that the other host opened, or gives it to the driver.
  void accept(const std::shared_ptr<Socket>& socket);
  // The host's clock was stepped: runs the timers that are due.
  void clock_stepped() { driver_.tick(now()); }
  // The host loses power: the connections end without a message.
  void lose_power();

  [[nodiscard]] Host other() const { return other_; }
  [[nodiscard]] const fsm::Driver& driver() const { return driver_; }
  [[nodiscard]] fsm::Driver& driver() { return driver_; }
  [[nodiscard]] bool established() const { return driver_.session().has_value(); }
  // The session's socket. Requires established().
  [[nodiscard]] Socket& socket() { return *sockets_[static_cast<std::size_t>(*driver_.session())]; }
  // The session's socket takes octets, and none wait before them.
  [[nodiscard]] bool writable() const;
  // Octets that the driver sent and the session's socket did not take.
  [[nodiscard]] std::size_t waiting() const;
  // Hold timers that expired.
  [[nodiscard]] std::uint64_t expired() const { return expired_; }
  // A broken promise of the link, in words, or nothing. Promises: the session keeps its hold timer,
  // and the waiting octets have a bound.
  [[nodiscard]] std::optional<std::string> wrong();

 protected:
  [[nodiscard]] Time now() const { return network_.clock(self_); }
  Network& network() { return network_; }
  // ---- Octets of UPDATEs
  // Requires writable(). Returns the number of octets that the socket took.
  std::size_t write(std::span<const std::byte> octets);
  // Queues the rest of a message that the socket took in part, before all later messages.
  void keep(std::span<const std::byte> rest);

  virtual void session_up(const fsm::Negotiated& negotiated) = 0;
  virtual void session_down() = 0;
  virtual void update(wire::Bytes body) = 0;
  virtual void refresh(const wire::RouteRefresh& refresh) = 0;
  virtual void burst_over() {}
  virtual void room() = 0;

 private:
  // fsm::Driver::Rim
  void open() override;
  void close(fsm::Conn conn) override;
  void send(fsm::Conn conn, wire::MessageType type, std::span<const std::byte> message) override;
  [[nodiscard]] fsm::Driver::Unheard unheard(fsm::Conn conn) override;
  void wake_at(std::optional<Time> when) override;
  void on_session_up(fsm::Conn, const fsm::Negotiated& negotiated) override {
    session_up(negotiated);
  }
  void on_session_down() override { session_down(); }
  void on_state(fsm::State, fsm::State) override {}
  void on_open(const wire::OpenMessage&) override {}
  void on_notification(const wire::Notification& notification, bool sent) override {
    if (sent && notification.code == wire::ErrorCode::HoldTimerExpired) ++expired_;
  }
  void on_update(wire::Bytes body) override { update(body); }
  void on_refresh(const wire::RouteRefresh& message) override { refresh(message); }

  // Socket::Handler
  void on_connected(Socket& socket) override;
  std::size_t on_octets(Socket& socket, wire::Bytes octets) override;
  void on_writable(Socket& socket) override;
  void on_failed(Socket& socket, std::string why) override;

  [[nodiscard]] std::optional<fsm::Conn> side(const Socket& socket) const;
  void write_waiting(fsm::Conn conn);

  Network& network_;
  const Host self_;
  const Host other_;
  fsm::Driver driver_;
  std::array<std::shared_ptr<Socket>, 2> sockets_;  // by fsm::Conn
  std::array<std::vector<std::byte>, 2> out_;       // by fsm::Conn: octets that wait for the socket
  std::uint64_t expired_ = 0;
  std::shared_ptr<std::uint64_t> wake_ =
      std::make_shared<std::uint64_t>(0);  // number of the last wake_at()
};

}  // namespace tern::sim
