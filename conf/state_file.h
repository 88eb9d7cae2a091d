// Files that the daemon keeps in its state directory, one of a kind for each configuration.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "conf/small_file.h"

namespace tern::conf {

// The path of a file of the configuration: "DIRECTORY/KIND-0123456789abcdef.ENDING". Daemons with
// other configurations, which may share the directory, have other files.
[[nodiscard]] std::string state_file(const std::string& directory, const std::string& configuration,
                                     std::string_view kind, std::string_view ending);

// A new file, PATH.new, that replaces the one at PATH in one step and is readable by its owner
// alone: after a crash PATH has the old content or the new one. Members may wait for the disk, and
// return an error; then the new file is gone, and add() and commit() do nothing until the next
// begin(). One thread at a time.
class NewFile {
 public:
  NewFile() = default;
  ~NewFile() { drop(); }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  [[nodiscard]] std::optional<FileError> begin(const std::string& path);
  [[nodiscard]] std::optional<FileError> add(std::string_view piece);
  // Has all octets on the disk, replaces the file, and has the name in the folder on the disk. An
  // error of the last step leaves the file replaced.
  [[nodiscard]] std::optional<FileError> commit();
  // Gives the new file up.
  void drop();

 private:
  [[nodiscard]] FileError fail();

  std::string path_;
  std::string new_path_;
  int descriptor_ = -1;
};

// A whole NewFile with this text.
[[nodiscard]] std::optional<FileError> replace_file(const std::string& path, std::string_view text);
// Renames the file to PATH.bad, so that no write replaces what could not be read.
[[nodiscard]] std::optional<FileError> move_aside(const std::string& path);

}  // namespace tern::conf
