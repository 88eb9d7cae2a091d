// A timer of the loop, or of another thread with an io_context; that thread only.
//
// When the caller stops or destroys a Timer, the end of a wait may already be queued: cancelling
// comes too late then. The wait shares the Timer's state, so that the wait finds a stopped timer
// and not freed memory. The function that a Timer calls may destroy the Timer.
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

  // start() and start_at() replace an earlier start.
  void start(Clock::duration delay) { start_at(Clock::now() + delay); }
  void start_at(Clock::time_point deadline) {
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

 private:
  struct State {
    State(boost::asio::io_context& context, std::function<void()> what)
        : timer(context), expired(std::move(what)) {}
    boost::asio::steady_timer timer;
    const std::function<void()> expired;
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
