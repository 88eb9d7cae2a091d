// The facts of stat(2) that show whether a file is another one than before.
#pragma once

#include <cstdint>
#include <string>

namespace tern::conf {

struct FileMark {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;  // 0: there is no file
  std::uint64_t octets = 0;
  std::int64_t changed = 0;  // nanoseconds since 1970; ctime, which no program sets back
  friend bool operator==(const FileMark&, const FileMark&) = default;
};
[[nodiscard]] FileMark mark_of(const std::string& path);

}  // namespace tern::conf
