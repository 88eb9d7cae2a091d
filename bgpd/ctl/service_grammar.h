// The commands of the peering service, `show registrations`, `events` and `show webhooks`: their
// syntax, and their words behind the name. Internal to bgpd/ctl. The parsers throw UsageError.
#pragma once

#include "bgpd/ctl/arguments.h"
#include "bgpd/ctl/grammar.h"
#include "bgpd/ctl/syntax.h"

namespace tern::ctl {

[[nodiscard]] Syntax show_registrations();
[[nodiscard]] Syntax events();
[[nodiscard]] Syntax show_webhooks();
void parse_show_registrations(Arguments& arguments, Command& command);
void parse_events(Arguments& arguments, Command& command);

}  // namespace tern::ctl
