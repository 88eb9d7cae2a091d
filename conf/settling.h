// For how long a configuration has stood still: whoever writes a file in place is seen between two
// writes, and what is read then may be cut at the end of a line, which no parser notices.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "conf/file_mark.h"

namespace tern::conf {

struct Config;

// The file of a configuration and those that it names.
[[nodiscard]] std::vector<std::string> files_of(const Config& config);

class Settling {
 public:
  using Wall = std::chrono::system_clock::time_point;
  using Steady = std::chrono::steady_clock::time_point;

  // For how long none of the files has changed, as far as that is known at this time: by the files'
  // own time of change, or because they were the same when this was asked before. A file that comes
  // or goes has changed. Only the files of the last call are remembered.
  [[nodiscard]] std::chrono::nanoseconds quiet(const std::vector<std::string>& files, Wall wall,
                                               Steady now);

 private:
  struct Seen {
    FileMark mark;
    Steady since;
  };

  std::map<std::string, Seen> seen_;
};

}  // namespace tern::conf
