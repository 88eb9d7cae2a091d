// A simulated network: hosts with clocks of their own, TCP connections between them, and one agenda
// of what happens when. No thread, no socket, no real clock; everything follows from the seed.
//
// A connection keeps the order of its octets. How many octets arrive at once, and when, is random.
// Each direction holds kWindow octets that its receiver has not read. Octets are never lost on a
// connection that lives: a partition delays them, as TCP would.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
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

  // Called from the agenda, never from within a call of the holder.
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void on_connected(Socket& socket) = 0;
    // Octets came, behind those that were left before. Returns how many of them are done with.
    virtual std::size_t on_octets(Socket& socket, wire::Bytes octets) = 0;
    virtual void on_room(Socket& socket) = 0;
    // The connection, or the attempt, is over.
    virtual void on_failed(Socket& socket, std::string why) = 0;
  };

  Socket(Network& network, Host local, Host remote)
      : network_(network), local_(local), remote_(remote) {}

  [[nodiscard]] Host local() const { return local_; }
  [[nodiscard]] Host remote() const { return remote_; }
  [[nodiscard]] bool connected() const { return connected_; }
  // Takes over a connection that was accepted.
  void set_handler(Handler& handler) { handler_ = &handler; }

  // Returns how many octets the connection took; on_room() comes when it takes more.
  std::size_t write(std::span<const std::byte> octets);
  // Nothing of what was written is known to wait for room.
  [[nodiscard]] bool writable() const { return connected_ && !waits_for_room_; }
  // Octets that arrived and were not read.
  [[nodiscard]] std::size_t unread() const { return arrived_.size(); }
  // Both are ends of one connection.
  [[nodiscard]] bool joined_with(const Socket& other) const {
    return other_.lock().get() == &other;
  }
  // No octet is on its way from here, and all that arrived was handed on.
  [[nodiscard]] bool quiet() const { return on_the_way_.empty() && arrived_.empty(); }
  // No more callbacks. What was written still arrives, and then the end of the connection.
  void close();
  // The process or host at this end is gone; silent: without a word to the other end.
  void die(bool silent);

  // ---- Faults

  // Reads nothing until then.
  void pause(Time until);
  // The connection is lost after so many more octets have arrived here.
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
  bool gone_ = false;     // nothing answers here
  bool ended_ = false;    // the other end closed, and all its octets arrived
  bool sending_ = false;  // an arrival is on the agenda, which keeps this end until then
  bool waits_for_room_ = false;
  Time paused_until_{};
  std::size_t left_to_live_ = 0;       // and one; 0: nothing is to be lost
  std::vector<std::byte> on_the_way_;  // from here to the other end
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
  // Does what is due until then, in order; what is due at one time in order of its entry.
  void run_until(Time end);
  // The next thing; false where there is none until `end`, which it then is.
  bool step(Time end);
  [[nodiscard]] Dice& dice() { return dice_; }
  // As the host's clock shows it: it never goes back, and may step forward.
  [[nodiscard]] Time clock(Host host) const { return now_ + hosts_[host].ahead; }
  void step_clock(Host host, Time by) { hosts_[host].ahead += by; }

  // ---- Connections

  using Acceptor = std::function<void(std::shared_ptr<Socket>)>;
  // Null: connections are refused.
  void listen(Host host, Acceptor acceptor) { hosts_[host].acceptor = std::move(acceptor); }
  std::shared_ptr<Socket> connect(Host from, Host to, Socket::Handler& handler);

  // ---- Faults

  // Nothing gets to the host and from it.
  void cut_off(Host host, bool off) { hosts_[host].cut_off = off; }
  [[nodiscard]] bool reachable(Host a, Host b) const {
    return !hosts_[a].cut_off && !hosts_[b].cut_off;
  }
  // Writes take a part of what they are given, sometimes.
  void set_partial_writes(bool on) { partial_writes_ = on; }

 private:
  friend class Socket;
  static constexpr Time kRetry = std::chrono::milliseconds(200);  // of what finds no way
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
  bool partial_writes_ = false;
};

}  // namespace tern::sim
