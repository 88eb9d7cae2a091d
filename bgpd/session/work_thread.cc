#include "bgpd/session/work_thread.h"

#include <future>
#include <utility>

#include "rib/base/named_thread.h"

namespace tern::session {
namespace {

constexpr auto kAgain = std::chrono::seconds(1);

}  // namespace

WorkThread::WorkThread(const char* name, Behind behind) : behind_(std::move(behind)) {
  thread_ = rib::start_thread<std::thread>(name, [this] { run(); });
}

void WorkThread::post(Task task) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(task));
  change_.notify_one();
}

void WorkThread::drain() {
  std::promise<void> done;
  post([&done] { done.set_value(); });
  done.get_future().wait();
}

void WorkThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    change_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void WorkThread::rest(std::chrono::nanoseconds time) {
  std::unique_lock lock(mutex_);
  change_.wait_for(lock, time, [this] { return stopped_; });
}

void WorkThread::run() {
  bool again = false;
  while (Task task = next(again)) {
    task();
    task = nullptr;
    again = behind_ && behind_();
  }
}

// Null after stop().
WorkThread::Task WorkThread::next(bool again) {
  std::unique_lock lock(mutex_);
  const auto wanted = [this] { return stopped_ || !waiting_.empty(); };
  while (again && !change_.wait_for(lock, kAgain, wanted)) {
    lock.unlock();
    again = behind_();
    lock.lock();
  }
  change_.wait(lock, wanted);
  if (stopped_) return nullptr;
  Task task = std::move(waiting_.front());
  waiting_.pop_front();
  return task;
}

}  // namespace tern::session
