// A regular expression over the text of an AS path, matched in linear time.
//
// parse_as_path_regex() returns a Thompson automaton. If the deterministic automaton made from it
// is small, as for the expressions that people write, a match costs one table look-up per
// character. Otherwise all states are walked in parallel. A match never goes back in the text, so
// no path and no expression can make it slow: at most characters × states steps.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/regex_syntax.h"
#include "rib/types/as_path.h"
#include "rib/types/result.h"

namespace tern::policy {

// Immutable after construction, safe from any thread; matching does not allocate. regex_syntax.h
// describes the dialect. Expressions are equal when their texts are.
class AsPathRegex {
 public:
  static constexpr std::size_t kMaxTableStates = 4096;

  // The error names the place: "at character 5: ')' without '('". table_states bounds the
  // deterministic automaton; with 0 none is made.
  [[nodiscard]] static Result<AsPathRegex, std::string> compile(
      std::string_view text, std::size_t table_states = kMaxTableStates);

  // Matches path.to_string(), without making the string.
  [[nodiscard]] bool matches(const AsPath& path) const;
  // Matches a text of the same form. A character that no path has matches nothing, not even ".".
  // Adds the steps taken to *steps, if given: the cost of a match, for tests and benchmarks.
  [[nodiscard]] bool matches(std::string_view text, std::size_t* steps = nullptr) const;

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::size_t state_count() const { return program_.nodes.size(); }
  [[nodiscard]] bool has_table() const { return !accepts_at_end_.empty(); }

  friend bool operator==(const AsPathRegex& a, const AsPathRegex& b) { return a.text_ == b.text_; }

 private:
  // The active states at one place of the text.
  using StateSet = std::array<std::uint64_t, kMaxRegexNodes / 64>;
  class Closure;
  class TableBuilder;
  class TableRun;
  class StatesRun;

  std::string text_;
  RegexProgram program_;
  // The deterministic automaton: row × symbol → row, kMatched once the match is certain. Empty: not
  // made.
  static constexpr std::uint16_t kMatched = 0xFFFF;
  std::vector<std::uint16_t> table_;
  std::vector<bool> accepts_at_end_;  // by row
};

}  // namespace tern::policy
