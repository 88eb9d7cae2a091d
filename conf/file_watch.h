// Whether a file has changed and has stood still since: by its marks, looked at once a second.
#pragma once

#include <optional>

#include "conf/file_mark.h"

namespace tern::conf {

class FileWatch {
 public:
  // Whether the caller reads the file now: at the first look, and at the second of two looks that
  // find the same change, so that a file that is being written in place is not read by halves. A
  // file that is another one at each look never stands still: of those each second one is read.
  [[nodiscard]] bool due(const FileMark& mark) {
    const bool renamed = seen_ && read_ && are_two(*read_, *seen_) && are_two(*seen_, mark);
    const bool stands = seen_ == mark || renamed;
    seen_ = mark;
    if (read_ && (*read_ == mark || !stands)) return false;
    read_ = mark;
    return true;
  }
  // The caller has read the file as it was at the mark.
  void note_read(const FileMark& mark) { seen_ = read_ = mark; }

 private:
  static bool are_two(const FileMark& a, const FileMark& b) {
    return a.inode != 0 && b.inode != 0 && (a.inode != b.inode || a.device != b.device);
  }

  std::optional<FileMark> seen_;
  std::optional<FileMark> read_;
};

}  // namespace tern::conf
