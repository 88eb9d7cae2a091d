// Writes the changes and errors of a reload, and the warnings of a configuration, into the log. Any
// thread may call.
#pragma once

#include <vector>

#include "conf/config.h"

namespace tern::api::proto {
class ReloadResult;
}

namespace tern::daemon {

// Writes each change of the result into a line of its own.
void log_changes(const api::proto::ReloadResult& result);
// Writes each error of the result into a line of its own.
void log_errors(const api::proto::ReloadResult& result);
// Writes the first 20 warnings, and how many more `ternd --check` lists.
void log_warnings(const std::vector<conf::Error>& warnings);

}  // namespace tern::daemon
