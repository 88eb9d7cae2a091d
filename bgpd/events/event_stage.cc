#include "bgpd/events/event_stage.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

#include "bgpd/events/event_line.h"
#include "bgpd/events/event_words.h"
#include "bgpd/events/event_writer.h"
#include "bgpd/events/fair_mutex.h"
#include "bgpd/events/webhooks.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/work_thread.h"

namespace tern::events {
namespace {

constexpr std::size_t kTurn = 256;   // reports of one turn
constexpr std::size_t kLocked = 64;  // reports, or events, for which the log is locked in one piece

using LogLock = std::lock_guard<FairMutex>;

}  // namespace

class EventStage::Impl {
 public:
  explicit Impl(HistoryDatabase::HaveFolder have_folder)
      : log_(EventSettings().keep,
             [this](const Event& event, EventLog::Change change) { line(event, change); }),
        writer_([this](std::shared_ptr<EventWriter::History> history) {
          thread_.post([this, history] { take_history(*history); });
        }),
        history_(
            [this](std::shared_ptr<EventWriter::History> history) {
              thread_.post([this, history] { take_stored(*history); });
            },
            std::move(have_folder)),
        thread_("tern-event", [this] { return behind(); }) {}
  ~Impl() {
    thread_.stop();
    log_.say_rest();
    write_lines();
    webhooks_.begin_end();
    history_.begin_end();
    writer_.begin_end();
    webhooks_.end();
    history_.end();
    writer_.end();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void apply(const EventSettings& settings) {
    thread_.post([this, settings] { take(settings); });
  }

  void post(std::function<void()> task) { thread_.post(std::move(task)); }
  void drain() { thread_.drain(); }

  bool report(Report report) {
    {
      const std::lock_guard lock(queue_mutex_);
      const std::size_t room = report.what == Report::What::End ? 2 * kMostQueued : kMostQueued;
      if (queue_.size() >= room) {
        ++dropped_;
        return false;
      }
      queue_.push_back(std::move(report));
      if (std::exchange(turn_posted_, true)) return true;
    }
    thread_.post([this] { turn(); });
    return true;
  }

  void take_now(Report report) {
    const LogLock lock(log_mutex_);
    log_.take(std::move(report), session::unix_seconds());
  }

  // Calls the member or function with the log, and the lock of the log.
  template <typename Fn>
  [[nodiscard]] auto with_log(Fn&& fn) const {
    const LogLock lock(log_mutex_);
    return std::invoke(fn, log_);
  }

  [[nodiscard]] std::vector<WebhookStatus> webhooks() const { return webhooks_.status(); }
  [[nodiscard]] EventHistory& history() { return history_; }

  [[nodiscard]] StageCounts counts() const {
    StageCounts counts;
    {
      const LogLock lock(log_mutex_);
      counts.events = log_.counts();
      counts.kept = log_.size();
    }
    counts.file_errors = writer_.errors();
    const std::lock_guard lock(queue_mutex_);
    counts.dropped = dropped_;
    return counts;
  }

 private:
  // A line that waits until the lock of the log is free again.
  struct Line {
    Event event;
    EventLog::Change change;
  };

  // Without the history, an event that goes on would be another one.
  void turn() {
    left_turn_ = waits_for_history_;
    if (left_turn_) return;
    std::vector<Report> reports;
    {
      const std::lock_guard lock(queue_mutex_);
      for (; !queue_.empty() && reports.size() < kTurn; queue_.pop_front()) {
        reports.push_back(std::move(queue_.front()));
      }
      if (queue_.empty()) {
        turn_posted_ = false;
      } else {
        thread_.post([this] { turn(); });
      }
    }
    const std::uint32_t now = session::unix_seconds();
    for_slices(reports, [&](Report& report) { log_.take(std::move(report), now); });
  }

  // Calls take() for each, with the lock, and writes the lines that it makes.
  template <typename List, typename Take>
  void for_slices(List& list, Take&& take) {
    for (std::size_t next = 0; next < list.size();) {
      {
        const LogLock lock(log_mutex_);
        const std::size_t end = std::min(next + kLocked, list.size());
        for (; next < end; ++next) take(list[next]);
      }
      write_lines();
    }
  }

  bool behind() {
    const std::uint32_t now = session::unix_seconds();
    write_lines();
    if (now == std::exchange(ticked_, now)) return true;
    for (bool more = true; more;) {
      {
        const LogLock lock(log_mutex_);
        more = log_.tick(now);
      }
      write_lines();
    }
    writer_.tick();
    if (waits_for_history_ && std::chrono::steady_clock::now() >= history_wait_end_) go_on();
    return true;
  }

  void take(const EventSettings& settings) {
    const bool first = !std::exchange(applied_, true);
    const std::string& path = settings.file.path;
    log_lines_ = settings.log;
    writer_.set_file(settings.file);
    const bool other = path != std::exchange(path_, path);
    has_history_ = !settings.history.path.empty();
    const bool other_history = settings.history.path != history_path_;
    history_path_ = settings.history.path;
    history_.apply(settings.history);
    keep_ = settings.keep;
    if (!first && other_history && has_history_) put_open_in_history();
    if (first && has_history_) {
      history_.read_back(keep_);
    } else if (other && !path.empty()) {
      writer_.read_back(keep_);
    }
    if (first && (has_history_ || !path.empty())) {
      restores_ = waits_for_history_ = true;
      history_wait_end_ = std::chrono::steady_clock::now() + kMostHistoryWait;
    }
    webhooks_.apply(settings.webhooks, settings.sender);
    const LogLock lock(log_mutex_);
    log_.set_keep(settings.keep);
  }

  // A history that begins has nothing yet, and one that cannot be read has nothing to offer.
  void take_stored(EventWriter::History& history) {
    if (history.events.empty() && !path_.empty()) {
      history_begins_ = true;
      return writer_.read_back(keep_);
    }
    take_history(history);
  }

  // A history that begins lacks the events whose lines were written before.
  void put_open_in_history() {
    std::uint64_t change = 0;
    for (std::uint64_t before = 1; before != change;) {
      before = change;
      std::vector<std::shared_ptr<const Event>> events;
      {
        const LogLock lock(log_mutex_);
        events = log_.read(change, kLocked, [](const Event& event) { return event.open(); });
      }
      for (const auto& event : events) history_.append(*event);
    }
  }

  // The history of a file that a reload names is not that of this run: its ids are skipped.
  void take_history(EventWriter::History& history) {
    if (history.bad != 0) {
      spdlog::warn("events: {}: {} lines are no events and were skipped", history.path,
                   history.bad);
    }
    if (std::exchange(restores_, false)) {
      const std::uint32_t now = session::unix_seconds();
      for_slices(history.events, [&](Event& event) { log_.restore(std::move(event), now); });
      if (std::exchange(history_begins_, false) && has_history_) put_open_in_history();
      if (waits_for_history_) go_on();
    } else {
      for_slices(history.events, [&](Event& event) { log_.skip_ids(event.id); });
    }
  }

  void go_on() {
    waits_for_history_ = false;
    if (left_turn_) turn();
  }

  // Called by the log, with its lock.
  void line(const Event& event, EventLog::Change change) { lines_.push_back({event, change}); }

  static const char* change_of(const Line& line) {
    if (line.change == EventLog::Change::Ended) return "ended";
    if (!line.event.open()) return "happened";
    return line.change == EventLog::Change::Began ? "began" : "again";
  }

  void write_lines() {
    for (const Line& line : std::exchange(lines_, {})) {
      const std::string_view change = change_of(line);
      if (log_lines_ && !is_logged_by_source(line.event.kind)) {
        log_event(line.event, change);
      }
      const bool posts = webhooks_.wants(line.event);
      if (has_history_) history_.append(line.event);
      if (path_.empty() && !posts) continue;
      std::string text = to_line(line.event);
      if (posts) webhooks_.append(line.event, change, text);
      if (!path_.empty()) writer_.append(std::move(text));
    }
  }

  // Held for kLocked reports or events at a time: the loop waits for this lock.
  mutable FairMutex log_mutex_;
  EventLog log_;  // with the lock

  // tern-event alone.
  bool applied_ = false;
  bool log_lines_ = true;
  std::string path_;  // of the file; empty: none
  bool has_history_ = false;
  std::string history_path_;
  bool history_begins_ = false;     // it had nothing at the start
  std::size_t keep_ = 0;            // EventSettings::keep
  bool restores_ = false;           // the next history becomes events
  bool waits_for_history_ = false;  // no turn until then, or until history_wait_end_
  std::chrono::steady_clock::time_point history_wait_end_;
  bool left_turn_ = false;  // reports wait for the history
  std::vector<Line> lines_;
  std::uint32_t ticked_ = 0;

  // With the lock.
  mutable std::mutex queue_mutex_;
  std::deque<Report> queue_;
  bool turn_posted_ = false;
  std::uint64_t dropped_ = 0;

  Webhooks webhooks_;
  EventWriter writer_;
  EventHistory history_;
  session::WorkThread thread_;  // last: the thread uses the other members
};

EventStage::EventStage(HistoryDatabase::HaveFolder have_folder)
    : impl_(std::make_unique<Impl>(std::move(have_folder))) {}
EventStage::~EventStage() = default;

void EventStage::apply(const EventSettings& settings) { impl_->apply(settings); }
bool EventStage::report(Report report) { return impl_->report(std::move(report)); }
void EventStage::take(Report report) { impl_->take_now(std::move(report)); }
void EventStage::post(std::function<void()> task) { impl_->post(std::move(task)); }
void EventStage::drain() { impl_->drain(); }
StageCounts EventStage::counts() const { return impl_->counts(); }
std::vector<WebhookStatus> EventStage::webhooks() const { return impl_->webhooks(); }
HistoryStatus EventStage::history() const { return impl_->history().status(); }
bool EventStage::read_history(std::int64_t before, HistoryFilter filter, EventHistory::Read read) {
  return impl_->history().read(before, std::move(filter), std::move(read));
}

std::vector<std::shared_ptr<const Event>> EventStage::read(std::uint64_t& change, std::size_t most,
                                                           const EventLog::Wants& wants) const {
  return impl_->with_log([&](const EventLog& log) { return log.read(change, most, wants); });
}

std::uint64_t EventStage::last_change() const { return impl_->with_log(&EventLog::last_change); }
std::uint64_t EventStage::forgotten() const { return impl_->with_log(&EventLog::forgotten); }
std::uint32_t EventStage::last_id() const { return impl_->with_log(&EventLog::last_id); }

}  // namespace tern::events
