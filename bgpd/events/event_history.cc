// The thread shares a HistoryState with the EventHistory, because it can outlive it: a thread that
// hangs on a disk cannot be waited for, and ends with the process.
#include "bgpd/events/event_history.h"

#include <spdlog/spdlog.h>

#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "bgpd/events/history_state.h"
#include "rib/base/named_thread.h"

namespace tern::events {

class EventHistory::Impl {
 public:
  Impl(Found found, HistoryDatabase::HaveFolder have_folder)
      : state_(std::make_shared<HistoryState>(std::move(found), std::move(have_folder))) {}
  ~Impl() { end(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // A system without room for a thread costs the history, until the next settings, and no more.
  void begin() {
    const std::lock_guard lock(mutex_);
    if (thread_.joinable() || ended_) return;
    try {
      thread_ = rib::start_thread<std::thread>("tern-history", [state = state_] { state->run(); });
    } catch (const std::exception& fault) {
      const std::string error =
          std::string("the thread of the history cannot begin: ") + fault.what();
      spdlog::error("events: {}", error);
      state_->fail(error);
    }
  }
  [[nodiscard]] bool has_begun() const {
    const std::lock_guard lock(mutex_);
    return thread_.joinable();
  }
  void begin_end(std::chrono::seconds patience) {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    state_->begin_end(patience);
  }
  void end() {
    begin_end(kPatience);
    if (!thread_.joinable()) return;
    if (state_->end()) {
      thread_.join();
    } else {
      thread_.detach();
    }
  }
  [[nodiscard]] HistoryState& state() { return *state_; }

 private:
  const std::shared_ptr<HistoryState> state_;
  mutable std::mutex mutex_;
  bool ended_ = false;
  std::thread thread_;
};

EventHistory::EventHistory(Found found, HistoryDatabase::HaveFolder have_folder)
    : impl_(std::make_unique<Impl>(std::move(found), std::move(have_folder))) {}
EventHistory::~EventHistory() = default;

void EventHistory::apply(const HistorySettings& settings) {
  impl_->state().apply(settings);
  if (!settings.path.empty()) impl_->begin();
}
void EventHistory::read_back(std::size_t most) { impl_->state().read_back(most); }
void EventHistory::append(const Event& event) { impl_->state().append(event); }
bool EventHistory::read(std::int64_t before, HistoryFilter filter, Read read) {
  if (impl_->has_begun()) return impl_->state().read(before, std::move(filter), std::move(read));
  read(HistoryPage{"no history of events is kept (events.history)", {}, 0});
  return true;
}
HistoryStatus EventHistory::status() const { return impl_->state().status(); }
void EventHistory::begin_end(std::chrono::seconds patience) { impl_->begin_end(patience); }
void EventHistory::end() { impl_->end(); }

}  // namespace tern::events
