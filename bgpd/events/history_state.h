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
  [[nodiscard]] bool end();  // false: the thread hangs

  void run();  // the thread

 private:
  struct Asked {
    std::int64_t before = 0;
    HistoryFilter filter;
    Read read;
  };

  [[nodiscard]] bool has_work(
      std::chrono::steady_clock::time_point now) const;  // with the lock, like the next one
  void note(const std::optional<store::Error>& fault);
  void close(std::unique_lock<std::mutex>& lock);
  void serve(std::unique_lock<std::mutex>& lock);
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
  HistoryStatus status_;
  session::LogLimiter lines_{2};                    // a minute
  std::chrono::steady_clock::time_point try_at_{};  // no write before
  std::chrono::steady_clock::time_point forget_at_{};
  bool ending_ = false;
  std::chrono::steady_clock::time_point deadline_{};
  bool ended_ = false;

  std::mutex calls_mutex_;  // held while found_ or a Read is called
  bool calls_ = true;       // with that lock
  Found found_;

  HistoryDatabase database_;  // the thread alone
};

}  // namespace tern::events
