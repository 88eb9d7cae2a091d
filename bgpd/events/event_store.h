// The history of events in a SQLite database: a row for each event, as its last line has it. An
// EventStore belongs to one thread.
//
// Rows are numbered in the order of their last lines: a row that is written again moves to the end.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bgpd/events/event.h"
#include "bgpd/store/database.h"
#include "bgpd/store/statement.h"
#include "rib/types/result.h"

namespace tern::events {

// The events that a reader of the history wants.
struct HistoryFilter {
  std::optional<Kind> kind;
  std::optional<Severity> least;
  bool open = false;        // only events that have not ended
  std::uint32_t since = 0;  // Unix seconds: only events that were open then or later
  // How long a read may take; nothing: as long as it takes.
  std::optional<std::chrono::nanoseconds> time = std::nullopt;
  // Beside these: whether the event is wanted. Null: each is. Called on the thread of the history.
  std::function<bool(const Event&)> wants = nullptr;
};

struct HistoryPage {
  std::string error;          // not empty: the history cannot be read, and why
  std::vector<Event> events;  // the last change first
  // The number of the last row that was looked at: the next page is before it. 0: there is none.
  std::int64_t before = 0;
  std::size_t bad = 0;  // rows that are no events, and were left out
  // The time of the filter was over before the page was whole. `before` is the last row that was
  // looked at, then, or that of the call.
  bool is_late = false;
  std::chrono::nanoseconds took{0};
};

class EventStore {
 public:
  static constexpr std::int64_t kWindow = 16'384;  // numbers that one read() looks at
  static constexpr std::size_t kMostFound = 64;    // events of a page

  // most_octets: of the file.
  [[nodiscard]] static Result<std::unique_ptr<EventStore>, store::Error> open(
      const std::string& path, std::size_t most_octets);

  // Writes all of them in one transaction.
  [[nodiscard]] std::optional<store::Error> write(std::span<const Event> events);
  // The next page, of rows with numbers below `before`; 0: from the last row on.
  [[nodiscard]] Result<HistoryPage, store::Error> read(std::int64_t before,
                                                       const HistoryFilter& filter);
  // forget_old() deletes events whose last line is older than `oldest` (Unix seconds), the oldest
  // first; forget_first() the first rows. A call deletes up to `most` rows and returns their
  // number. An open event that is deleted has a row again with its next line.
  [[nodiscard]] Result<std::size_t, store::Error> forget_old(std::uint32_t oldest,
                                                             std::size_t most);
  [[nodiscard]] Result<std::size_t, store::Error> forget_first(std::size_t most);
  // See store::Database.
  [[nodiscard]] Result<bool, store::Error> is_at_bound() { return database_->is_at_bound(); }
  // The number of rows. Takes a time that grows with it, some 50 ms for a million.
  [[nodiscard]] Result<std::uint64_t, store::Error> size();

 private:
  explicit EventStore(std::unique_ptr<store::Database> database) : database_(std::move(database)) {}
  [[nodiscard]] std::optional<store::Error> prepare();
  [[nodiscard]] std::optional<store::Error> write_one(const Event& event);
  [[nodiscard]] Result<std::int64_t, store::Error> integer(store::Statement& statement);
  [[nodiscard]] std::optional<store::Error> find(std::int64_t before, const HistoryFilter& filter,
                                                 const store::Deadline& deadline,
                                                 HistoryPage& page);
  void bind(std::int64_t before, std::int64_t from, const HistoryFilter& filter);

  std::unique_ptr<store::Database> database_;
  store::Statement put_;  // these end before the database
  store::Statement read_;
  store::Statement last_;
  store::Statement count_;
  store::Statement forget_old_;
  store::Statement forget_first_;
};

}  // namespace tern::events
