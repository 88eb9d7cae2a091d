// Two neighbours joined in memory, with a clock that jumps from event to event.
//
// Each host is a PeerFsm and what a session would do for it: timers, one connection per Conn,
// messages as bytes through the real codec. A connection has a latency per direction and keeps
// order. The same calls give the same run.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/fsm/transcript.h"

namespace tern::fsm {

class FakeNetwork {
 public:
  enum Side : std::size_t { A = 0, B = 1 };

  FakeNetwork(FsmConfig a, FsmConfig b);
  FakeNetwork(const FakeNetwork&) = delete;  // the agenda points here
  FakeNetwork& operator=(const FakeNetwork&) = delete;

  void start(Side side) { handle(side, ManualStart{}); }
  void handle(Side side, const Event& event);
  void run_for(Milliseconds time);
  // False: `limit` passed first.
  [[nodiscard]] bool run_until(const std::function<bool()>& done, Milliseconds limit);
  [[nodiscard]] bool run_until_established(Milliseconds limit) {
    return run_until([this] { return both_established(); }, limit);
  }

  // Nothing is lost on the way back to life but what the host knew: the machine starts anew.
  void power_off(Side side);
  void power_on(Side side, FsmConfig config);
  void listen(Side side, bool on) { hosts_[side].listening = on; }
  // Bytes vanish in both directions, and nobody is told.
  void partition(bool on) { partitioned_ = on; }
  void set_latency(Side from, Milliseconds latency) { hosts_[from].latency = latency; }

  [[nodiscard]] const PeerFsm& fsm(Side side) const { return hosts_[side].fsm; }
  // Both ends Established, and on the same connection.
  [[nodiscard]] bool both_established() const;
  [[nodiscard]] const Negotiated& negotiated(Side side) const { return hosts_[side].negotiated; }
  [[nodiscard]] Milliseconds now() const { return now_; }
  [[nodiscard]] std::size_t keepalives_sent(Side side) const { return hosts_[side].keepalives; }
  [[nodiscard]] std::size_t running_timers(Side side) const { return hosts_[side].timers.size(); }
  [[nodiscard]] std::size_t connections(Side side) const;
  // Every NOTIFICATION that arrived at `side`.
  [[nodiscard]] const std::vector<wire::Notification>& notified(Side side) const {
    return hosts_[side].notified;
  }

 private:
  using Bytes = std::vector<std::byte>;
  struct Host {
    explicit Host(FsmConfig config) : fsm(std::move(config)) {}
    PeerFsm fsm;
    bool alive = true;
    bool listening = true;
    Milliseconds latency{10};                             // of what this host sends
    std::array<std::optional<unsigned>, 2> connection{};  // by Conn: the number of the connection
    std::map<std::pair<Timer, Conn>, unsigned> timers;    // running: generation
    Negotiated negotiated;
    std::size_t keepalives = 0;
    std::vector<wire::Notification> notified;
  };

  static Side opposite(Side side) { return side == A ? B : A; }
  void at(Milliseconds delay, std::function<void()> what);
  void perform(Side side, const Action& action);
  void connect(Side side);
  void arrives_at_listener(Side side, unsigned number);
  void send(Side side, unsigned number, Bytes message);
  void send_on(Side side, Conn conn, Bytes message);
  void receive(Side side, unsigned number, const Bytes& message);
  void close(Side side, Conn conn);
  void fails(Side side, unsigned number, const std::string& why);
  void set_timer(Side side, const SetTimer& timer);
  [[nodiscard]] std::optional<Conn> find(Side side, unsigned number) const;

  std::array<Host, 2> hosts_;
  bool partitioned_ = false;
  unsigned next_number_ = 0;
  unsigned next_generation_ = 0;
  Milliseconds now_{0};
  std::multimap<Milliseconds, std::function<void()>> agenda_;  // equal times in order of insertion
};

inline constexpr auto A = FakeNetwork::A;
inline constexpr auto B = FakeNetwork::B;

}  // namespace tern::fsm
