#include "bgpd/ctl/completion.h"

#include <algorithm>

#include "bgpd/ctl/syntax.h"

namespace tern::ctl {
namespace {

// COMP_WORDS is cut at colons; bash-completion, where installed, puts IPv6 addresses together.
constexpr std::string_view kBash = R"script(# bash completion of ternctl
_ternctl() {
  local cur cword words candidates
  if declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref -n : cur words cword
  else
    cur=${COMP_WORDS[COMP_CWORD]} cword=$COMP_CWORD words=("${COMP_WORDS[@]}")
  fi
  mapfile -t candidates < <("${words[0]}" complete -- "${words[@]:1:cword}" 2>/dev/null)
  COMPREPLY=("${candidates[@]%%$'\t'*}")
  if declare -F __ltrim_colon_completions >/dev/null; then
    __ltrim_colon_completions "$cur"
  fi
}
complete -F _ternctl ternctl
)script";

constexpr std::string_view kZsh = R"script(#compdef ternctl
_ternctl() {
  local -a candidates
  candidates=("${(@f)$("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  candidates=(${candidates%%$'\t'*})
  compadd -a candidates
}
compdef _ternctl ternctl
)script";

constexpr std::string_view kFish = R"script(# fish completion of ternctl
function __ternctl_candidates
  set -l words (commandline -opc)
  set -e words[1]
  ternctl complete -- $words (commandline -ct) 2>/dev/null
end
complete -c ternctl -f -a '(__ternctl_candidates)'
)script";

std::vector<Candidate> global_options() {
  return {{"--socket", "the daemon's socket"},
          {"--domain", "a further routing domain"},
          {"--json", "JSON in place of tables"},
          {"--no-color", "no colours"},
          {"--help", "help"},
          {"--version", "the version of ternctl"}};
}

// Everything that may stand at the last place, before what was typed of it narrows it down.
class Offer {
 public:
  Offer(const std::vector<std::string>& words, const NeighborNames& neighbor_names)
      : before_(words.begin(), words.end() - 1), neighbor_names_(neighbor_names) {}

  std::vector<Candidate> all() {
    std::vector<std::string_view> path;
    for (const std::string& word : before_) {
      const auto expected = words_after(path);
      if (expected.empty()) break;
      const auto found = match_word(word, expected);
      if (!found) return {};
      path.push_back(*found);
    }
    const auto next = words_after(path);
    if (!next.empty()) {
      for (const std::string_view word : next) add(word, summary_of(path, word));
      return std::move(candidates_);
    }
    for (const Syntax& syntax : commands()) {
      if (syntax.path == path) arguments_of(syntax);
    }
    return std::move(candidates_);
  }

 private:
  void add(std::string_view word, std::string_view help) {
    candidates_.push_back({std::string(word), std::string(help)});
  }

  void add_neighbors() {
    for (std::string& name : neighbor_names_())
      candidates_.push_back({std::move(name), "neighbor"});
  }

  static std::string_view summary_of(std::vector<std::string_view> path, std::string_view word) {
    path.push_back(word);
    for (const Syntax& syntax : commands()) {
      if (syntax.path == path) return syntax.summary;
    }
    return {};
  }

  void add_value(std::string_view value) {
    if (value == "NEIGHBOR") add_neighbors();
    if (value == "FAMILY") {
      for (const std::string_view word : family_words()) add(word, "");
    }
  }

  void arguments_of(const Syntax& syntax) {
    const std::vector<std::string> given(
        before_.begin() + static_cast<std::ptrdiff_t>(syntax.path.size()), before_.end());
    if (syntax.id == CommandId::Help) {
      if (given.empty()) {
        for (const std::string_view word : words_after({})) add(word, "");
      }
      return;
    }
    if (syntax.id == CommandId::Neighbor) return neighbor_arguments(syntax, given);
    const Keyword* const last = given.empty() ? nullptr : keyword_of(syntax, given.back());
    if (last != nullptr && !last->value.empty()) return add_value(last->value);
    if (given.empty() && !syntax.values.empty()) add_value(syntax.values.front());
    // A required prefix or neighbor comes first.
    const bool has_first = syntax.id == CommandId::Explain || syntax.path.front() == "filter";
    if (given.empty() && has_first) return;
    const bool only_one = syntax.id == CommandId::Completion || syntax.id == CommandId::Reload;
    if (only_one && !given.empty()) return;
    for (const Keyword& keyword : syntax.keywords) {
      const bool used = std::find(given.begin(), given.end(), keyword.word) != given.end();
      if (!used) add(keyword.word, keyword.help);
    }
  }

  void neighbor_arguments(const Syntax& syntax, const std::vector<std::string>& given) {
    if (given.empty()) {
      add_neighbors();
      add("all", "every neighbor");
    } else if (given.size() == 1) {
      for (const Keyword& keyword : syntax.keywords) add(keyword.word, keyword.help);
    } else if (given.size() == 2 && match_word(given.back(), {"refresh", "reset"}) == "refresh") {
      add("in", "ask for the peer's routes");
      add("out", "send ours");
    }
  }

  static const Keyword* keyword_of(const Syntax& syntax, const std::string& text) {
    const auto word = match_word(text, keyword_words(syntax));
    for (const Keyword& keyword : syntax.keywords) {
      if (word == keyword.word) return &keyword;
    }
    return nullptr;
  }

  std::vector<std::string> before_;
  const NeighborNames& neighbor_names_;
  std::vector<Candidate> candidates_;
};

}  // namespace

std::string_view completion_script(std::string_view shell) {
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  return kBash;
}

std::vector<Candidate> complete(const std::vector<std::string>& words,
                                const NeighborNames& neighbor_names) {
  const std::string& typed = words.back();
  std::vector<Candidate> candidates;
  if (typed.substr(0, 1) == "-") {
    candidates = global_options();
  } else {
    try {
      candidates = Offer(words, neighbor_names).all();
    } catch (const UsageError&) {
      return {};  // an ambiguous word before the last
    }
  }
  const auto unfit = [&typed](const Candidate& candidate) {
    return candidate.word.compare(0, typed.size(), typed) != 0;
  };
  candidates.erase(std::remove_if(candidates.begin(), candidates.end(), unfit), candidates.end());
  return candidates;
}

}  // namespace tern::ctl
