// The facts of stat(2) that show whether a file is another one than before.
#pragma once

#include <cstdint>
#include <string>

namespace tern::conf {

struct FileMark {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;  // 0: there is no file
  std::uint64_t octets = 0;
  std::int64_t changed = 0;   // nanoseconds since 1970; ctime, which no program sets back
  std::int64_t modified = 0;  // seconds since 1970; mtime, which a copy may take over

  // The time at which the content was written, in seconds since 1970: the earlier of the two times,
  // because ctime also changes with the owner, the mode, a link and a restored backup.
  [[nodiscard]] std::int64_t written() const;
  friend bool operator==(const FileMark&, const FileMark&) = default;
};
[[nodiscard]] FileMark mark_of(const std::string& path);

}  // namespace tern::conf
