// Tasks that run one at a time, in the order in which they were posted, on any thread.
//
// A strand is idle, or one thread runs it: its runner. A thread that posts to an idle strand, or
// enters one, becomes the runner; it runs the tasks or hands the strand over to another thread, and
// leaves when no task waits. The strand itself starts no thread and never waits: Engine
// (bgpd/engine/engine.h) decides which thread runs.
//
// One word holds the state: null for idle, else a list of the tasks that were posted since the
// runner last looked, newest first, which ends at a mark. Memory orders:
//   * push() releases the task, and the runner's exchange acquires it. Pushes in between are
//     read-modify-writes, so they carry the release of earlier ones on.
//   * leave() releases what the runner did; enter(), or the push() that finds the strand idle,
//     acquires it. So each task sees what the tasks before it did.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace tern::engine {

class Task {
 public:
  // Keep: the strand stops at this task until Engine::resume(), which goes on with the next one.
  enum class Then : bool { GoOn, Keep };

  // routes: the number of routes in the task, for the bound of routes that wait for a strand.
  explicit Task(std::size_t routes = 0) : routes_(routes) {}
  virtual ~Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  // On the runner's thread, once. May move from `self`, which owns the task.
  virtual Then run(std::unique_ptr<Task>& self) = 0;
  [[nodiscard]] std::size_t routes() const { return routes_; }

 protected:
  std::size_t routes_;

 private:
  friend class Strand;
  Task* next_ = nullptr;
};

class Strand {
 public:
  Strand() = default;
  // Drops the tasks that wait. Requires that no thread uses the strand.
  ~Strand();
  Strand(const Strand&) = delete;
  Strand& operator=(const Strand&) = delete;

  // Any thread. True: the strand was idle, and the caller is its runner now.
  [[nodiscard]] bool push(std::unique_ptr<Task> task);
  // Any thread. True: the strand was idle, and the caller is its runner now.
  [[nodiscard]] bool enter();
  // Any thread; a hint.
  [[nodiscard]] bool idle() const { return posted_.load(std::memory_order_relaxed) == nullptr; }
  // For a runner that found no task: one was posted since. A hint.
  [[nodiscard]] bool waits() const {
    const Task* const newest = posted_.load(std::memory_order_relaxed);
    return newest != nullptr && newest != &running_;
  }

  // ---- The runner

  // The next task, or null when none waits.
  [[nodiscard]] std::unique_ptr<Task> next();
  // True: the strand is idle, and the caller is no longer its runner. False: a task waits.
  [[nodiscard]] bool leave();

 private:
  struct Mark final : Task {
    Then run(std::unique_ptr<Task>&) override { return Then::GoOn; }
  };

  void take();

  Mark running_;  // the end of every list in posted_
  std::atomic<Task*> posted_{nullptr};
  Task* taken_ = nullptr;  // by the runner, oldest first
};

}  // namespace tern::engine
