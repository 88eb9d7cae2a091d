// The thread on which everything is done that grows with a configuration: files are looked at,
// read, checked, compared and compiled there, last good copies reach the disk, and what a
// configuration held is freed.
//
// The caller posts work that posts its result to the loop. Work that waits is bounded by its
// caller: Reloader has one piece of work at a time.
#pragma once

#include <functional>
#include <memory>

#include "policy/policy.h"

namespace tern::daemon {

class ConfigThread {
 public:
  ConfigThread();
  // Waits for the work under way; what was not begun is dropped.
  ~ConfigThread();
  ConfigThread(const ConfigThread&) = delete;
  ConfigThread& operator=(const ConfigThread&) = delete;

  // Any thread; one after another, in order. What the work holds is freed on this thread, too.
  void post(std::function<void()> work);

  // From work on this thread: keeps the programs of the policies until nobody else does. A thread
  // that reads routes gives up the rules of a session later than the loop gives it new ones, and
  // should not have to free a prefix set of a million entries.
  void keep_until_unused(policy::PolicySet policies);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern::daemon
