// A configuration and the files that it names, read whole or in pieces.
//
// Only regular files are read: opening a pipe, a terminal or a device may wait for ever, drain it,
// or do something. Opening never blocks; a file in a special file system that would block is an
// error.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "rib/types/result.h"

namespace tern::conf {

struct FileError {
  std::string message;   // "No such file or directory"
  bool missing = false;  // there is no file, or no folder, of this name (ENOENT)
};
// By errno.
[[nodiscard]] FileError system_error();

[[nodiscard]] Result<std::string, FileError> read_file(const std::string& path,
                                                       std::size_t most_bytes);
// Calls take() for each piece of the file, of 64 KiB at most, until take() returns false.
[[nodiscard]] std::optional<FileError> read_pieces(
    const std::string& path, std::size_t most_bytes,
    const std::function<bool(std::string_view piece)>& take);

// `path` seen from the folder of `base`, unless it is absolute.
[[nodiscard]] std::string relative_to(const std::string& base, const std::string& path);

// The path without "." and "..", so that "./a", "b/../a" and "a" are one.
[[nodiscard]] std::string normal_path(const std::string& path);

}  // namespace tern::conf
