#include "bgpd/events/history_state.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>

#include "bgpd/session/loop.h"

namespace tern::events {
namespace {

constexpr std::chrono::seconds kTryAgain{1};
constexpr std::size_t kEventOverhead = 512;  // octets that a waiting event takes beside its texts
constexpr std::size_t kTextOverhead = 96;    // and that a text of a list takes beside itself

std::size_t octets_of(const Event& event) {
  const Subject& about = event.subject;
  std::size_t octets = kEventOverhead + event.summary.size() + event.key.size();
  octets += about.prefix.size() + about.neighbor.size() + about.pop.size() + about.source.size();
  for (const auto& [name, value] : event.evidence) {
    octets += kTextOverhead + name.size() + value.size();
  }
  for (const std::string& example : event.examples) octets += kTextOverhead + example.size();
  return octets;
}

}  // namespace

// ---- Any thread

void HistoryState::apply(const HistorySettings& settings) {
  const std::lock_guard lock(mutex_);
  if (settings.path != settings_.path) {
    write_failed_ = other_failed_ = false;
    status_.good = true;
  }
  settings_ = settings;
  status_.is_on = !settings.path.empty();
  applied_ = true;
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
  if (ending_ || asked_.size() >= EventHistory::kMostReads) return false;
  asked_.push_back({before, std::move(filter), std::move(read)});
  changed_.notify_all();
  return true;
}

HistoryStatus HistoryState::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void HistoryState::fail(const std::string& error) {
  const std::lock_guard lock(mutex_);
  status_.good = false;
  status_.last_error = error;
}

void HistoryState::begin_end(std::chrono::seconds patience) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(ending_, true)) return;
  patience_ = patience;
  deadline_ = Clock::now() + patience;
  changed_.notify_all();
}

// Reads that wait are freed here, and not on the thread: what they hold may not outlive the caller.
bool HistoryState::end() {
  {
    const std::lock_guard lock(calls_mutex_);
    calls_ = false;
  }
  std::deque<Asked> dropped;
  std::unique_lock lock(mutex_);
  dropped.swap(asked_);
  const bool ended = changed_.wait_until(lock, deadline_ + patience_, [this] { return ended_; });
  if (const std::size_t left = events_.size() + writing_; left != 0) {
    spdlog::warn("events: the history has not got the last {} events{}", left,
                 write_failed_ ? ": " + status_.last_error : "");
  }
  return ended;
}

// ---- The thread

// A write that is due waits for one read at most.
HistoryState::Work HistoryState::next_work(Clock::time_point now) const {
  const bool is_on = !settings_.path.empty();
  const bool writes = is_on && !events_.empty() && (ending_ || now >= try_at_);
  if (ending_) return writes ? Work::Write : Work::None;
  if (reads_back_ != 0) return Work::ReadBack;
  if (!asked_.empty() && !(writes && read_last_)) return Work::Read;
  if (writes) return Work::Write;
  return is_on && now >= forget_at_ ? Work::Forget : Work::None;
}

// Behind a failure, what waits is tried once more.
bool HistoryState::may_end(Clock::time_point now) const {
  return events_.empty() || (write_failed_ && tried_at_end_) || now >= deadline_;
}

void HistoryState::run() {
  std::unique_lock lock(mutex_);
  while (!ending_ || !may_end(Clock::now())) {
    const Work work = next_work(Clock::now());
    if (work == Work::None) {
      rest(lock);
    } else {
      serve(work, lock);
    }
  }
  close(lock);
  ended_ = true;
  changed_.notify_all();
}

void HistoryState::rest(std::unique_lock<std::mutex>& lock) {
  if (!settings_.path.empty()) {
    changed_.wait_until(lock, events_.empty() ? forget_at_ : std::min(try_at_, forget_at_));
  } else if (!database_.settings().path.empty()) {
    close(lock);
  } else {
    changed_.wait(lock);
  }
}

