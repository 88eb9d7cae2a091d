// A thread sleeps until another thread has work for it. The other thread pushes the work, then
// rings. The sleeper reads count(), looks for work, and waits with the count that it read, so it
// misses no push.
#pragma once

#include <atomic>
#include <cstdint>

namespace tern::engine {

// Any thread. ring() makes no system call while no thread waits.
class Bell {
 public:
  void ring() {
    rung_.fetch_add(1, std::memory_order_acq_rel);
    rung_.notify_one();
  }
  void ring_all() {
    rung_.fetch_add(1, std::memory_order_acq_rel);
    rung_.notify_all();
  }
  [[nodiscard]] std::uint32_t count() const { return rung_.load(std::memory_order_acquire); }
  // Returns when the bell rings, or at once if it has rung since count() was `seen`.
  void wait(std::uint32_t seen) const { rung_.wait(seen, std::memory_order_acquire); }

 private:
  std::atomic<std::uint32_t> rung_{0};
};

}  // namespace tern::engine
