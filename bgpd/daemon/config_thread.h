// The thread that does what grows with a configuration: it looks at files, reads, checks, compares
// and compiles configurations, writes last good copies to the disk, and frees what a configuration
// held.
//
// The caller posts work that posts its result to the loop. The caller also bounds how much work
// waits: Reloader posts one piece of work at a time.
#pragma once

#include <functional>
#include <future>
#include <utility>
#include <vector>

#include "bgpd/session/work_thread.h"
#include "policy/policy.h"

namespace tern::daemon {

// The destructor waits for the work that runs, and drops the work behind it.
class ConfigThread {
 public:
  // Any thread. ConfigThread runs work in order, and frees on the thread what the work held.
  void post(std::function<void()> work) { thread_.post(std::move(work)); }

  // Runs fn() on the thread and waits for its result: for the start of the daemon, when nothing
  // else runs. The first configuration so comes from the thread's own memory, which the reloads use
  // again when the configuration is replaced.
  template <typename Fn>
  auto call(Fn&& fn) {
    std::packaged_task<decltype(fn())()> task(std::forward<Fn>(fn));
    auto result = task.get_future();
    post([&task] { task(); });
    return result.get();
  }

  // Waits for the work that runs, and drops the work behind it.
  void stop() { thread_.stop(); }

  // Called by work on the thread: keeps the programs of the policies until no other thread has
  // them. A thread that reads routes drops the old rules of a session later than the loop does, and
  // should not have to free a prefix set of a million entries.
  void keep_until_unused(policy::PolicySet policies) { kept_.push_back(std::move(policies)); }

 private:
  // Returns whether any programs are still kept.
  [[nodiscard]] bool drop_unused();

  std::vector<policy::PolicySet> kept_;  // the thread only
  // Last: its work uses the other members.
  session::WorkThread thread_{"tern-conf", [this] { return drop_unused(); }};
};

}  // namespace tern::daemon
