#include "bgpd/ctl/help.h"

#include <algorithm>
#include <string_view>

#include "bgpd/ctl/text.h"

namespace tern::ctl {
namespace {

constexpr std::size_t kHelpWidth = 96;

std::string path_text(const Syntax& syntax) {
  std::string text;
  for (const std::string_view word : syntax.path) {
    if (!text.empty()) text.push_back(' ');
    text.append(word);
  }
  return text;
}

std::string usage_text(const Syntax& syntax) {
  std::string text = path_text(syntax);
  if (!syntax.arguments.empty()) text.append(" ").append(syntax.arguments);
  return text;
}

std::string summary_lines(const std::vector<const Syntax*>& listed) {
  std::size_t width = 0;
  for (const Syntax* syntax : listed) width = std::max(width, usage_text(*syntax).size());
  std::string text;
  for (const Syntax* syntax : listed) {
    text.append("  ").append(padded(usage_text(*syntax), width)).append("  ");
    text.append(syntax->summary).append("\n");
  }
  return text;
}

bool leads_to(const std::vector<std::string_view>& path, const Syntax& syntax) {
  return syntax.path.size() > path.size() &&
         std::equal(path.begin(), path.end(), syntax.path.begin());
}

}  // namespace

std::string general_help(const Screen& screen) {
  std::vector<const Syntax*> all;
  for (const Syntax& syntax : commands()) all.push_back(&syntax);
  std::string text = "ternctl: see and steer a running ternd\n\n";
  text.append(screen.paint(Tint::Bold, "Usage")).append("\n  ternctl [OPTION...] COMMAND\n\n");
  text.append(screen.paint(Tint::Bold, "Commands")).append("\n").append(summary_lines(all));
  text.append("\n").append(screen.paint(Tint::Bold, "Options")).append(R"(
  --socket PATH  the daemon's socket (default: $TERN_SOCKET, else /run/tern/ternd.sock)
  --domain NAME  a further routing domain of the daemon (default: $TERN_DOMAIN, else the first)
  --json         JSON in place of tables: every field, numbers as numbers, lists as one array
  --no-color     no colours (NO_COLOR in the environment does the same)
  --help         this text, or that of the command
  --version      the version of ternctl itself

Words may be shortened while they stay unique: ternctl sh nei. More on one: ternctl help COMMAND.
Exit codes: 0 done; 1 the daemon answered with an error, or the one thing asked for is not there;
2 wrong usage; 3 the daemon cannot be reached.
)");
  return text;
}

std::string command_help(const Syntax& syntax, const Screen& screen) {
  std::string text(syntax.summary);
  text.append("\n\n").append(screen.paint(Tint::Bold, "Usage")).append("\n  ternctl ");
  text.append(usage_text(syntax)).append("\n");
  if (!syntax.keywords.empty()) {
    std::size_t width = 0;
    for (const Keyword& keyword : syntax.keywords) {
      width = std::max(width, keyword.word.size() + 1 + keyword.value.size());
    }
    text.append("\n").append(screen.paint(Tint::Bold, "Words")).append("\n");
    for (const Keyword& keyword : syntax.keywords) {
      std::string word(keyword.word);
      if (!keyword.value.empty()) word.append(" ").append(keyword.value);
      text.append("  ").append(padded(word, width)).append("  ").append(keyword.help).append("\n");
    }
  }
  if (!syntax.notes.empty()) {
    text.append("\n");
    for (const std::string& line : wrap(syntax.notes, kHelpWidth)) text.append(line).append("\n");
  }
  text.append("\n").append(screen.paint(Tint::Bold, "Examples")).append("\n");
  for (const std::string_view example : syntax.examples) {
    text.append("  ").append(example).append("\n");
  }
  return text;
}

std::string help_about(const std::vector<std::string>& words, const Screen& screen) {
  if (words.empty()) return general_help(screen);
  std::vector<std::string_view> path;
  for (const std::string& word : words) {
    const std::vector<std::string_view> expected = words_after(path);
    if (expected.empty()) break;  // arguments of the command
    const auto found = match_word(word, expected);
    if (!found) throw UsageError("there is no command '" + word + "': " + alternatives(expected));
    path.push_back(*found);
  }
  std::vector<const Syntax*> listed;
  for (const Syntax& syntax : commands()) {
    if (syntax.path == path) return command_help(syntax, screen);
    if (leads_to(path, syntax)) listed.push_back(&syntax);
  }
  return summary_lines(listed);
}

}  // namespace tern::ctl
