// Writes log lines from a thread of its own: a reader that stalls (a full pipe, a stopped terminal)
// or a disk that hangs holds up that thread and nobody else.
//
// Up to 4 MiB of lines wait. When there is no room, or the target refuses a line, the line is
// dropped and counted; once the target takes lines again it gets, at the place of the gap, one that
// says how many are missing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "rib/types/result.h"

namespace tern::daemon {

// A descriptor that lines go to. Immutable; closed with its last owner, unless it is borrowed.
class LogTarget {
 public:
  // The line, with its line feed, that says how many are missing. Called on the writer's thread.
  using Notice = std::function<std::string(std::uint64_t missing)>;

  // Borrows the descriptor, which may be a blocking one.
  LogTarget(int descriptor, Notice notice);
  // Appends to a file, which is made where there is none, but not its folder. The error says why
  // not. Does not wait for the reader of a FIFO: one without a reader is an error.
  [[nodiscard]] static Result<std::shared_ptr<const LogTarget>, std::string> open(
      const std::string& path, Notice notice);
  ~LogTarget();
  LogTarget(const LogTarget&) = delete;
  LogTarget& operator=(const LogTarget&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] std::string notice(std::uint64_t missing) const { return notice_(missing); }

 private:
  const int descriptor_;
  const Notice notice_;
  bool owned_ = false;
};

// All members from any thread, except the destructor.
class LogWriter {
 public:
  static constexpr std::size_t kMostOctets = std::size_t{4} << 20U;  // some 40,000 lines

  explicit LogWriter(std::shared_ptr<const LogTarget> target);
  // Writes what waits, for a second at most: what a stalled target does not take by then is lost.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  // Queues a line, which ends in a line feed. Never waits for the target.
  void write(std::string line);
  // Where the lines that follow go. Lines from before go to the old target; when it stalls for a
  // second, or refuses one, the rest of them are dropped.
  void set_target(std::shared_ptr<const LogTarget> target);

  // Since the start, for whatever reason.
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern::daemon
