// How threads that work for the loop and the loop itself wake each other. A push into a ring comes
// before ring(), a look into it before wait(): nobody sleeps while there is something for him.
// Internal to bgpd/session.
#pragma once

#include <atomic>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>

namespace tern::session {

// A thread waits. ring() is any thread's; without a system call while nobody sleeps.
class Bell {
 public:
  void ring() {
    rung_.fetch_add(1, std::memory_order_acq_rel);
    rung_.notify_one();
  }
  [[nodiscard]] std::uint32_t count() const { return rung_.load(std::memory_order_acquire); }
  // Until it rings, or has rung since count() was `seen`.
  void wait(std::uint32_t seen) const { rung_.wait(seen, std::memory_order_acquire); }

 private:
  std::atomic<std::uint32_t> rung_{0};
};

// A loop waits: it calls `rung` in a turn of its own, once for all rings since the last call began.
// ring() is any thread's, all else the loop's.
class LoopBell {
 public:
  LoopBell(boost::asio::io_context& context, std::function<void()> rung);
  LoopBell(const LoopBell&) = delete;
  LoopBell& operator=(const LoopBell&) = delete;

  void ring();

 private:
  void wait();

  boost::asio::posix::stream_descriptor event_;
  std::function<void()> rung_;
  std::atomic<bool> announced_{false};
};

}  // namespace tern::session
