// A thread with a queue of tasks, which runs one task after another, in order. The thread is
// started with all signals blocked.
//
// The queue has no bound: the caller bounds the number of its tasks that wait.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace tern::session {

class WorkThread {
 public:
  using Task = std::function<void()>;
  // Runs on the thread behind each task, and while it returns true also once a second.
  using Behind = std::function<bool()>;

  // `name` is what top(1) shows, 15 characters at most.
  explicit WorkThread(const char* name, Behind behind = nullptr);
  ~WorkThread() { stop(); }
  WorkThread(const WorkThread&) = delete;
  WorkThread& operator=(const WorkThread&) = delete;

  // Any thread. WorkThread frees what the task holds on the thread, before it calls `behind`.
  void post(Task task);
  // Returns when the tasks that were posted before have run. Not from a task, nor beside stop().
  void drain();
  // Waits for the task that runs, and drops the tasks behind it. Not from a task.
  void stop();
  // Called by a task: waits for this time, or until stop().
  void rest(std::chrono::nanoseconds time);

 private:
  void run();
  [[nodiscard]] Task next(bool again);

  const Behind behind_;

  // Used by any thread, with the lock.
  std::mutex mutex_;
  std::condition_variable change_;
  std::deque<Task> waiting_;
  bool stopped_ = false;

  std::thread thread_;  // last: the thread uses the other members
};

}  // namespace tern::session
