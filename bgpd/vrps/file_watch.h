// Whether a file has changed and has stood still since: by what stat(2) says, asked once a second.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tern::vrps {

struct FileMark {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;  // 0: there is no file
  std::uint64_t size = 0;
  std::int64_t changed = 0;  // nanoseconds since 1970, of the content and of the inode
  std::int64_t modified = 0;
  friend bool operator==(const FileMark&, const FileMark&) = default;
};
[[nodiscard]] FileMark mark_of(const std::string& path);

class FileWatch {
 public:
  // Whether the caller reads the file now: at the first look, and at the second of two looks that
  // find the same change, so that a file that is being written in place is not read by halves.
  [[nodiscard]] bool due(const FileMark& mark) {
    const bool stands = seen_ == mark;
    seen_ = mark;
    if (read_ && (*read_ == mark || !stands)) return false;
    read_ = mark;
    return true;
  }

 private:
  std::optional<FileMark> seen_;
  std::optional<FileMark> read_;
};

}  // namespace tern::vrps
