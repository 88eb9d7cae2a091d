// The command line: global options (CLI11) and the words of the command.
#pragma once

#include <string>
#include <vector>

namespace tern::ctl {

inline constexpr const char* kDefaultSocket = "/run/tern/ternd.sock";

struct CommandLine {
  std::string socket = kDefaultSocket;  // --socket, else TERN_SOCKET, else this
  std::string domain;                   // --domain, else TERN_DOMAIN
  bool json = false;
  bool no_color = false;
  bool help = false;
  bool version = false;
  std::vector<std::string> words;
};

// Options may stand before, between and behind the words; after "--" everything is a word.
// Throws UsageError.
[[nodiscard]] CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace tern::ctl
