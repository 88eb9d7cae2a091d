// Lets a test's thread run a function on a loop that another thread runs.
#pragma once

#include <future>
#include <utility>

#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"

namespace tern::session {

// Runs the function in one turn of the loop, waits for it, and returns its result.
//
// Asio keeps what the function posts apart until the turn has ended, so a task that the test posts
// next may overtake it. A test that needs the order waits for one more turn: on_loop(loop, [] {}).
// Not all tests want that: some give the loop a task while the work that the one before posted is
// under way.
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
