// A file in the state directory that follows what an operator does at run time: the thread of
// configurations reads it at the start, and writes it after changes, one write at a time. A file
// that could not be read, or had bad lines, is kept beside the first one that is written, as
// PATH.bad.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "bgpd/daemon/config_thread.h"
#include "bgpd/session/loop.h"

namespace tern::daemon {

// The lines of a kept text that are no entry. first: its number, from 1 on; 0: there are none.
struct BadLines {
  std::size_t first = 0;
  std::size_t count = 0;
  friend bool operator==(const BadLines&, const BadLines&) = default;
};
// Calls take(line) for each line that is neither empty nor a comment; take() returns whether the
// line is an entry.
template <typename Take>
[[nodiscard]] BadLines read_lines(std::string_view text, Take&& take) {
  BadLines bad;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty() || line.front() == '#' || take(line)) continue;
    if (bad.count++ == 0) bad.first = number;
  }
  return bad;
}

// The fields of a line: a tab stands between two of them, and the last one has the rest of the
// line. Nothing: there are too few.
template <std::size_t kFields>
[[nodiscard]] std::optional<std::array<std::string_view, kFields>> fields_of(
    std::string_view line) {
  std::array<std::string_view, kFields> fields;
  for (std::size_t i = 0; i < kFields; ++i) {
    const std::size_t end = i + 1 < kFields ? line.find('\t') : line.size();
    if (end == std::string_view::npos) return std::nullopt;
    fields[i] = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return fields;
}
// '-' is the field of an empty text.
[[nodiscard]] inline std::string field_text(const std::string& text) {
  return text.empty() ? "-" : text;
}
[[nodiscard]] inline std::string text_of_field(std::string_view field) {
  return field == "-" ? std::string() : std::string(field);
}

// Loop thread only.
class KeptFile {
 public:
  // Called on the loop; the function that it returns makes the text, on ConfigThread.
  using Content = std::function<std::function<std::string()>()>;

  // kind, ending: of the name (conf/state_file.h). what: of the log, "drains".
  KeptFile(ConfigThread& thread, session::Loop& loop, const std::string& configuration,
           std::string_view kind, std::string_view ending, std::string what, Content content);
  KeptFile(const KeptFile&) = delete;
  KeptFile& operator=(const KeptFile&) = delete;

  // For the start: waits for the text. Empty: there is no file, or the file is bad or larger than
  // most_bytes, which is logged.
  [[nodiscard]] std::string read(std::size_t most_bytes);
  // Logs bad lines, if there are any. expected: "a release or a block".
  void log(const BadLines& bad, std::string_view expected);
  // The content is another. Changes during a write are in the next write.
  void save();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  ConfigThread& thread_;
  session::Loop& loop_;
  const std::string directory_;
  const std::string path_;
  const std::string what_;
  const Content content_;
  bool saving_ = false;   // ConfigThread has a write
  bool changed_ = false;  // since the write began
  bool faulty_ = false;   // the file of an earlier run, which no write has replaced
};

}  // namespace tern::daemon
