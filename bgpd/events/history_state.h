// The work of the thread of the history: the part of EventHistory that the thread owns, too,
// because the thread can outlive the EventHistory. Internal to bgpd/events.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/events/event_history.h"
#include "bgpd/session/log_limiter.h"

namespace tern::events {

// Members as those of EventHistory, from any thread.
class HistoryState {
 public:
  using Found = EventHistory::Found;
  using Read = EventHistory::Read;

  HistoryState(Found found, HistoryDatabase::HaveFolder have_folder)
      : found_(std::move(found)),
        database_(std::move(have_folder), [this](const std::string& text) { log(text); }) {}
  HistoryState(const HistoryState&) = delete;
  HistoryState& operator=(const HistoryState&) = delete;

  void apply(const HistorySettings& settings);
  void read_back(std::size_t most);
  void append(const Event& event);
  [[nodiscard]] bool read(std::int64_t before, HistoryFilter filter, Read read);
  [[nodiscard]] HistoryStatus status() const;
  void fail(const std::string& error);  // the thread cannot begin
  void begin_end(std::chrono::seconds patience);
  [[nodiscard]] bool end();  // behind begin_end(). False: the thread hangs

  void run();  // the thread

 private:
  struct Asked {
    std::int64_t before = 0;
    HistoryFilter filter;
    Read read;
  };

  using Clock = std::chrono::steady_clock;
  enum class Work : std::uint8_t { None, ReadBack, Read, Write, Forget };

  // The members below need the lock.
  [[nodiscard]] Work next_work(Clock::time_point now) const;
  [[nodiscard]] bool may_end(Clock::time_point now) const;
  void note_write(const std::optional<store::Error>& fault);
  void note_other(const std::optional<store::Error>& fault);
  void note_fault(const store::Error& fault);
  void note_good();
  void rest(std::unique_lock<std::mutex>& lock);
  void close(std::unique_lock<std::mutex>& lock);
  void serve(Work work, std::unique_lock<std::mutex>& lock);

  // Without the lock.
  void answer(const Asked& asked);
  void find(std::size_t most);
  void write(std::vector<Event> events);
  void forget();
  void log(const std::string& text);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  HistorySettings settings_;
  std::deque<Event> events_;
  std::size_t octets_ = 0;  // of events_, and of those that are being written
  std::deque<Asked> asked_;
  std::size_t reads_back_ = 0;  // events of a read_back() that waits; 0: none waits
  std::size_t writing_ = 0;     // events
  bool read_last_ = false;      // a write that is due goes before the next read
  HistoryStatus status_;
  bool write_failed_ = false;     // the last write, like the next one
  bool other_failed_ = false;     // the last deletion of old events, or read_back()
  session::LogLimiter lines_{2};  // a minute
  session::LogLimiter bad_rows_{1};
  Clock::time_point try_at_{};  // no write before
  Clock::time_point forget_at_{};
  bool applied_ = false;  // since the last work
  bool ending_ = false;
  bool tried_at_end_ = false;
  std::chrono::seconds patience_{0};
  Clock::time_point deadline_{};
  bool ended_ = false;

  std::mutex calls_mutex_;  // held while found_ or a Read is called
  bool calls_ = true;       // with that lock
  Found found_;

  HistoryDatabase database_;  // the thread alone
};

}  // namespace tern::events
