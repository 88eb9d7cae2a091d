#include "bgpd/ctl/command_line.h"

#include <CLI/CLI.hpp>

#include "bgpd/ctl/syntax.h"

namespace tern::ctl {

CommandLine parse_command_line(int argc, const char* const* argv) {
  CommandLine line;
  CLI::App app("ternctl");
  app.set_help_flag();  // help is ours: it knows the words
  app.add_option("--socket", line.socket)->envname("TERN_SOCKET");
  app.add_flag("--json", line.json);
  app.add_flag("--no-color", line.no_color);
  app.add_flag("-h,--help", line.help);
  app.add_flag("-V,--version", line.version);
  bool yes = false;
  app.add_flag("--yes", yes);  // a word of reload, which has the look of an option
  app.add_option("words", line.words);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  if (yes) {
    const auto command =
        line.words.empty() ? std::nullopt : match_word(line.words.front(), words_after({}));
    if (command != "reload") throw UsageError("--yes belongs to 'reload'");
    line.words.emplace_back("--yes");
  }
  return line;
}

}  // namespace tern::ctl
