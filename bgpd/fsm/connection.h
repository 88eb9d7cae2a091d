// One TCP connection of a neighbor, as its machine sees it: state, timers, negotiated session.
//
// PeerFsm decides what an event means for the neighbor; Connection carries it out. Every function
// appends its actions. A Connection keeps the configuration of the moment when TCP came up, so that
// a change while the OPENs cross cannot make us negotiate with an OPEN that we never sent.
#pragma once

#include <cstdint>
#include <memory>

#include "bgpd/fsm/action.h"
#include "bgpd/fsm/event.h"
#include "bgpd/fsm/jitter.h"

namespace tern::fsm {

// The timers that run. With them the machine recognizes a late expiry of a stopped timer, and emits
// ClearTimer only for a running one.
class TimerSet {
 public:
  explicit TimerSet(Conn conn) : conn_(conn) {}

  [[nodiscard]] bool running(Timer timer) const { return (running_ & bit(timer)) != 0; }
  void set(Timer timer, Milliseconds delay, Actions& actions);
  void clear(Timer timer, Actions& actions);
  void clear_all(Actions& actions);
  // The timer expired. False: it was not running, so the expiry has no effect.
  [[nodiscard]] bool expire(Timer timer);

 private:
  static std::uint8_t bit(Timer timer) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(timer));
  }
  Conn conn_;
  std::uint8_t running_ = 0;
};

class Connection {
 public:
  Connection(Conn conn, std::uint64_t jitter_seed);

  [[nodiscard]] Conn conn() const { return conn_; }
  [[nodiscard]] State state() const { return state_; }
  // TCP is up.
  [[nodiscard]] bool connected() const { return config_ != nullptr; }
  // TCP is up or connecting.
  [[nodiscard]] bool exists() const { return connected() || state_ == State::Connect; }
  // OPENs are being exchanged: such connections can collide (RFC 4271 section 6.8).
  [[nodiscard]] bool opening() const {
    return state_ == State::OpenSent || state_ == State::OpenConfirm;
  }
  [[nodiscard]] bool expire(Timer timer) { return timers_.expire(timer); }

  // Requires connected().
  [[nodiscard]] const FsmConfig& config() const { return *config_; }
  // Requires OpenConfirm or Established.
  [[nodiscard]] const Negotiated& negotiated() const { return negotiated_; }

  // Idle, Connect or Active without a TCP connection. Requires !connected().
  void wait_in(State state) { state_ = state; }

  // TCP came up: sends the OPEN now or after DelayOpen.
  void begin(std::shared_ptr<const FsmConfig> config, Actions& actions);
  void send_open(Actions& actions);  // -> OpenSent
  // The peer's OPEN, already judged good -> OpenConfirm; sends ours before, if it was delayed.
  void accept(const wire::OpenMessage& open, Actions& actions);
  void establish(Actions& actions);              // OpenConfirm -> Established
  void heard(Actions& actions);                  // restarts the hold timer
  void send_keepalive(Actions& actions);         // and restarts the KEEPALIVE timer
  [[nodiscard]] Milliseconds send_hold() const;  // 0: off

  // -> Idle, with no timer running. close() ends the connection or the attempt; if TCP is up, it
  // sends `farewell` before, unless that is null. lost(): TCP is gone already.
  void close(const wire::Notification* farewell, Actions& actions);
  void lost(Actions& actions);

 private:
  void restart_hold(Actions& actions);
  void restart_keepalive(Actions& actions);

  Conn conn_;
  State state_ = State::Idle;
  TimerSet timers_;
  Jitter jitter_;
  std::shared_ptr<const FsmConfig> config_;  // null: not connected
  Negotiated negotiated_;
};

}  // namespace tern::fsm
