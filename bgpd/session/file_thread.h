// A thread that looks at files of the configuration once a second and reads those that have
// changed. A worker knows what the files mean.
//
// Worker has four functions, for the thread alone. `bool take(Settings next)` takes new settings
// and reads the files that it did not have before; it returns whether these are other settings.
// `bool look()` reads the files that have changed, and returns whether a content is another.
// `void publish()` is called after a change. `Status status() const` returns a copy for other
// threads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "rib/base/named_thread.h"

namespace tern::session {

template <typename Worker, typename Settings, typename Status>
class FileThread {
 public:
  // name: of the thread, at most 15 characters.
  FileThread(const char* name, Worker worker) : worker_(std::move(worker)) {
    thread_ = rib::start_thread<std::thread>(name, [this] { run(); });
  }
  // Waits for a file that is being read.
  ~FileThread() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  FileThread(const FileThread&) = delete;
  FileThread& operator=(const FileThread&) = delete;

  // Any thread; does not wait.
  void reconfigure(Settings settings) {
    {
      const std::lock_guard lock(mutex_);
      next_ = std::move(settings);
    }
    wake_.notify_all();
  }
  // Any thread; does not wait. The thread calls the jobs in order, after a look that is due. The
  // caller bounds the number of jobs that wait. The destructor drops those that wait.
  void post(std::function<void(Worker&)> job) {
    {
      const std::lock_guard lock(mutex_);
      jobs_.push_back(std::move(job));
    }
    wake_.notify_all();
  }
  // Waits until the settings of the last reconfigure() are taken and published.
  void wait_until_taken() {
    std::unique_lock lock(mutex_);
    taken_.wait(lock, [this] { return !next_ && !takes_; });
  }
  // Any thread. As of the last look.
  [[nodiscard]] Status status() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }

 private:
  static constexpr auto kLookEvery = std::chrono::seconds(1);

  // New settings come at any time, and a look at files that were there before does not come with
  // them: a file in the middle of being written would seem to stand still (conf::FileWatch).
  void run() {
    auto next_look = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex_);
    while (!ending_) {
      std::optional<Settings> next = std::exchange(next_, std::nullopt);
      takes_ = next.has_value();
      std::deque<std::function<void(Worker&)>> jobs = std::exchange(jobs_, {});
      lock.unlock();
      bool changed = next && worker_.take(*std::move(next));
      if (std::chrono::steady_clock::now() >= next_look) {
        changed = worker_.look() || changed;
        next_look = std::chrono::steady_clock::now() + kLookEvery;
      }
      if (changed) worker_.publish();
      for (const auto& job : jobs) job(worker_);
      jobs.clear();
      Status status = worker_.status();
      lock.lock();
      std::swap(status_, status);
      if (std::exchange(takes_, false)) taken_.notify_all();
      wake_.wait_until(lock, next_look, [this] { return ending_ || next_ || !jobs_.empty(); });
    }
  }

  Worker worker_;  // the thread only

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable taken_;
  std::optional<Settings> next_;  // these with the lock
  std::deque<std::function<void(Worker&)>> jobs_;
  bool takes_ = false;
  Status status_;
  bool ending_ = false;

  std::thread thread_;  // last: the thread uses the other members
};

}  // namespace tern::session
