// The text of an AS-path expression, parsed into a Thompson automaton.
//
// The dialect is the one of Cisco and FRR: digits, "." for any character, "*", "+", "?", "{2}",
// "{2,}", "{2,5}", "(a|b)", "[0-9]", "[^0-9]", "^" and "$", "\" before a special character, and "_"
// for a border: the start, the end, a blank, a brace, bracket or parenthesis. The expression may
// match anywhere in the text of the path. "{" without a count behind it is an error: the brace of
// an AS_SET is "\{". A comma matches the blank between the members of an AS_SET, which other
// routers print as a comma.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rib/types/result.h"

namespace tern::policy {

// The characters of AsPath::to_string(), in the order of their symbol numbers.
inline constexpr std::string_view kAsPathSymbols = "0123456789 {}()[]";
inline constexpr std::size_t kSymbolCount = kAsPathSymbols.size();

// A set of symbols: bit n is kAsPathSymbols[n].
using SymbolMask = std::uint32_t;
inline constexpr SymbolMask kAllSymbols = (SymbolMask{1} << kSymbolCount) - 1;

struct RegexNode {
  enum class Kind : std::uint8_t {
    Symbol,       // one character of `symbols`, then next
    Split,        // next, or alternative
    AssertStart,  // next, before the first character
    AssertEnd,    // next, behind the last character
    Match,
  };
  Kind kind = Kind::Match;
  SymbolMask symbols = 0;
  std::uint16_t next = 0;
  std::uint16_t alternative = 0;
};

struct RegexProgram {
  std::vector<RegexNode> nodes;
  std::uint16_t start = 0;
};

// Bounds for the automaton of an expression; counted repetitions multiply its size.
inline constexpr std::size_t kMaxRegexText = 16384;
inline constexpr std::size_t kMaxRegexNodes = 4096;
inline constexpr std::uint32_t kMaxRegexRepeat = 255;  // POSIX RE_DUP_MAX
inline constexpr std::size_t kMaxRegexDepth = 64;      // of parentheses

// The error names the place: "at character 5: ')' without '('".
[[nodiscard]] Result<RegexProgram, std::string> parse_as_path_regex(std::string_view text);

}  // namespace tern::policy
