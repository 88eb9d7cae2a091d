#include "bgpd/kernel/kernel_thread.h"

#include <spdlog/spdlog.h>

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "bgpd/kernel/chooser.h"
#include "bgpd/kernel/installer.h"
#include "bgpd/kernel/installer_status.h"
#include "bgpd/session/log_limiter.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/timer.h"
#include "rib/base/named_thread.h"

namespace tern::kernel {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kSecond{1};
// Routes that the kernel refused are tried again.
constexpr int kRetryEvery = 30;  // seconds
// Changes that wait; beyond, the feed reads no more. The journal keeps what has changed meanwhile.
constexpr std::size_t kMostQueued = 16384;
// Notifications of others coalesce, so that next hops are asked about twenty times a second at
// most.
constexpr milliseconds kSettle{50};
constexpr seconds kMostRemoval{30};  // at the end

}  // namespace

class KernelThread::Impl {
 public:
  explicit Impl(std::shared_ptr<pipeline::NextHopFinder> finder)
      : finder_(std::move(finder)),
        work_(context_.get_executor()),
        heard_(context_),
        settle_(context_, [this] { listen(); }),
        clock_(context_, [this] { every_second(); }) {
    thread_ = rib::start_thread<std::thread>("tern-kernel", [this] { context_.run(); });
  }

  ~Impl() {
    asio::post(context_, [this] {
      if (!leave_former_to_next()) remove_former();
      close(settings_ && !settings_->keep_on_exit, true);
      context_.stop();
    });
    thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  template <typename Fn>
  void post(Fn&& fn) {
    asio::post(context_, std::forward<Fn>(fn));
  }

  void reconfigure(KernelSettings settings) {
    if (installer_ && installer_->place() != settings.place) leave_for(settings.place);
    settings_ = std::move(settings);
    chooser_.emplace(*settings_);
    if (!installer_) {
      installer_ = std::make_unique<Installer>(settings_->place, finder_);
      spare_former();
      waiting_ = true;
    }
    open();
    clock_.start(kSecond);
    publish();
  }

  void stop() {
    remove_former();
    close(true, true);
    settings_.reset();
    clock_.stop();
    publish();
  }

  void begin_refresh() {
    if (installer_) installer_->table().begin_refresh();
    waiting_ = true;
  }

  void end_refresh() {
    if (!installer_) return;
    const bool starting = installer_->table().starting();
    installer_->end_refresh();
    waiting_ = false;
    const fib::Counts& counts = installer_->table().counts();
    spdlog::info("kernel: {} routes are wanted, {} {} are removed", counts.wanted, counts.unwanted,
                 starting ? "of earlier times" : "others");
    schedule();
  }

  void look_again() {
    if (!installer_) return;
    installer_->table().targets().look_again();
    schedule();
  }

  void take(const std::shared_ptr<Batch>& batch, std::function<void()> ready) {
    attributes_ = batch->attributes;
    if (batch->read.fell_behind) ++journal_resyncs_;
    for (const PrefixRow& row : batch->prefixes) {
      if (!installer_) break;  // stop() came meanwhile
      const auto target = chooser_->choose(*batch, row, *attributes_);
      if (target) {
        installer_->table().want(row.prefix, *target);
      } else {
        installer_->table().unwant(row.prefix);
        if (former_) former_->table().unwant(row.prefix);
      }
    }
    batch->prefixes.clear();
    batch->paths.clear();
    ready_ = std::move(ready);
    schedule();
  }

  [[nodiscard]] KernelStatus status() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }

 private:
  void open() {
    if (heard_.is_open()) return;
    if (!installer_->is_open() && !installer_->open()) {
      return note_error(std::string("no rtnetlink socket: ") + std::strerror(errno));
    }
    heard_.assign(installer_->monitor());
    wait_for_others();
    schedule();
  }

  void leave_alone() {
    if (heard_.is_open()) heard_.release();
    settle_.stop();
  }

  void close(bool remove, bool other_metrics) {
    if (!installer_) return;
    leave_alone();
    if (remove && installer_->is_open()) installer_->remove_all(kMostRemoval, other_metrics);
    end(installer_);
  }

  void end(std::unique_ptr<Installer>& installer) {
    add_growing(*installer, ended_);
    installer.reset();
  }

