// Network simulates hosts with clocks of their own, TCP connections between the hosts, and one
// agenda of events by time. No thread, no socket, no real clock: a run follows from its seed.
//
// A connection keeps the order of its octets. The number of octets that arrive at once, and the
// time of their arrival, are random. Each direction holds up to kWindow octets that its receiver
// has not read. An open connection loses no octets: a partition delays octets, as TCP would.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/fsm/event.h"
#include "bgpd/wire/cursor.h"
#include "tests/sim/dice.h"

namespace tern::sim {

using fsm::Time;
using Host = std::size_t;

class Network;

// One end of a connection.
class Socket : public std::enable_shared_from_this<Socket> {
 public:
  static constexpr std::size_t kWindow = 16 * 1024;  // octets; small, so that writers wait often

  // The agenda calls a Handler, never from within a call of the socket's holder.
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void on_connected(Socket& socket) = 0;
    // Octets arrived, behind those that the handler left before. Returns the number of octets that
    // the handler has taken.
    virtual std::size_t on_octets(Socket& socket, wire::Bytes octets) = 0;
    virtual void on_writable(Socket& socket) = 0;
    // The connection, or the attempt, is over.
    virtual void on_failed(Socket& socket, std::string why) = 0;
  };

  Socket(Network& network, Host local, Host remote)
      : network_(network), local_(local), remote_(remote) {}

  [[nodiscard]] Host local() const { return local_; }
  [[nodiscard]] Host remote() const { return remote_; }
  [[nodiscard]] bool connected() const { return connected_; }
  // The handler takes over an accepted connection.
  void set_handler(Handler& handler) { handler_ = &handler; }

  // Returns the number of octets that the connection took. on_writable() is called when the
  // connection takes more.
  std::size_t write(std::span<const std::byte> octets);
  // False from a write() that found too little room until on_writable().
  [[nodiscard]] bool writable() const { return connected_ && !waits_writable_; }
  // Octets that arrived and that the handler has not read.
  [[nodiscard]] std::size_t unread() const { return arrived_.size(); }
  // Both are ends of one connection.
  [[nodiscard]] bool joined_with(const Socket& other) const {
    return other_.lock().get() == &other;
  }
  // No octet is on its way from this end, and the handler has read all arrived octets.
  [[nodiscard]] bool quiet() const { return on_the_way_.empty() && arrived_.empty(); }
  // Ends the callbacks. Written octets still arrive, then the end of the connection.
  void close();
  // The process or host at this end dies. silent: the other end gets no reset.
  void die(bool silent);

  // ---- Faults

  // Stops reading until `until`.
  void pause(Time until);
  // Ends the connection after `octets` more octets have arrived at this end.
  void lose_after(std::size_t octets) { left_to_live_ = octets + 1; }

 private:
  friend class Network;
  void send_on();
  void arrive(std::size_t count);
  void read();
  void fail_later(const std::string& why);
  void fail(const std::string& why);

  Network& network_;
  const Host local_;
  const Host remote_;
  Handler* handler_ = nullptr;  // null once closed
  std::weak_ptr<Socket> other_;
  bool connected_ = false;
  bool closed_ = false;   // by this end: the end of the connection follows the octets
  bool gone_ = false;     // this end does not answer any more
  bool ended_ = false;    // the other end closed, and all its octets arrived
  bool sending_ = false;  // the agenda has an arrival, and keeps this end alive until then
  bool waits_writable_ = false;
  Time paused_until_{};
  std::size_t left_to_live_ = 0;       // octets until the loss, and one; 0: no loss
  std::vector<std::byte> on_the_way_;  // from this end to the other
  std::vector<std::byte> arrived_;     // not read by the handler
  std::vector<std::byte> rest_;        // read, and left by the handler
};

class Network {
 public:
  // hosts: numbered from 0.
  Network(std::uint64_t seed, std::size_t hosts);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // ---- Time

  [[nodiscard]] Time now() const { return now_; }
  void after(Time delay, std::function<void()> what) {
    agenda_.emplace(now_ + delay, std::move(what));
  }
  // Runs the events that are due until `end`, in order of time, then of entry.
  void run_until(Time end);
  // Runs the next event. Without an event until `end`, sets the time to `end` and returns false.
  bool step(Time end);
  [[nodiscard]] Dice& dice() { return dice_; }
  // The time on the host's clock, which may step forward and never goes back.
  [[nodiscard]] Time clock(Host host) const { return now_ + hosts_[host].ahead; }
  void step_clock(Host host, Time by) { hosts_[host].ahead += by; }

  // ---- Connections

  using Acceptor = std::function<void(std::shared_ptr<Socket>)>;
  // Null: the host refuses connections.
  void listen(Host host, Acceptor acceptor) { hosts_[host].acceptor = std::move(acceptor); }
  std::shared_ptr<Socket> connect(Host from, Host to, Socket::Handler& handler);

  // ---- Faults

  // Delays all octets to and from the host while off is true.
  void cut_off(Host host, bool off) { hosts_[host].cut_off = off; }
  // Delays all octets between the two hosts while off is true.
  void cut(Host a, Host b, bool off) {
    if (off) {
      cuts_.insert(std::minmax(a, b));
    } else {
      cuts_.erase(std::minmax(a, b));
    }
  }
  [[nodiscard]] bool reachable(Host a, Host b) const {
    return !hosts_[a].cut_off && !hosts_[b].cut_off && !cuts_.contains(std::minmax(a, b));
  }
  // Lets some writes take a part of their octets.
  void set_partial_writes(bool on) { partial_writes_ = on; }

 private:
  friend class Socket;
  static constexpr Time kRetry = std::chrono::milliseconds(200);  // across a partition
  static constexpr Time kConnectTimeout = std::chrono::seconds(20);
  struct HostState {
    Acceptor acceptor;
    Time ahead{};
    bool cut_off = false;
  };

  [[nodiscard]] Time latency() { return std::chrono::microseconds(200 + dice_(20'000)); }
  void knock(const std::shared_ptr<Socket>& from, Time since);
  void accept(const std::shared_ptr<Socket>& from);

  Dice dice_;
  Time now_ = std::chrono::hours(1);
  std::multimap<Time, std::function<void()>> agenda_;  // equal times in order of insertion
  std::vector<HostState> hosts_;
  std::set<std::pair<Host, Host>> cuts_;  // the lower host first
  bool partial_writes_ = false;
};

}  // namespace tern::sim
