#include "bgpd/api/lister.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "rib/base/signals_blocked.h"

namespace tern::api {

class Lister::Impl {
 public:
  Impl() {
    const rib::SignalsBlocked while_it_starts;
    thread_ = std::thread([this] { run(); });
    (void)::pthread_setname_np(thread_.native_handle(), "tern-list");  // for top
  }
  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void post(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(work));
    change_.notify_one();
  }
  void rest(bool rests) {
    const std::lock_guard lock(mutex_);
    rests_ = rests;
  }
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
      change_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kLongestRest{100};
  static constexpr int kShare = 16;

  void run() {
    constexpr int kNice = 10;
    // On Linux a thread has a niceness of its own.
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
    while (const std::function<void()> work = next()) {
      const Clock::time_point begin = Clock::now();
      work();
      rest_after(Clock::now() - begin);
    }
  }

  // Nothing: it is over.
  std::function<void()> next() {
    std::unique_lock lock(mutex_);
    change_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
    if (stopped_) return nullptr;
    std::function<void()> work = std::move(waiting_.front());
    waiting_.pop_front();
    return work;
  }

  void rest_after(Clock::duration took) {
    std::unique_lock lock(mutex_);
    if (!rests_) return;
    const auto until = Clock::now() + std::min<Clock::duration>(kShare * took, kLongestRest);
    while (!stopped_ && change_.wait_until(lock, until) != std::cv_status::timeout) {
    }
  }

  std::mutex mutex_;
  std::condition_variable change_;
  std::deque<std::function<void()>> waiting_;  // one for each listing at most
  bool rests_ = false;
  bool stopped_ = false;
  std::thread thread_;
};

Lister::Lister() : impl_(std::make_unique<Impl>()) {}
Lister::~Lister() = default;

void Lister::post(std::function<void()> work) { impl_->post(std::move(work)); }
void Lister::rest(bool rests) { impl_->rest(rests); }
void Lister::stop() { impl_->stop(); }

}  // namespace tern::api
