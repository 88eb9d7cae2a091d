// Whether a file has changed and has stood still since: by its marks, looked at once a second.
#pragma once

#include <optional>

#include "conf/file_mark.h"

namespace tern::vrps {

class FileWatch {
 public:
  // Whether the caller reads the file now: at the first look, and at the second of two looks that
  // find the same change, so that a file that is being written in place is not read by halves.
  [[nodiscard]] bool due(const conf::FileMark& mark) {
    const bool stands = seen_ == mark;
    seen_ = mark;
    if (read_ && (*read_ == mark || !stands)) return false;
    read_ = mark;
    return true;
  }

 private:
  std::optional<conf::FileMark> seen_;
  std::optional<conf::FileMark> read_;
};

}  // namespace tern::vrps
