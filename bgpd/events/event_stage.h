// The stage of events: takes reports from any thread, and makes and keeps events of them on a
// thread of its own, tern-event, which also writes the log lines. The file, the history
// and the webhooks have threads of their own (event_writer.h, event_history.h, webhooks.h).
//
// kMostQueued reports wait for the thread. Where the queue is full, reports that begin an event are
// dropped and counted; ends have as much room again, because an event without its end stays open.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "bgpd/events/event_file.h"
#include "bgpd/events/event_history.h"
#include "bgpd/events/event_log.h"
#include "bgpd/events/webhook.h"

namespace tern::events {

struct EventSettings {
  std::size_t keep = 1000;
  bool log = true;
  FileSettings file;
  HistorySettings history;
  std::vector<WebhookSettings> webhooks;
  WebhookSender sender;  // for the webhooks
  friend bool operator==(const EventSettings&, const EventSettings&) = default;
};

struct StageCounts {
  EventCounts events;
  std::uint64_t dropped = 0;      // reports, ever
  std::uint64_t file_errors = 0;  // lines that the file did not take, ever
  std::size_t kept = 0;
};

// All members from any thread, except the destructor.
class EventStage {
 public:
  static constexpr std::size_t kMostQueued = 16'384;
  static constexpr std::chrono::seconds kMostHistoryWait{10};

  // have_folder: makes the folder of the history where it is missing, and returns what is wrong;
  // called on the thread of the history.
  explicit EventStage(HistoryDatabase::HaveFolder have_folder = nullptr);
  ~EventStage();
  EventStage(const EventStage&) = delete;
  EventStage& operator=(const EventStage&) = delete;

  // The first call reads events of an earlier run from the history, or from the file where there is
  // no history, or nothing in it. Reports of report() wait for that, for kMostHistoryWait at most;
  // take() does not wait. Each call opens the file anew.
  void apply(const EventSettings& settings);
  // False: the report was dropped.
  bool report(Report report);

  // See EventLog::read(). A read looks at a bounded number of events.
  [[nodiscard]] std::vector<std::shared_ptr<const Event>> read(std::uint64_t& change,
                                                               std::size_t most,
                                                               const EventLog::Wants& wants) const;
  [[nodiscard]] std::uint64_t last_change() const;
  [[nodiscard]] std::uint64_t forgotten() const;
  [[nodiscard]] std::uint32_t last_id() const;
  [[nodiscard]] StageCounts counts() const;
  [[nodiscard]] std::vector<WebhookStatus> webhooks() const;
  [[nodiscard]] HistoryStatus history() const;
  // See EventHistory::read().
  [[nodiscard]] bool read_history(std::int64_t before, HistoryFilter filter,
                                  EventHistory::Read read);
  // Runs the task on tern-event, between two reports: for work that reports much. The caller bounds
  // its tasks that wait.
  void post(std::function<void()> task);
  // Returns when tern-event has run all tasks that were posted before. Not from a task.
  void drain();
  // Takes a report at once, without the queue. Only from a task of post().
  void take(Report report);

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace tern::events
