// A timer that is cheap to restart. Internal to bgpd/session; loop thread only.
//
// A busy session restarts its hold timer with every message. touch() only moves the deadline; the
// system timer fires at the old one, sees the new one and sleeps on.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>

namespace tern::session {

class Timer {
 public:
  using Clock = std::chrono::steady_clock;

  Timer(boost::asio::io_context& context, std::function<void()> expired)
      : timer_(context), expired_(std::move(expired)) {}

  void start(Clock::duration delay) {
    delay_ = delay;
    deadline_ = Clock::now() + delay;
    running_ = true;
    arm();
  }
  // Restarts with the delay it was started with; nothing when it does not run.
  void touch(Clock::time_point now) {
    if (running_) deadline_ = now + delay_;
  }
  void stop() {
    running_ = false;
    timer_.cancel();
  }
  [[nodiscard]] bool running() const { return running_; }
  [[nodiscard]] Clock::time_point deadline() const { return deadline_; }

  // Expires a timer whose deadline has passed although the loop did not come round to it yet.
  void fire_if_due(Clock::time_point now) {
    if (!running_ || now < deadline_) return;
    stop();
    expired_();
  }

 private:
  void arm() {
    timer_.expires_at(deadline_);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (error || !running_) return;
      const Clock::time_point now = Clock::now();
      if (now < deadline_) return arm();
      running_ = false;
      expired_();
    });
  }

  boost::asio::steady_timer timer_;
  std::function<void()> expired_;
  Clock::duration delay_{};
  Clock::time_point deadline_{};
  bool running_ = false;
};

}  // namespace tern::session
