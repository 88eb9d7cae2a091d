// The commands about latency: their table and their words. Internal to bgpd/ctl.
#pragma once

#include <vector>

#include "bgpd/ctl/arguments.h"
#include "bgpd/ctl/grammar.h"
#include "bgpd/ctl/syntax.h"

namespace tern::ctl {

[[nodiscard]] Syntax show_latency();
[[nodiscard]] std::vector<Syntax> latency_actions();

// The parsers fill the request of the command. They throw UsageError.
void parse_show_latency(Arguments& arguments, Command& command);
void parse_latency_report(Arguments& arguments, Command& command);
void parse_latency_import(Arguments& arguments, Command& command);

}  // namespace tern::ctl
