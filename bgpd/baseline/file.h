// The file of the baseline on the disk. Its functions may wait for the disk. Internal to
// bgpd/baseline.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/baseline/kept_records.h"

namespace tern::baseline {

struct ReadFault {
  std::string text;
  bool missing = false;     // there is no file
  bool unreadable = false;  // the file cannot be opened or read; it is not known to be damaged
};
// Checks the whole file first, and then passes its blocks on, until take() returns false. Nothing:
// all blocks were passed on, and the reader has the clock, or take() returned false.
[[nodiscard]] std::optional<ReadFault> read_pieces(
    const std::string& path, KeptReader& reader,
    const std::function<bool(std::vector<Record>)>& take);
// Renames the file to PATH.bad. Returns words for a log line: "; it is kept as PATH.bad".
[[nodiscard]] std::string move_aside(const std::string& path);
// The same where there is a regular file. Returns what is wrong.
[[nodiscard]] std::optional<std::string> move_file_aside(const std::string& path);

// A file that replaces another one in one step. Members return what is wrong; then the new file is
// gone, and add() and commit() do nothing until the next begin().
class NewFile {
 public:
  NewFile() = default;
  ~NewFile() { drop(); }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  [[nodiscard]] std::optional<std::string> begin(const std::string& path);
  [[nodiscard]] std::optional<std::string> add(std::string_view piece);
  // Has all octets on the disk, and replaces the file.
  [[nodiscard]] std::optional<std::string> commit();
  // Gives the new file up.
  void drop();

 private:
  [[nodiscard]] std::string fail(const std::string& what);

  std::string path_;
  std::string new_path_;
  int descriptor_ = -1;
};

}  // namespace tern::baseline
