// A file in the state directory that follows what an operator does at run time: the thread of
// configurations reads it at the start, and writes it after changes, one write at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
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
  void log(const BadLines& bad, std::string_view expected) const;
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
};

}  // namespace tern::daemon
