// Reads the records of an MRT file one after another, decompressing it on the way.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "rib/types/result.h"
#include "tests/lab/replay/mrt.h"

namespace tern::mrt {

// Files that end in .gz, .bz2 or .xz are read through gzip, bzip2 or xz. Not copied, not moved.
class File {
 public:
  explicit File(std::string path);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // The next record, whose Bytes live until the next call; nothing at the end of the file. After an
  // error of one record (its text says which) the next call goes on behind it; after an error of
  // the file itself there is nothing more.
  [[nodiscard]] std::optional<Result<Record, Error>> next();

 private:
  [[nodiscard]] bool open();
  // False: fewer than `wanted` octets are left; they are in buffer_ all the same.
  [[nodiscard]] bool fill(std::size_t wanted);
  [[nodiscard]] std::optional<Result<Record, Error>> end();
  [[nodiscard]] Error error(const std::string& what) const;

  std::string path_;
  int fd_ = -1;
  pid_t child_ = -1;  // that decompresses
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;  // of what is not yet handed out
  std::size_t end_ = 0;
  std::size_t records_ = 0;
  bool opened_ = false;
  bool done_ = false;
};

}  // namespace tern::mrt
