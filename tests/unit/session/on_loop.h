// Lets a test's thread run a function on a loop that another thread runs.
#pragma once

#include <future>
#include <utility>

#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"

namespace tern::session {

// Waits for the function, and returns its result.
template <typename Fn>
auto on_loop(Loop& loop, Fn&& fn) {
  std::packaged_task<decltype(fn())()> task(std::forward<Fn>(fn));
  auto answer = task.get_future();
  loop.post([&task] { task(); });
  return answer.get();
}

// The same with all shards of the speaker at hand.
template <typename Fn>
auto look(Loop& loop, Speaker& speaker, Fn&& fn) {
  std::packaged_task<decltype(fn())()> task(std::forward<Fn>(fn));
  auto answer = task.get_future();
  loop.post([&speaker, &task] { speaker.look([&task] { task(); }); });
  return answer.get();
}

}  // namespace tern::session
