// ternctl from its arguments to its exit code; main() only adds the process around it.
#pragma once

#include <ostream>

#include "bgpd/ctl/screen.h"

namespace tern::ctl {

enum ExitCode : int {
  kExitDone = 0,
  kExitFailed = 1,  // the daemon says no, or the one thing asked for is not there
  kExitUsage = 2,
  kExitUnreachable = 3,
};

// `screen` is that of `out`; --no-color on the command line turns its colours off.
[[nodiscard]] int run(int argc, const char* const* argv, const Screen& screen, std::ostream& out,
                      std::ostream& err);

}  // namespace tern::ctl
