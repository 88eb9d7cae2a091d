#include "bgpd/daemon/config_thread.h"

namespace tern::daemon {

bool ConfigThread::drop_unused() {
  for (policy::PolicySet& policies : kept_) policies.drop_unused();
  std::erase_if(kept_, [](const policy::PolicySet& policies) { return policies.empty(); });
  return !kept_.empty();
}

}  // namespace tern::daemon
