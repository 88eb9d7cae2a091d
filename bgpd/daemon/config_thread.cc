#include "bgpd/daemon/config_thread.h"

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "rib/base/signals_blocked.h"

namespace tern::daemon {
namespace {

constexpr auto kLookAgain = std::chrono::seconds(1);  // whether kept programs are unused

}  // namespace

class ConfigThread::Impl {
 public:
  Impl() {
    const rib::SignalsBlocked blocked;
    thread_ = std::thread([this] { run(); });
    (void)::pthread_setname_np(thread_.native_handle(), "tern-conf");  // for top
  }
  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void post(std::function<void()> work) {
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back(std::move(work));
    }
    changed_.notify_one();
  }

  void keep_until_unused(policy::PolicySet policies) { kept_.push_back(std::move(policies)); }

 private:
  void run() {
    while (auto work = next()) {
      work();
      work = nullptr;  // what it holds goes before anybody looks at what is kept
      drop_unused();
    }
  }

  // Nothing when the thread is to end.
  std::function<void()> next() {
    std::unique_lock lock(mutex_);
    const auto wanted = [this] { return stopping_ || !queue_.empty(); };
    while (!wanted()) {
      if (kept_.empty()) {
        changed_.wait(lock, wanted);
      } else if (!changed_.wait_for(lock, kLookAgain, wanted)) {
        lock.unlock();
        drop_unused();
        lock.lock();
      }
    }
    if (stopping_) return nullptr;
    auto work = std::move(queue_.front());
    queue_.pop_front();
    return work;
  }

  void drop_unused() {
    for (policy::PolicySet& policies : kept_) policies.drop_unused();
    std::erase_if(kept_, [](const policy::PolicySet& policies) { return policies.empty(); });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;

  // This thread only.
  std::vector<policy::PolicySet> kept_;

  std::thread thread_;  // last: it uses the others
};

ConfigThread::ConfigThread() : impl_(std::make_unique<Impl>()) {}
ConfigThread::~ConfigThread() = default;
void ConfigThread::post(std::function<void()> work) { impl_->post(std::move(work)); }
void ConfigThread::keep_until_unused(policy::PolicySet policies) {
  impl_->keep_until_unused(std::move(policies));
}

}  // namespace tern::daemon
