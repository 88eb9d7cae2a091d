// The thread on which listings of the table are made, beside the threads that change it.
//
// The thread has a higher niceness than the others. While the speaker is busy the thread also rests
// most of the time: idle processor time is not free where two processors share a core and a cache.
// The niceness is moderate, because other threads may wait for this one: for memory, for the end of
// a section of rib/base/rcu.h, or for the lock of a queue. Internal to bgpd/api.
#pragma once

#include <atomic>
#include <functional>

#include "bgpd/session/work_thread.h"

namespace tern::api {

class Lister {
 public:
  Lister();

  // Any thread. The lister runs tasks in order; each listing has one task at most in the queue.
  void post(std::function<void()> work);
  // Any thread. From now on the lister rests behind each task, or does not.
  void rest(bool rests) { rests_ = rests; }
  // Waits for the task that runs, and drops the tasks behind it.
  void stop() { thread_.stop(); }

 private:
  std::atomic<bool> rests_{false};
  session::WorkThread thread_{"tern-list"};  // last: its tasks use the other members
};

}  // namespace tern::api
