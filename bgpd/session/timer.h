// A timer that is cheap to restart. Internal to bgpd/session; loop thread only.
//
// A busy session restarts its hold timer with every message. touch() only moves the deadline; the
// system timer fires at the old one, sees the new one and sleeps on.
//
// The system may have taken the end of a wait for the next one to be handled when the timer is
// stopped or destroyed: cancelling comes too late then. What such a wait looks at is shared with
// it, so it finds a stopped timer and not freed memory. A timer may be destroyed by what it calls.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

namespace tern::session {

class Timer {
 public:
  using Clock = std::chrono::steady_clock;

  Timer(boost::asio::io_context& context, std::function<void()> expired)
      : state_(std::make_shared<State>(context, std::move(expired))) {}
  ~Timer() { stop(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void start(Clock::duration delay) {
    state_->delay = delay;
    state_->due = Clock::now() + delay;
    postpone(state_->due);
  }
  // Restarts with the delay it was started with; nothing when it does not run.
  void touch(Clock::time_point now) {
    if (state_->running) state_->deadline = state_->due = now + state_->delay;
  }
  // Runs until then, this once: touch() goes on with the delay of start().
  void postpone(Clock::time_point deadline) {
    state_->deadline = deadline;
    state_->running = true;
    arm(state_);
  }
  void stop() {
    state_->running = false;
    state_->timer.cancel();
  }
  [[nodiscard]] bool running() const { return state_->running; }
  [[nodiscard]] Clock::time_point deadline() const { return state_->deadline; }
  // That of the last start(), and the deadline that follows from it and touch() alone.
  [[nodiscard]] Clock::duration delay() const { return state_->delay; }
  [[nodiscard]] Clock::time_point due() const { return state_->due; }

  // Expires a timer whose deadline has passed although the loop did not come round to it yet.
  void fire_if_due(Clock::time_point now) {
    if (!state_->running || now < state_->deadline) return;
    const std::shared_ptr<State> state = state_;
    stop();
    state->expired();
  }

 private:
  struct State {
    State(boost::asio::io_context& context, std::function<void()> what)
        : timer(context), expired(std::move(what)) {}
    boost::asio::steady_timer timer;
    const std::function<void()> expired;
    Clock::duration delay{};
    Clock::time_point due{};
    Clock::time_point deadline{};
    bool running = false;
  };

  static void arm(const std::shared_ptr<State>& state) {
    state->timer.expires_at(state->deadline);
    state->timer.async_wait([state](const boost::system::error_code& error) {
      if (error || !state->running) return;
      if (Clock::now() < state->deadline) return arm(state);
      state->running = false;
      state->expired();
    });
  }

  std::shared_ptr<State> state_;
};

}  // namespace tern::session
