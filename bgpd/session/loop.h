// The event loop of the daemon and the work it does between events.
//
// One thread runs the loop and owns every session and the RIB. Nothing on it may take long: work
// over a whole table is a job, stepped in slices between which sockets and timers get their turn.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
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

  // Loop thread only. step() does a bounded slice and returns true when there is nothing left; it
  // is called again and again, in turn with other jobs and with events.
  void add_job(std::function<bool()> step);

  // Forgets all jobs, unfinished as they are: their owner is about to go.
  void drop_jobs() { jobs_.clear(); }

  // Nanoseconds since the loop last came round, up to 0.2 s when it is not busy; 0 before run().
  // Any thread.
  [[nodiscard]] std::uint64_t age() const;

  [[nodiscard]] boost::asio::io_context& context() { return *context_; }

 private:
  void run_jobs();
  void beat();

  std::unique_ptr<boost::asio::io_context> context_;
  std::unique_ptr<Timer> heart_;
  std::atomic<std::uint64_t> last_beat_{0};  // steady_nanoseconds()
  std::list<std::function<bool()>> jobs_;
  bool jobs_posted_ = false;
};

// Nanoseconds of the steady clock.
[[nodiscard]] std::uint64_t steady_nanoseconds();
// Unix time.
[[nodiscard]] std::uint32_t unix_seconds();

}  // namespace tern::session
