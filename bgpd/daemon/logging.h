// Where log lines go: standard error or a file, as text for people or one JSON object per line. A
// thread of its own writes them (log_writer.h), so that logging never waits.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "conf/config.h"

namespace tern::daemon {

class LogWriter;

// One at a time: spdlog has one default logger. All members on the thread that made it, but for
// what says otherwise.
class Logging {
 public:
  Logging();
  // Writes what waits, as far as the reader takes it within a second. Nothing is logged after.
  ~Logging();
  Logging(const Logging&) = delete;
  Logging& operator=(const Logging&) = delete;

  // Sets up spdlog's default logger; called again on reload, which reopens the file. A failure
  // leaves the logger as it was.
  [[nodiscard]] std::optional<std::string> set_up(const conf::proto::Log& log);

  // Lines that no reader took, since the start. Any thread.
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  std::unique_ptr<LogWriter> writer_;
};

}  // namespace tern::daemon
