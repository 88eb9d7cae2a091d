// The last good content of files that a configuration names, kept in the state directory of the
// daemon, so that a bad line in a file of measurements does not keep it from starting.
//
// One file per configuration and kind of content, so that their number has a bound. Keys of
// sessions are not kept: a key that was taken away on purpose must not come back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "conf/small_file.h"
#include "rib/types/result.h"

namespace tern::conf {

class LastGood {
 public:
  enum class Content : std::uint8_t { RoundTrips, PrefixRoundTrips };

  // Of the configuration at the path, in a directory that need not exist yet.
  LastGood(std::string directory, const std::string& configuration);

  struct Kept {
    std::string text;
    std::string date;       // of its last change: "2026-03-01 10:07 UTC"
    std::int64_t time = 0;  // the same in Unix seconds
  };
  [[nodiscard]] Result<Kept, FileError> kept(Content content) const;
  // Replaces what is kept, in one step. `name` is the file that the text is from, `time` that of
  // its last change.
  [[nodiscard]] std::optional<FileError> keep(Content content, const std::string& name,
                                              std::string_view text, std::int64_t time) const;

  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  [[nodiscard]] std::string path(Content content) const;

  std::string directory_;
  std::string configuration_;  // path
};

}  // namespace tern::conf
