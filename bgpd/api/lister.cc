#include "bgpd/api/lister.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio.hpp>
#include <chrono>
#include <thread>

#include "rib/signals_blocked.h"

namespace tern::api {
namespace asio = boost::asio;

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
    asio::post(context_, [this, work = std::move(work)] {
      const Clock::time_point begin = Clock::now();
      work();
      if (!rests_.load(std::memory_order_relaxed)) return;
      constexpr int kShare = 16;
      std::this_thread::sleep_for(
          std::min<Clock::duration>(kShare * (Clock::now() - begin), kLongestRest));
    });
  }
  void rest(bool rests) { rests_.store(rests, std::memory_order_relaxed); }
  void stop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kLongestRest{100};

  void run() {
    constexpr int kNice = 10;
    // On Linux a thread has a niceness of its own.
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
    context_.run();
  }

  asio::io_context context_;
  const asio::executor_work_guard<asio::io_context::executor_type> until_stopped_{
      context_.get_executor()};
  std::atomic<bool> rests_{false};
  std::thread thread_;
};

Lister::Lister() : impl_(std::make_unique<Impl>()) {}
Lister::~Lister() = default;

void Lister::post(std::function<void()> work) { impl_->post(std::move(work)); }
void Lister::rest(bool rests) { impl_->rest(rests); }
void Lister::stop() { impl_->stop(); }

}  // namespace tern::api
