// The last good content of files that a configuration names, kept in the state directory of the
// daemon, so that a bad line in a file of measurements does not keep it from starting.
//
// One file per configuration and kind of content, so that their number has a bound. Keys of
// sessions are not kept: a key that was taken away on purpose must not come back.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "conf/small_file.h"
#include "rib/types/result.h"

namespace tern::conf {

class LastGood {
 public:
  // Of the configuration at the path, in a directory that need not exist yet.
  LastGood(std::string directory, const std::string& configuration);

  struct Kept {
    std::string text;
    std::string date;  // when it was kept: "2026-03-01 10:07 UTC"
  };
  [[nodiscard]] Result<Kept, FileError> round_trips() const;
  // Replaces what is kept, in one step. `name` is the file that the text is from.
  [[nodiscard]] std::optional<FileError> keep_round_trips(const std::string& name,
                                                          std::string_view text) const;

  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  std::string directory_;
  std::string round_trips_;  // path
};

}  // namespace tern::conf
