// The commands of the peering service, `show registrations` and `events`: their syntax, and their
// words behind the name. Internal to bgpd/ctl. The parsers throw UsageError.
#pragma once

#include "bgpd/ctl/arguments.h"
#include "bgpd/ctl/grammar.h"
#include "bgpd/ctl/syntax.h"

namespace tern::ctl {

[[nodiscard]] Syntax show_registrations();
[[nodiscard]] Syntax events();
void parse_show_registrations(Arguments& arguments, Command& command);
void parse_events(Arguments& arguments, Command& command);

}  // namespace tern::ctl
