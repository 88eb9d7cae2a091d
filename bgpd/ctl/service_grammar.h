// The commands of the peering service, `show registrations`, `events`, `show webhooks`,
// `show circuits`, `show baseline` and `ingress`: their syntax, and their words behind the name.
// Internal to bgpd/ctl. The parsers throw UsageError.
#pragma once

#include "bgpd/ctl/arguments.h"
#include "bgpd/ctl/grammar.h"
#include "bgpd/ctl/syntax.h"

namespace tern::ctl {

[[nodiscard]] Syntax show_registrations();
[[nodiscard]] Syntax events();
[[nodiscard]] Syntax show_webhooks();
[[nodiscard]] Syntax show_domains();
[[nodiscard]] Syntax show_circuits();
[[nodiscard]] Syntax show_baseline();
[[nodiscard]] Syntax ingress_report();
[[nodiscard]] Syntax ingress_import();
void parse_show_registrations(Arguments& arguments, Command& command);
void parse_show_circuits(Arguments& arguments, Command& command);
void parse_show_baseline(Arguments& arguments, Command& command);
void parse_events(Arguments& arguments, Command& command);
void parse_ingress_report(Arguments& arguments, Command& command);
void parse_ingress_import(Arguments& arguments, Command& command);

}  // namespace tern::ctl
