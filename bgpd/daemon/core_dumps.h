// Whether the process leaves a core dump when it crashes.
#pragma once

namespace tern::daemon {

void allow_core_dumps(bool allowed);

}  // namespace tern::daemon
