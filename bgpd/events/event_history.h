// Keeps the history of events in a database (event_store.h) on a thread of its own, tern-history: a
// disk that hangs or is full, and a database that is locked or damaged, hold up that thread alone.
//
// Events of kMostOctets wait for the thread, also while the database cannot be written, which is
// tried again each second, and where the database cannot be opened, after pauses up to 30 s. An
// event that finds no room is lost and counted. A damaged database is moved aside and begun anew.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "bgpd/events/event_writer.h"
#include "bgpd/events/history_database.h"

namespace tern::events {

struct HistoryStatus {
  bool is_on = false;
  bool good = true;        // the last attempt to write or to open succeeded
  std::string last_error;  // stays when the history is good again
  std::uint64_t rows = 0;  // as of the last minute
  std::uint64_t lost = 0;  // events that the history has not got, ever
};

// Any thread may call the members, except end() and the destructor.
class EventHistory {
 public:
  static constexpr std::size_t kMostOctets = std::size_t{4} << 20U;
  static constexpr std::size_t kMostReads = 16;  // that wait
  static constexpr std::size_t kBatch = 256;     // events of a transaction
  static constexpr std::chrono::seconds kForgetEvery{60};
  static constexpr std::chrono::seconds kPatience{1};  // of end(), for events and for the thread

  using Found = EventWriter::Found;
  // Called once, on the thread of the history.
  using Read = std::function<void(HistoryPage page)>;

  // found: as that of EventWriter. have_folder: called on the thread of the history.
  EventHistory(Found found, HistoryDatabase::HaveFolder have_folder);
  ~EventHistory();
  EventHistory(const EventHistory&) = delete;
  EventHistory& operator=(const EventHistory&) = delete;

  // The thread begins with the first path. Where the path is another one, the database is opened
  // anew; events that wait go there.
  void apply(const HistorySettings& settings);
  // Reads up to `most` events with the last changes, and calls found() with them in the order of
  // their changes; with none where the database cannot be opened.
  void read_back(std::size_t most);
  void append(const Event& event);
  // Reads the page before `before` (EventStore::read()). False: too many reads wait, and `read` is
  // not called.
  [[nodiscard]] bool read(std::int64_t before, HistoryFilter filter, Read read);
  [[nodiscard]] HistoryStatus status() const;

  // Lets the thread write what waits, for `patience` at most, and end. Does not wait.
  void begin_end(std::chrono::seconds patience = kPatience);
  // The same, and waits for the thread, for twice the time. The thread of a disk that hangs is left
  // behind. Calls neither found() nor a Read again, waits for one that runs, and frees the others.
  void end();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace tern::events
