// The commands `ternctl filter ...`: their table and their words. Internal to bgpd/ctl.
#pragma once

#include <vector>

#include "bgpd/ctl/arguments.h"
#include "bgpd/ctl/grammar.h"
#include "bgpd/ctl/syntax.h"

namespace tern::ctl {

[[nodiscard]] std::vector<Syntax> filter_commands();

// Fills the request of the command. Throws UsageError.
void parse_filter(Arguments& arguments, Command& command);

}  // namespace tern::ctl