// Without the lock, because a close may write.
void HistoryState::close(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  database_.set({});
  lock.lock();
}

// Does one thing without the lock.
void HistoryState::serve(Work work, std::unique_lock<std::mutex>& lock) {
  const HistorySettings settings = settings_;
  const bool again = std::exchange(applied_, false) || (ending_ && !tried_at_end_);
  const std::size_t most = work == Work::ReadBack ? std::exchange(reads_back_, 0) : 0;
  Asked asked;
  std::vector<Event> events;
  if (work == Work::Read) {
    asked = std::move(asked_.front());
    asked_.pop_front();
  } else if (work == Work::Write) {
    tried_at_end_ = ending_;
    const auto end = events_.begin() +
                     static_cast<std::ptrdiff_t>(std::min(events_.size(), EventHistory::kBatch));
    events.assign(std::move_iterator(events_.begin()), std::move_iterator(end));
    events_.erase(events_.begin(), end);
    writing_ = events.size();
  } else if (work == Work::Forget) {
    forget_at_ = Clock::now() + EventHistory::kForgetEvery;
  }
  read_last_ = work == Work::Read;
  lock.unlock();
  database_.set(settings);
  if (again) database_.end_pause();
  if (work == Work::ReadBack) find(most);
  if (work == Work::Read) answer(asked);
  if (work == Work::Write) write(std::move(events));
  if (work == Work::Forget) forget();
  asked = {};
  lock.lock();
}

// Only a write shows that events can be written: to delete nothing succeeds on a full disk, too.
void HistoryState::note_write(const std::optional<store::Error>& fault) {
  write_failed_ = fault.has_value();
  if (fault) {
    try_at_ = Clock::now() + kTryAgain;
    return note_fault(*fault);
  }
  note_good();
}

void HistoryState::note_other(const std::optional<store::Error>& fault) {
  other_failed_ = fault.has_value();
  if (fault) {
    forget_at_ = Clock::now() + kTryAgain;  // which shows when the fault is over
    return note_fault(*fault);
  }
  note_good();
}

void HistoryState::note_good() {
  if (write_failed_ || other_failed_ || std::exchange(status_.good, true) || ending_) return;
  spdlog::info("events: the history is written again");
}

void HistoryState::note_fault(const store::Error& fault) {
  status_.good = false;
  status_.last_error = fault.message;
  if (ending_ || !lines_.pass(session::steady_nanoseconds())) return;
  spdlog::error("events: the history cannot be written, {} events wait: {}", events_.size(),
                fault.message);
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
  writing_ = 0;
  if (fault && !settings_.path.empty()) {
    events_.insert(events_.begin(), std::move_iterator(events.begin()),
                   std::move_iterator(events.end()));
  } else {
    for (const Event& event : events) octets_ -= octets_of(event);
  }
  note_write(fault);
}

// Goes on at once where more is to be deleted, between two writes.
void HistoryState::forget() {
  const auto done = database_.forget(session::unix_seconds());
  const std::lock_guard lock(mutex_);
  note_other(done ? std::nullopt : std::optional(done.error()));
  if (!done) return;
  status_.rows = done->rows;
  if (done->more) forget_at_ = {};
}

void HistoryState::answer(const Asked& asked) {
  HistoryPage page = database_.read(asked.before, asked.filter);
  if (page.bad != 0 && bad_rows_.pass(session::steady_nanoseconds())) {
    log(std::to_string(page.bad) + " rows of the history are no events and were skipped");
  }
  const std::lock_guard lock(calls_mutex_);
  if (calls_) asked.read(std::move(page));
}

void HistoryState::find(std::size_t most) {
  const auto history = std::make_shared<EventWriter::History>();
  history->path = database_.settings().path;
  const auto fault = database_.read_back(most, history->events, history->bad);
  {
    const std::lock_guard lock(mutex_);
    note_other(fault);
  }
  const std::lock_guard lock(calls_mutex_);
  if (calls_) found_(history);
}

}  // namespace tern::events
