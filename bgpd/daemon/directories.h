// The directories that the daemon may make: its own ones for runtime files, state and logs, and
// what is in them. Everywhere else a directory that is not there is a mistake in the configuration,
// and making it would hide that.
#pragma once

#include <optional>
#include <string>

namespace tern::daemon {

// $STATE_DIRECTORY as systemd gives it, its first where there are several; else /var/lib/tern.
[[nodiscard]] std::string state_directory();

// Makes `directory` where it is one of ours, or in one. The text of a failure is for people.
[[nodiscard]] std::optional<std::string> have_directory(const std::string& directory);

// The same for the directory that `file` is to be made in.
[[nodiscard]] std::optional<std::string> have_directory_of(const std::string& file);

}  // namespace tern::daemon
