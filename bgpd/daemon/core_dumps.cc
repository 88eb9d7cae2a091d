#include "bgpd/daemon/core_dumps.h"

#include <sys/resource.h>

#include <algorithm>

namespace tern::daemon {

// A core dump holds the MD5 keys. With a limit of 1 the kernel writes no dump and starts no helper;
// with 0 the kernel starts a helper where core_pattern is a pipe (core(5)). The hard limit stays,
// so that a reload can allow core dumps.
void allow_core_dumps(bool allowed) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_CORE, &limit) != 0) return;
  limit.rlim_cur = allowed ? limit.rlim_max : std::min<rlim_t>(1, limit.rlim_max);
  (void)::setrlimit(RLIMIT_CORE, &limit);
}

}  // namespace tern::daemon
