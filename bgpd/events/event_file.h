// The file of events: a line of JSON for each beginning and each end of an event. A full file is
// renamed to FILE.1, FILE.1 to FILE.2, and so on.
//
// Used by one thread, which a disk that hangs holds up (event_writer.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/events/event.h"

namespace tern::events {

struct FileSettings {
  std::string path;                                  // empty: no file
  std::size_t most_octets = std::size_t{16} << 20U;  // of one file
  std::size_t older = 4;                             // renamed files that are kept
  friend bool operator==(const FileSettings&, const FileSettings&) = default;
};

class EventFile {
 public:
  explicit EventFile(FileSettings settings) : settings_(std::move(settings)) {}
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  // Appends a line. The error says why not; the next call tries again. Where the file has a part of
  // a line, as a power loss leaves it, the line begins on the next one. A file that was removed is
  // made anew; one that was renamed is written until this EventFile ends.
  [[nodiscard]] std::optional<std::string> append(const std::string& line);
  // Up to `most` events of the youngest files, in the order of their last lines, each as that line
  // has it. An event is known by id and start, because ids begin anew where a file was missing.
  // Reads kMostRead octets at most. A line that is no event is skipped, and counted in `bad`.
  [[nodiscard]] static std::vector<Event> read_back(const FileSettings& settings, std::size_t most,
                                                    std::size_t& bad);
  static constexpr std::size_t kMostRead = std::size_t{64} << 20U;

 private:
  [[nodiscard]] std::optional<std::string> open();
  [[nodiscard]] std::optional<std::string> end_part_of_a_line();
  [[nodiscard]] std::optional<std::string> rotate();
  void close();

  const FileSettings settings_;
  int descriptor_ = -1;
  std::size_t octets_ = 0;  // of the file
};

}  // namespace tern::events
