// The thread on which listings of the table are made, beside the threads that change it.
//
// It is nicer than the others, and in a flood it rests most of the time: processor time that is
// left over is not free where two processors share a core and a cache. But not so nice that it
// might be held up for long where others wait for it: with memory, in a section of rib/base/rcu.h,
// or with the lock of a queue. Internal to bgpd/api.
#pragma once

#include <functional>
#include <memory>

namespace tern::api {

class Lister {
 public:
  Lister();
  ~Lister();
  Lister(const Lister&) = delete;
  Lister& operator=(const Lister&) = delete;

  // Any thread. In the order in which they come.
  void post(std::function<void()> work);
  // From now on it rests, or not, behind each piece of work. Any thread.
  void rest(bool rests);
  // Waits for the work under way; what was not begun is dropped.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern::api
