// The commands that change something, but for reload, with their help. Internal to bgpd/ctl.
#pragma once

#include <vector>

#include "bgpd/ctl/syntax.h"

namespace tern::ctl {

[[nodiscard]] std::vector<Syntax> actions();

}  // namespace tern::ctl
