// What this build is.
#pragma once

#include <string_view>

namespace tern::daemon {

[[nodiscard]] std::string_view version();   // "0.1.0"
[[nodiscard]] std::string_view revision();  // of the source, "unknown" outside a checkout

}  // namespace tern::daemon
