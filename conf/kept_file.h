// A file in the state directory of the daemon, one for each configuration and kind of content, so
// that the number of files has a bound and two daemons on a host have files of their own.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "conf/small_file.h"
#include "rib/types/result.h"

namespace tern::conf {

class KeptFile {
 public:
  // Of the configuration at the path, in a directory that need not exist yet:
  // DIRECTORY/PREFIX-<hash of the path>SUFFIX.
  KeptFile(std::string directory, const std::string& configuration, std::string_view prefix,
           std::string_view suffix);

  [[nodiscard]] Result<std::string, FileError> read(std::size_t most_bytes) const;
  // Replaces the content in one step: after a crash the file has the old or the new content.
  [[nodiscard]] std::optional<FileError> write(std::string_view text) const;

  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string directory_;
  std::string path_;
};

}  // namespace tern::conf
