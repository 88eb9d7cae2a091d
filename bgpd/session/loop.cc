#include "bgpd/session/loop.h"

#include <boost/asio.hpp>
#include <chrono>

#include "bgpd/session/timer.h"

namespace tern::session {
namespace {

constexpr auto kHeartbeat = std::chrono::milliseconds(200);

}  // namespace

Loop::Loop()
    : context_(std::make_unique<boost::asio::io_context>(1)),
      heart_(std::make_unique<Timer>(*context_, [this] { beat(); })) {}
Loop::~Loop() = default;

void Loop::run() {
  beat();
  const auto keep_running = boost::asio::make_work_guard(*context_);
  context_->run();
}

// Relaxed: the number alone passes between threads.
void Loop::beat() {
  last_beat_.store(steady_nanoseconds(), std::memory_order_relaxed);
  heart_->start(kHeartbeat);
}

std::uint64_t Loop::age() const {
  const std::uint64_t last = last_beat_.load(std::memory_order_relaxed);
  const std::uint64_t now = steady_nanoseconds();
  return last == 0 || now < last ? 0 : now - last;
}

void Loop::stop() { context_->stop(); }

void Loop::post(std::function<void()> work) { boost::asio::post(*context_, std::move(work)); }

std::uint64_t steady_nanoseconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

std::uint32_t unix_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

}  // namespace tern::session