  // ---- Another table or metric: the routes of the former place stay until the new ones are there
  //
  // Four states:
  //   off      no installer_, no former_: there are no settings.
  //   alone    installer_ only.
  //   beside   installer_ and former_: installer_ is not complete, and former_ removes only routes
  //            that BGP withdraws.
  //   leaving  installer_ and former_, with leaving_ set: installer_ is complete, and former_
  //            removes its routes.
  //
  // leave_for() goes from alone to beside, and leave_former() on to leaving and back to alone.
  // stop() goes to off. If yet another place comes while the state is leaving, the former routes
  // are removed at once. While it is beside, the incomplete installer ends: it has nothing that
  // former_ has not, so one former place is enough. The state is then alone if the new place is the
  // former one, else beside. The routes of a place that differs in its protocol number alone are
  // removed at once, because the kernel has one route of a prefix and metric in a table.

  // Before the settings with another place count: the caller makes an installer if there is none.
  void leave_for(const Place& next) {
    if (leaving_) remove_former();  // the present place is complete
    if (!former_ && can_stand_beside(installer_->place(), next)) {
      leave_alone();
      former_ = std::move(installer_);
      former_->spare_other_metrics();
      return;
    }
    close(true, false);
    if (former_ && former_->place() == next) {
      installer_ = std::move(former_);
    } else if (former_ && !can_stand_beside(former_->place(), next)) {
      remove_former();
    }
  }

  static bool can_stand_beside(const Place& one, const Place& other) {
    return one.table != other.table || one.metric != other.metric;
  }

  void remove_former() {
    if (!former_) return;
    if (former_->is_open()) former_->remove_all(kMostRemoval, false);
    end_former();
  }

  void end_former() {
    end(former_);
    leaving_ = false;
    spare_former();
  }

  // Leaves the routes of a former metric to former_, which removes and counts them.
  void spare_former() {
    if (!installer_) return;
    const bool beside = former_ && former_->place().table == installer_->place().table;
    installer_->spare_metric(beside ? std::optional(former_->place().metric) : std::nullopt);
  }

  // At the end of ternd. True: the next process finds the routes of the former metric, and removes
  // these routes when its own are in the kernel.
  [[nodiscard]] bool leave_former_to_next() const {
    if (!former_ || !settings_ || !settings_->keep_on_exit || leaving_) return false;
    const Place& place = former_->place();
    return place.table == settings_->place.table && place.protocol == settings_->place.protocol;
  }

  // Removes some routes of the former place. Until the new installer has settled, leave_former()
  // removes only the routes that BGP withdrew, and from then on all routes. True: there are more.
  bool leave_former() {
    if (!former_ || !installer_) return false;
    if (!leaving_ && !waiting_ && installer_->settled()) {
      leaving_ = true;
      former_->want_nothing(false);
    }
    if (former_->is_open() && former_->work()) return true;
    const bool refused = former_->is_open() && former_->table().size() != 0;
    if (leaving_ && !refused) end_former();
    return false;
  }

  // ---- Work, one batch of changes a turn, so that tasks and notifications have theirs

  void schedule() {
    if (std::exchange(scheduled_, true)) return;
    post([this] {
      scheduled_ = false;
      step();
    });
  }

  void step() {
    bool more = installer_ && installer_->is_open() && installer_->work();
    if (!more) more = leave_former();
    if (!more) more = attributes_ != nullptr && attributes_->tidy();
    take_error();
    if (ready_ && (!installer_ || installer_->table().queued() < kMostQueued)) {
      std::exchange(ready_, nullptr)();
    }
    more ? schedule() : publish();
  }

  void wait_for_others() {
    heard_.async_wait(asio::posix::stream_descriptor::wait_read,
                      [this](const boost::system::error_code& error) {
                        if (!error && !settle_.running()) listen();
                      });
  }

  // The first notification is heard at once, and those that follow when the time to settle is over.
  void listen() {
    if (!installer_) return;
    if (installer_->listen()) {
      schedule();
      settle_.start(settle_time());
    } else {
      if (installer_->table().has_changes()) schedule();
      wait_for_others();
    }
  }

  // So that questions about many next hops take the smaller part of the time.
  [[nodiscard]] milliseconds settle_time() const {
    const auto thousands = installer_->table().targets().next_hops() / 1000;
    return kSettle + 20 * milliseconds(thousands);
  }

