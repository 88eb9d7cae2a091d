// The help, made from the table of commands.
#pragma once

#include <string>
#include <vector>

#include "bgpd/ctl/screen.h"
#include "bgpd/ctl/syntax.h"

namespace tern::ctl {

// All commands, one line each, and the global options.
[[nodiscard]] std::string general_help(const Screen& screen);
// One command in full.
[[nodiscard]] std::string command_help(const Syntax& syntax, const Screen& screen);
// The command the words lead to; where they stop in front of several, those; the general help for
// none. Throws UsageError for words that lead nowhere.
[[nodiscard]] std::string help_about(const std::vector<std::string>& words, const Screen& screen);

}  // namespace tern::ctl
