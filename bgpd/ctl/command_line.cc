#include "bgpd/ctl/command_line.h"

#include <CLI/CLI.hpp>

#include "bgpd/ctl/syntax.h"

namespace tern::ctl {

CommandLine parse_command_line(int argc, const char* const* argv) {
  CommandLine line;
  CLI::App app("ternctl");
  app.set_help_flag();  // help is ours: it knows the words
  app.add_option("--socket", line.socket)->envname("TERN_SOCKET");
  app.add_option("--domain", line.domain)->envname("TERN_DOMAIN");
  app.add_flag("--json", line.json);
  app.add_flag("--no-color", line.no_color);
  app.add_flag("-h,--help", line.help);
  app.add_flag("-V,--version", line.version);
  // Words of a command that have the look of an option.
  bool yes = false;
  bool snapshot = false;
  bool follow = false;
  std::string since;
  app.add_flag("--yes", yes);
  app.add_flag("--snapshot", snapshot);
  app.add_flag("--follow", follow);
  app.add_option("--since", since);
  app.add_option("words", line.words);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  const auto belongs_to = [&line](std::string_view word, std::string_view command) {
    const auto given =
        line.words.empty() ? std::nullopt : match_word(line.words.front(), words_after({}));
    if (given != command) {
      throw UsageError(std::string(word) + " belongs to '" + std::string(command) + "'");
    }
    line.words.emplace_back(word);
  };
  if (line.domain.find('/') != std::string::npos) {
    throw UsageError("--domain takes the name of a domain; 'ternctl show domains' lists them");
  }
  if (yes) belongs_to("--yes", "reload");
  if (snapshot) belongs_to("--snapshot", "monitor");
  if (follow) belongs_to("--follow", "events");
  if (!since.empty()) {
    belongs_to("--since", "events");
    line.words.push_back(since);
  }
  return line;
}

}  // namespace tern::ctl
