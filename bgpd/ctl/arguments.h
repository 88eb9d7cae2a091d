// The words of a command line, taken one by one, and the values among them. Internal to bgpd/ctl;
// all functions throw UsageError where a word is not what it should be.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/ctl/syntax.h"

namespace tern::ctl {

// The words behind a command's path, taken one by one.
class Arguments {
 public:
  Arguments(const Syntax& syntax, const std::vector<std::string>& words, std::size_t at)
      : syntax_(syntax), words_(words), at_(at) {}

  [[nodiscard]] bool empty() const { return at_ == words_.size(); }
  [[nodiscard]] const std::string& peek() const { return words_[at_]; }
  const std::string& take() { return words_[at_++]; }

  const std::string& take_value(std::string_view of, std::string_view what) {
    if (empty() || peek().empty()) {
      throw UsageError("'" + std::string(of) + "' needs " + std::string(what));
    }
    return take();
  }

  std::vector<std::string> take_rest() {
    std::vector<std::string> rest(words_.begin() + static_cast<std::ptrdiff_t>(at_), words_.end());
    at_ = words_.size();
    return rest;
  }

  // The keyword the next word is or abbreviates.
  [[nodiscard]] std::optional<std::string_view> keyword() const {
    return empty() ? std::nullopt : match_word(peek(), keyword_words(syntax_));
  }

  // Whether the next word is a keyword in full.
  [[nodiscard]] bool at_keyword() const { return !empty() && keyword() == peek(); }

  void expect_end() const {
    if (!empty()) throw UsageError("nothing is expected at '" + peek() + "'");
  }

 private:
  const Syntax& syntax_;
  const std::vector<std::string>& words_;
  std::size_t at_;
};

template <typename Number>
Number parse_number(const std::string& text, std::string_view of, Number least) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end || number < least) {
    throw UsageError("'" + std::string(of) + "' needs a number from " + std::to_string(least) +
                     " to " + std::to_string(std::numeric_limits<Number>::max()) + ", not '" +
                     text + "'");
  }
  return number;
}

// All words that are left, with blanks between them.
[[nodiscard]] std::string rest_of_line(Arguments& arguments);
// Whether the word is meant as a prefix or an address, and is no keyword.
[[nodiscard]] bool looks_like_prefix(const std::string& word);
// asplain, asdot (RFC 5396), with or without "AS" in front; not 0.
[[nodiscard]] std::uint32_t parse_as_number(std::string text);
// By its name or its short name: "ipv4-unicast" and "ipv4" are one family.
[[nodiscard]] std::string parse_family(const std::string& text);
// "90s", "30m", "12h", "7d"; in seconds.
[[nodiscard]] std::uint64_t parse_duration(const std::string& text);
// Milliseconds with fractions, from 0.001 to 10000; in microseconds. what: "a cost", for an error.
[[nodiscard]] std::uint32_t parse_milliseconds(const std::string& text, const std::string& what);
// The choice that the text is or abbreviates. of: the word that the text belongs to.
[[nodiscard]] std::string parse_choice(const std::string& text, std::string_view of,
                                       const std::vector<std::string_view>& choices);

}  // namespace tern::ctl
