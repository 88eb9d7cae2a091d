// A lock that goes to a thread that waits for it, and not again to the one that let it go, as
// std::mutex would. For two threads.
#pragma once

#include <mutex>

namespace tern::events {

class FairMutex {
 public:
  void lock() {
    const std::lock_guard turn(turn_);
    mutex_.lock();
  }
  void unlock() { mutex_.unlock(); }

 private:
  std::mutex turn_;
  std::mutex mutex_;
};

}  // namespace tern::events
