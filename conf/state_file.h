// Files that the daemon keeps in its state directory, one of a kind for each configuration.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "conf/small_file.h"

namespace tern::conf {

// The path of a file of the configuration: "DIRECTORY/KIND-0123456789abcdef.ENDING". Daemons with
// other configurations, which may share the directory, have other files.
[[nodiscard]] std::string state_file(const std::string& directory, const std::string& configuration,
                                     std::string_view kind, std::string_view ending);

// Replaces the file in one step, readable by its owner alone: after a crash the file has the old
// text or the new one.
[[nodiscard]] std::optional<FileError> replace_file(const std::string& path, std::string_view text);

}  // namespace tern::conf
