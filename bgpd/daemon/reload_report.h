// What a reload does, said: to whoever asked for it, and in the log.
#pragma once

#include <vector>

#include "bgpd/session/speaker.h"
#include "conf/config.h"
#include "conf/removals.h"

namespace tern::api::proto {
class ReloadResult;
}

namespace tern::daemon {

// Changes and warnings, into the answer.
void report(const conf::Config& from, const conf::Config& to, api::proto::ReloadResult& result);
// The answer's changes, a line each.
void log_changes(const api::proto::ReloadResult& result);
// The first of them; the rest of a long list is for `ternd --check`.
void log_warnings(const std::vector<conf::Error>& warnings);

// Listed neighbors, and those of dynamic ranges, which go with their range.
[[nodiscard]] conf::Removals removals(const conf::Config& from, const conf::Config& to,
                                      const session::Speaker& speaker);

}  // namespace tern::daemon
