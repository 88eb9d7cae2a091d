// The common parts of threads that look at files of the configuration (file_thread.h): the files
// that new settings keep, their lines of the log, and the lines of a check before a start.
//
// File is a struct of the thread. Its `status` has `path`, `state` (vrps::FileState) and `error`;
// `good` is the last good content, false where there is none; `lines` is a LogLimiter. noun: what
// the files are, in a line of the log, as "geofeed".
#pragma once

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bgpd/session/log_limiter.h"
#include "bgpd/session/loop.h"

namespace tern::session {

// Makes `files` those of the paths, in this order: files of the same paths are kept, others are new
// and Unread. Returns the files that are not kept. Needs `status.path` alone.
template <typename File>
[[nodiscard]] std::vector<File> keep_known(std::vector<File>& files,
                                           const std::vector<std::string>& paths) {
  const auto path_of = [](const File& file) -> const std::string& { return file.status.path; };
  std::vector<File> before = std::exchange(files, {});
  for (const std::string& path : paths) {
    const auto known = std::ranges::find(before, path, path_of);
    if (known == before.end()) {
      files.emplace_back().status.path = path;
    } else {
      files.push_back(std::move(*known));
      before.erase(known);
    }
  }
  return before;
}

// Lines of the log about a file, in a minute: the program that writes the file may do so each
// second.
inline constexpr std::uint32_t kMostFileLines = 6;

// Notes why the present content of a file is not used, and logs the error. has_good: an earlier
// content is used instead.
template <typename Status>
void note_refused(Status& status, bool has_good, LogLimiter& lines, std::string error,
                  std::string_view noun) {
  using State = decltype(status.state);
  status.state = has_good ? State::Stale : State::Bad;
  status.error = std::move(error);
  if (!lines.pass(steady_nanoseconds())) return;
  spdlog::error("{} {}; {}", noun, status.error,
                has_good ? "its last good content counts" : "the file is not used");
}
template <typename File>
void note_refused(File& file, std::string error, std::string_view noun) {
  note_refused(file.status, static_cast<bool>(file.good), file.lines, std::move(error), noun);
}

// Once a second: logs how many lines about a file were left out of the log.
inline void log_left_out(const std::string& path, LogLimiter& lines, std::string_view noun) {
  if (const auto count = lines.take_left_out(steady_nanoseconds())) {
    spdlog::info("{} {}: {} more lines were left out", noun, path, count);
  }
}
template <typename File>
void log_left_out(File& file, std::string_view noun) {
  log_left_out(file.status.path, file.lines, noun);
}

// Adds the messages about what is left out of a file, and a line for those that it has no message
// of: "radb.db: 7 more objects are wrong". left_out: all of them.
inline void add_left_out(std::vector<std::string>& errors, const std::string& path,
                         std::size_t left_out, const std::vector<std::string>& messages,
                         std::string_view noun) {
  errors.insert(errors.end(), messages.begin(), messages.end());
  if (left_out <= messages.size()) return;
  errors.push_back(path + ": " + std::to_string(left_out - messages.size()) + " more " +
                   std::string(noun) + " are wrong");
}

}  // namespace tern::session
