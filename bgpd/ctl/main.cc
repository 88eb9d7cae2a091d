// ternctl: the command line of a running ternd.
#include <unistd.h>

#include <csignal>
#include <iostream>

#include "bgpd/ctl/run.h"

int main(int argc, char** argv) {
  using namespace tern::ctl;
  // `ternctl show routes | head` ends quietly, as other tools do, whatever the parent had set.
  (void)std::signal(SIGPIPE, SIG_DFL);
  std::ios::sync_with_stdio(false);
  const int code = run(argc, argv, screen_of(STDOUT_FILENO, false), std::cout, std::cerr);
  std::cout.flush();
  if (!std::cout.good() && code == kExitDone) {
    std::cerr << "ternctl: cannot write the output\n";
    return kExitFailed;
  }
  return code;
}
