// Lets a test's thread run a function on a loop that another thread runs.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"

namespace tern::session {

// Runs the work in one turn of the loop, with all shards of the speaker at hand where there is one,
// and waits for it. Apart from its callers, which are templates of hundreds of functions.
inline void run_and_wait(Loop& loop, Speaker* speaker, const std::function<void()>& work) {
  const auto done = std::make_shared<std::promise<void>>();
  const auto run = [&work, done] {
    work();
    done->set_value();
  };
  loop.post([speaker, run] {
    if (speaker == nullptr) return run();
    speaker->look(run);
  });
  done->get_future().wait();
}

template <typename Fn>
auto run_for_result(Loop& loop, Speaker* speaker, Fn&& fn) {
  using Value = std::decay_t<decltype(fn())>;
  if constexpr (std::is_void_v<Value>) {
    run_and_wait(loop, speaker, std::ref(fn));
  } else {
    std::optional<Value> value;
    run_and_wait(loop, speaker, [&value, &fn] { value.emplace(fn()); });
    return std::move(*value);
  }
}

// Runs the function in one turn of the loop, waits for it, and returns its result.
//
// Asio keeps what the function posts apart until the turn has ended, so a task that the test posts
// next may overtake it. A test that needs the order waits for one more turn: on_loop(loop, [] {}).
// Not all tests want that: some give the loop a task while the work that the one before posted is
// under way.
template <typename Fn>
auto on_loop(Loop& loop, Fn&& fn) {
  return run_for_result(loop, nullptr, fn);
}

// The same with all shards of the speaker at hand.
template <typename Fn>
auto look(Loop& loop, Speaker& speaker, Fn&& fn) {
  return run_for_result(loop, &speaker, fn);
}

}  // namespace tern::session