  void every_second() {
    if (!installer_) return;
    open();
    installer_->every_second();
    if (former_) former_->every_second();
    if (++second_ % kRetryEvery == 0) installer_->table().retry();
    schedule();
    if (const auto count = error_lines_.take_left_out(session::steady_nanoseconds())) {
      spdlog::error("kernel: {} more errors; ternctl show kernel", count);
    }
    publish();
    clock_.start(kSecond);
  }

  void take_error() {
    for (const auto* const installer : {&former_, &installer_}) {
      if (!*installer) continue;
      std::string error = (*installer)->take_error();
      if (!error.empty()) note_error(std::move(error));
    }
  }

  void note_error(std::string error) {
    if (error_lines_.pass(session::steady_nanoseconds())) spdlog::error("kernel: {}", error);
    last_error_ = std::move(error);
    last_error_seconds_ = session::unix_seconds();
  }

  void publish() {
    KernelStatus next;
    next.state = state();
    if (settings_) next.place = settings_->place;
    if (installer_) show_present(*installer_, next);
    if (former_) show_former(*former_, next);
    next.counts.add_growing(ended_.counts);
    next.unanswered += ended_.unanswered;
    next.kernel_resyncs += ended_.kernel_resyncs;
    next.journal_resyncs = journal_resyncs_;
    next.last_error = last_error_;
    next.last_error_seconds = last_error_seconds_;
    const std::lock_guard lock(mutex_);
    std::swap(status_, next);
  }

  [[nodiscard]] KernelState state() const {
    if (!settings_) return KernelState::Off;
    if (!installer_->is_open()) return KernelState::NoSocket;
    if (!waiting_) return KernelState::Running;
    return installer_->table().starting() ? KernelState::Waiting : KernelState::Refreshing;
  }

  const std::shared_ptr<pipeline::NextHopFinder> finder_;
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;

  // The thread only.
  rib::AttrTable* attributes_ = nullptr;  // the table whose sets the thread has held
  std::optional<KernelSettings> settings_;
  std::optional<Chooser> chooser_;
  std::unique_ptr<Installer> installer_;
  std::unique_ptr<Installer> former_;     // of the place before the last reload
  bool leaving_ = false;                  // the routes of former_ are being removed
  asio::posix::stream_descriptor heard_;  // the installer's descriptor
  session::Timer settle_;
  session::Timer clock_;
  std::function<void()> ready_;  // of the last batch
  bool scheduled_ = false;
  bool waiting_ = true;  // for end_refresh()
  int second_ = 0;
  std::uint64_t journal_resyncs_ = 0;
  KernelStatus ended_;  // of installers that have ended: the members that only grow
  session::LogLimiter error_lines_;
  std::string last_error_;
  std::uint64_t last_error_seconds_ = 0;

  mutable std::mutex mutex_;
  KernelStatus status_;  // with the lock

  std::thread thread_;  // last: the thread uses the other members
};

KernelThread::KernelThread(std::shared_ptr<pipeline::NextHopFinder> finder)
    : impl_(std::make_unique<Impl>(std::move(finder))) {}
KernelThread::~KernelThread() = default;

void KernelThread::reconfigure(KernelSettings settings) {
  impl_->post([impl = impl_.get(), next = std::move(settings)]() mutable {
    impl->reconfigure(std::move(next));
  });
}
void KernelThread::stop() {
  impl_->post([impl = impl_.get()] { impl->stop(); });
}
void KernelThread::begin_refresh() {
  impl_->post([impl = impl_.get()] { impl->begin_refresh(); });
}
void KernelThread::end_refresh() {
  impl_->post([impl = impl_.get()] { impl->end_refresh(); });
}
void KernelThread::look_again() {
  impl_->post([impl = impl_.get()] { impl->look_again(); });
}
void KernelThread::take(std::shared_ptr<Batch> batch, std::function<void()> ready) {
  impl_->post([impl = impl_.get(), batch = std::move(batch), ready = std::move(ready)]() mutable {
    impl->take(batch, std::move(ready));
  });
}
KernelStatus KernelThread::status() const { return impl_->status(); }

}  // namespace tern::kernel
