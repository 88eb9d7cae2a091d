#include "bgpd/daemon/version.h"

namespace tern::daemon {

std::string_view version() { return TERN_VERSION; }
std::string_view revision() { return TERN_REVISION; }

}  // namespace tern::daemon
