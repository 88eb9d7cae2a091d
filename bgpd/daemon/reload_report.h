// What a reload does, said in the log. Any thread.
#pragma once

#include <vector>

#include "conf/config.h"

namespace tern::api::proto {
class ReloadResult;
}

namespace tern::daemon {

// The answer's changes, a line each.
void log_changes(const api::proto::ReloadResult& result);
// The answer's errors, a line each.
void log_errors(const api::proto::ReloadResult& result);
// The first of them; the rest of a long list is for `ternd --check`.
void log_warnings(const std::vector<conf::Error>& warnings);

}  // namespace tern::daemon
