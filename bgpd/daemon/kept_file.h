// A file in the state directory that follows what an operator does at run time: the thread of
// configurations reads it at the start, and writes it after changes, one write at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "bgpd/daemon/config_thread.h"
#include "bgpd/session/loop.h"

namespace tern::daemon {

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
