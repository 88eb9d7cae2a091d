// Writes the file of events on a thread of its own, tern-eventfile, and reads it back: a disk that
// hangs holds up that thread alone.
//
// Lines of kMostOctets wait for the thread. A line that finds no room, or that the file does not
// take, is lost and counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/events/event_file.h"

namespace tern::events {

// All members from any thread, except end() and the destructor.
class EventWriter {
 public:
  static constexpr std::size_t kMostOctets = std::size_t{4} << 20U;

  // The result of read_back(): events as EventFile::read_back() has them, and lines that are none.
  struct History {
    std::string path;
    std::vector<Event> events;
    std::size_t bad = 0;
  };
  using Found = std::function<void(std::shared_ptr<History> history)>;

  // found: called on the thread of the file.
  explicit EventWriter(Found found);
  ~EventWriter();
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;

  // The file of the lines that follow, which is opened anew. An empty path: the lines go nowhere.
  void set_file(const FileSettings& settings);
  // Reads up to `most` events of the file of set_file(), and calls found(), before a further line
  // is written. Drops a reading that still waits.
  void read_back(std::size_t most);
  void append(std::string line);
  // Once a second: says how many errors were left out of the log.
  void tick();
  // Lines that were lost since the start.
  [[nodiscard]] std::uint64_t errors() const;

  // Lets the thread write what waits, for a second at most, and end. Does not wait.
  void begin_end();
  // The same, and waits for the thread. The thread of a disk that hangs is left behind. Does not
  // call found() again, and waits for a found() that runs.
  void end();

 private:
  class State;
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace tern::events
