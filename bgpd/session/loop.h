// The event loop of the daemon.
//
// One thread runs the loop and owns every session. No function on it may take long: work over a
// whole table is for the shards' strands (bgpd/engine/engine.h).
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace tern::session {

class Timer;

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run();
  // From any thread.
  void stop();
  // From any thread: runs `work` on the loop.
  void post(std::function<void()> work);

  // Nanoseconds since the loop last handled its own timer, up to 0.2 s when it is not busy; 0
  // before run(). Any thread.
  [[nodiscard]] std::uint64_t age() const;

  [[nodiscard]] boost::asio::io_context& context() { return *context_; }

 private:
  void beat();

  std::unique_ptr<boost::asio::io_context> context_;
  std::unique_ptr<Timer> heart_;
  std::atomic<std::uint64_t> last_beat_{0};  // steady_nanoseconds()
};

// Nanoseconds of the steady clock.
[[nodiscard]] std::uint64_t steady_nanoseconds();
// Unix time.
[[nodiscard]] std::uint32_t unix_seconds();

}  // namespace tern::session
