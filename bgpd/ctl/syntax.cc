#include "bgpd/ctl/syntax.h"

#include <algorithm>
#include <array>
#include <utility>

#include "rib/types/family.h"

namespace tern::ctl {
namespace {

bool starts_with(const std::vector<std::string_view>& path,
                 const std::vector<std::string_view>& start) {
  return path.size() >= start.size() && std::equal(start.begin(), start.end(), path.begin());
}

// The other spellings people's fingers know.
std::string_view without_alias(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kAliases{
      {{"neighbour", "neighbor"}, {"neighbours", "neighbors"}}};
  for (const auto& [alias, word] : kAliases) {
    if (text == alias) return word;
  }
  return text;
}

}  // namespace

std::optional<std::string_view> match_word(std::string_view text,
                                           const std::vector<std::string_view>& words) {
  const std::string_view wanted = without_alias(text);
  if (wanted.empty()) return std::nullopt;
  std::vector<std::string_view> matches;
  for (const std::string_view word : words) {
    if (word == wanted) return word;
    if (word.substr(0, wanted.size()) == wanted) matches.push_back(word);
  }
  if (matches.empty()) return std::nullopt;
  const auto shorter = [](std::string_view a, std::string_view b) { return a.size() < b.size(); };
  const std::string_view longest = *std::max_element(matches.begin(), matches.end(), shorter);
  for (const std::string_view match : matches) {
    if (longest.substr(0, match.size()) == match) continue;
    throw UsageError("'" + std::string(text) + "' may mean " + alternatives(matches));
  }
  return longest;
}

std::vector<std::string_view> words_after(const std::vector<std::string_view>& path) {
  std::vector<std::string_view> words;
  for (const Syntax& syntax : commands()) {
    if (!starts_with(syntax.path, path) || syntax.path.size() == path.size()) continue;
    const std::string_view next = syntax.path[path.size()];
    if (std::find(words.begin(), words.end(), next) == words.end()) words.push_back(next);
  }
  return words;
}

const Syntax& find_command(const std::vector<std::string>& words, std::size_t& at) {
  std::vector<std::string_view> path;
  std::vector<std::string_view> expected = words_after(path);
  while (!expected.empty()) {
    const std::string behind =
        path.empty() ? std::string() : " after '" + std::string(path.back()) + "'";
    if (at == words.size()) {
      throw UsageError("a word is missing" + behind + ": " + alternatives(expected));
    }
    const std::optional<std::string_view> word = match_word(words[at], expected);
    if (!word) {
      throw UsageError("unknown word '" + words[at] + "'" + behind + ": expected " +
                       alternatives(expected));
    }
    path.push_back(*word);
    ++at;
    expected = words_after(path);
  }
  const auto found = std::find_if(commands().begin(), commands().end(),
                                  [&path](const Syntax& syntax) { return syntax.path == path; });
  return *found;  // expected is empty only behind a whole path
}

std::vector<std::string_view> keyword_words(const Syntax& syntax) {
  std::vector<std::string_view> words;
  words.reserve(syntax.keywords.size());
  for (const Keyword& keyword : syntax.keywords) words.push_back(keyword.word);
  return words;
}

std::vector<std::string_view> family_words() {
  std::vector<std::string_view> words;
  for (const Family family : kFamilies) words.push_back(row(family).short_name);
  return words;
}

std::string alternatives(const std::vector<std::string_view>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i != 0) text.append(i + 1 == words.size() ? " or " : ", ");
    text.append(words[i]);
  }
  return text;
}

}  // namespace tern::ctl
