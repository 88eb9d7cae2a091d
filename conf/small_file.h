// Files that a configuration names, read whole.
#pragma once

#include <cstddef>
#include <string>

#include "rib/types/result.h"

namespace tern::conf {

struct FileError {
  std::string message;  // "No such file or directory"
};

enum class FileKind {
  Any,      // also a pipe, such as <(...) of a shell
  Regular,  // what reading can neither block nor drain
};

[[nodiscard]] Result<std::string, FileError> read_file(const std::string& path, FileKind kind,
                                                       std::size_t most_bytes);

// `path` seen from the folder of `base`, unless it is absolute.
[[nodiscard]] std::string relative_to(const std::string& base, const std::string& path);

}  // namespace tern::conf
