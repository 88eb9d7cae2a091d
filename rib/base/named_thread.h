// Threads with a name, and with a label that they hand on to threads that they start: what a
// thread works for, as log lines show.
#pragma once

#include <pthread.h>

#include <string>
#include <utility>

#include "rib/base/signals_blocked.h"

namespace tern::rib {

// The label of the calling thread; "" at first. The reference stays good while the thread lives.
[[nodiscard]] const std::string& thread_label();
void set_thread_label(std::string label);

// Starts a thread with all signals blocked and with the label of the calling thread. Thread:
// std::thread, which this folder does not use itself. name: what top(1) shows, 15 characters at
// most. Throws std::system_error where the system has no thread left.
template <typename Thread, typename Run>
[[nodiscard]] Thread start_thread(const char* name, Run&& run) {
  const SignalsBlocked while_it_starts;
  Thread thread([label = thread_label(), run = std::forward<Run>(run)]() mutable {
    set_thread_label(std::move(label));
    run();
  });
  (void)::pthread_setname_np(thread.native_handle(), name);
  return thread;
}

}  // namespace tern::rib
