// The words of commands that act, behind their name: neighbor, pop, originate, withdraw, rtt set,
// rtt clear, guard release, guard block and guard clear. Each function fills the request of the
// command and throws UsageError.
#pragma once

#include <string>
#include <string_view>

#include "bgpd/ctl/arguments.h"
#include "bgpd/ctl/grammar.h"

namespace tern::ctl {

void parse_neighbor(Arguments& arguments, Command& command);
void parse_pop(Arguments& arguments, Command& command);
// The prefix that `originate` and `withdraw` name.
[[nodiscard]] std::string parse_network(Arguments& arguments, std::string_view command);
void parse_originate(Arguments& arguments, Command& command);
void parse_rtt_set(Arguments& arguments, Command& command);
void parse_rtt_clear(Arguments& arguments, Command& command);
// Of all guard commands, by the command's id.
void parse_guard(Arguments& arguments, Command& command);
// Also the words of some listings; `show rtts` names prefixes in the same way.
void parse_show_rtts(Arguments& arguments, Command& command);
void parse_show_kernel(Arguments& arguments, Command& command);
void parse_show_next_hops(Arguments& arguments, Command& command);

}  // namespace tern::ctl
