#include "bgpd/events/history_state.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>

#include "bgpd/session/loop.h"

namespace tern::events {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kTryAgain{1};
constexpr std::size_t kEventOverhead = 512;  // octets that a waiting event takes beside its texts

std::size_t octets_of(const Event& event) {
  std::size_t octets = kEventOverhead + event.summary.size() + event.key.size();
  for (const auto& [name, value] : event.evidence) octets += name.size() + value.size();
  for (const std::string& example : event.examples) octets += example.size();
  return octets;
}

}  // namespace

// ---- Any thread

void HistoryState::apply(const HistorySettings& settings) {
  const std::lock_guard lock(mutex_);
  settings_ = settings;
  status_.is_on = !settings.path.empty();
  if (settings.path.empty()) {
    for (const Event& event : events_) octets_ -= octets_of(event);
    events_.clear();
  }
  try_at_ = forget_at_ = {};
  changed_.notify_all();
}

void HistoryState::read_back(std::size_t most) {
  const std::lock_guard lock(mutex_);
  reads_back_ = most;
  changed_.notify_all();
}

void HistoryState::append(const Event& event) {
  const std::size_t octets = octets_of(event);
  const std::lock_guard lock(mutex_);
  if (settings_.path.empty() || ending_) return;
  if (octets_ + octets > EventHistory::kMostOctets) {
    ++status_.lost;
    return;
  }
  octets_ += octets;
  events_.push_back(event);
  changed_.notify_all();
}

bool HistoryState::read(std::int64_t before, HistoryFilter filter, Read read) {
  const std::lock_guard lock(mutex_);
  if (asked_.size() >= EventHistory::kMostReads) return false;
  asked_.push_back({before, std::move(filter), std::move(read)});
  changed_.notify_all();
  return true;
}

HistoryStatus HistoryState::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

bool HistoryState::end() {
  {
    const std::lock_guard lock(calls_mutex_);
    calls_ = false;
  }
  std::unique_lock lock(mutex_);
  ending_ = true;
  deadline_ = Clock::now() + EventHistory::kPatience;
  changed_.notify_all();
  return changed_.wait_until(lock, deadline_ + EventHistory::kPatience, [this] { return ended_; });
}

// ---- The thread

bool HistoryState::has_work(Clock::time_point now) const {
  if (ending_ || reads_back_ != 0 || !asked_.empty()) return true;
  if (settings_.path.empty()) return false;
  return (!events_.empty() && now >= try_at_) || now >= forget_at_;
}

void HistoryState::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    if (!has_work(Clock::now())) {
      if (settings_.path.empty()) {
        if (!database_.settings().path.empty()) {
          close(lock);
        } else {
          changed_.wait(lock);
        }
      } else {
        changed_.wait_until(lock, events_.empty() ? forget_at_ : std::min(try_at_, forget_at_));
      }
      continue;
    }
    if (ending_ && (events_.empty() || !status_.good || Clock::now() >= deadline_)) break;
    serve(lock);
  }
  close(lock);
  ended_ = true;
  changed_.notify_all();
}

// Without the lock, because a close may write.
void HistoryState::close(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  database_.set({});
  lock.lock();
}

// Does one thing without the lock.
void HistoryState::serve(std::unique_lock<std::mutex>& lock) {
  const HistorySettings settings = settings_;
  const Clock::time_point now = Clock::now();
  if (reads_back_ != 0 && !ending_) {
    const std::size_t most = std::exchange(reads_back_, 0);
    lock.unlock();
    database_.set(settings);
    find(most);
  } else if (!asked_.empty() && !ending_) {
    const Asked asked = std::move(asked_.front());
    asked_.pop_front();
    lock.unlock();
    database_.set(settings);
    answer(asked);
  } else if (!events_.empty() && (ending_ || now >= try_at_)) {
    const auto end = events_.begin() +
                     static_cast<std::ptrdiff_t>(std::min(events_.size(), EventHistory::kBatch));
    std::vector<Event> events(std::move_iterator(events_.begin()), std::move_iterator(end));
    events_.erase(events_.begin(), end);
    lock.unlock();
    database_.set(settings);
    write(std::move(events));
  } else {
    forget_at_ = now + EventHistory::kForgetEvery;
    lock.unlock();
    database_.set(settings);
    forget();
  }
  lock.lock();
}

void HistoryState::note(const std::optional<store::Error>& fault) {
  if (!fault) {
    if (!std::exchange(status_.good, true) && !ending_) {
      spdlog::info("events: the history is written again");
    }
    return;
  }
  status_.good = false;
  status_.last_error = fault->message;
  try_at_ = Clock::now() + kTryAgain;
  if (ending_ || !lines_.pass(session::steady_nanoseconds())) return;
  spdlog::error("events: the history cannot be written, {} events wait: {}", events_.size(),
                fault->message);
}

// The log may be gone when the thread was left behind.
void HistoryState::log(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (!ending_) spdlog::error("events: {}", text);
}

// Events that were not written wait in front of the others.
void HistoryState::write(std::vector<Event> events) {
  const auto fault = database_.write(events);
  const std::lock_guard lock(mutex_);
  if (fault && !settings_.path.empty()) {
    events_.insert(events_.begin(), std::move_iterator(events.begin()),
                   std::move_iterator(events.end()));
  } else {
    for (const Event& event : events) octets_ -= octets_of(event);
  }
  note(fault);
}

// Goes on at once where more is to be deleted, between two writes.
void HistoryState::forget() {
  const auto done = database_.forget(session::unix_seconds());
  const std::lock_guard lock(mutex_);
  note(done ? std::nullopt : std::optional(done.error()));
  if (!done) return;
  status_.rows = done->rows;
  if (done->more) forget_at_ = {};
}

void HistoryState::answer(const Asked& asked) {
  HistoryPage page = database_.read(asked.before, asked.filter);
  const std::lock_guard lock(calls_mutex_);
  if (calls_) asked.read(std::move(page));
}

void HistoryState::find(std::size_t most) {
  const auto history = std::make_shared<EventWriter::History>();
  history->path = database_.settings().path;
  const auto fault = database_.read_back(most, history->events);
  {
    const std::lock_guard lock(mutex_);
    note(fault);
  }
  const std::lock_guard lock(calls_mutex_);
  if (calls_) found_(history);
}

}  // namespace tern::events
