// Where log lines go: standard error or a file, as text for people or one JSON object per line.
#pragma once

#include <optional>
#include <string>

#include "conf/config.h"

namespace tern::daemon {

// Sets up spdlog's default logger; called again on reload, which reopens the file. A failure leaves
// the logger as it was.
[[nodiscard]] std::optional<std::string> set_up_logging(const conf::proto::Log& log);

}  // namespace tern::daemon
