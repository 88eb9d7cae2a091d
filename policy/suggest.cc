#include "policy/suggest.h"

#include <algorithm>
#include <cstddef>

namespace tern::policy {
namespace {

// Longer words are no mistyped names, and the distance costs the product of the lengths.
constexpr std::size_t kLongestName = 256;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Optimal string alignment: Levenshtein's distance with swaps of adjacent characters. Three rows
// suffice.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> two_back(b.size() + 1);
  std::vector<std::size_t> back(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) back[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const char x = lower(a[i - 1]);
      const char y = lower(b[j - 1]);
      row[j] = std::min({back[j] + 1, row[j - 1] + 1, back[j - 1] + (x == y ? 0U : 1U)});
      const bool swapped = i > 1 && j > 1 && x == lower(b[j - 2]) && y == lower(a[i - 2]) && x != y;
      if (swapped) row[j] = std::min(row[j], two_back[j - 2] + 1);
    }
    two_back.swap(back);
    back.swap(row);
  }
  return back[b.size()];
}

}  // namespace

std::string_view nearest_name(std::string_view typed, const std::vector<std::string>& known) {
  if (typed.empty() || typed.size() > kLongestName) return {};
  const std::size_t allowed = std::max<std::size_t>(1, typed.size() / 3);
  std::string_view nearest;
  std::size_t fewest = allowed + 1;
  for (const std::string& name : known) {
    const std::size_t shorter = std::min(name.size(), typed.size());
    const std::size_t longer = std::max(name.size(), typed.size());
    if (longer - shorter >= fewest) continue;
    const std::size_t edits = edit_distance(typed, name);
    // As many edits as characters: the words share nothing.
    if (edits >= fewest || edits >= longer) continue;
    fewest = edits;
    nearest = name;
  }
  return nearest;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known) {
  const std::string_view name = nearest_name(typed, known);
  if (name.empty()) return {};
  return "; did you mean '" + std::string(name) + "'?";
}

}  // namespace tern::policy
