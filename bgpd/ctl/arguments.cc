#include "bgpd/ctl/arguments.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "bgpd/ctl/round_trip.h"
#include "rib/types/family.h"

namespace tern::ctl {

std::string rest_of_line(Arguments& arguments) {
  std::string text;
  for (const std::string& word : arguments.take_rest()) {
    if (!text.empty()) text.push_back(' ');
    text.append(word);
  }
  return text;
}

bool looks_like_prefix(const std::string& word) {
  return word.find_first_of("./:") != std::string::npos;
}

std::uint32_t parse_as_number(std::string text) {
  constexpr std::string_view kWhat = "origin-as";
  if (text.size() > 2 && (text[0] == 'A' || text[0] == 'a') && (text[1] == 'S' || text[1] == 's')) {
    text.erase(0, 2);
  }
  const std::size_t dot = text.find('.');
  // AS 0 originates nothing (RFC 7607), and 0 is "any" in the request.
  if (dot == std::string::npos) return parse_number<std::uint32_t>(text, kWhat, 1);
  const auto high = parse_number<std::uint16_t>(text.substr(0, dot), kWhat, 0);
  const auto low = parse_number<std::uint16_t>(text.substr(dot + 1), kWhat, 0);
  const std::uint32_t asn = (std::uint32_t{high} << 16U) | low;
  if (asn == 0) throw UsageError("'origin-as' cannot be 0");
  return asn;
}

std::string parse_family(const std::string& text) {
  std::vector<std::string_view> words = family_words();
  const std::string expected = alternatives(words);
  for (const Family family : kFamilies) {
    if (row(family).name != row(family).short_name) words.push_back(row(family).name);
  }
  const auto word = match_word(text, words);
  for (const Family family : kFamilies) {
    if (word == row(family).name || word == row(family).short_name) {
      return std::string(row(family).name);
    }
  }
  throw UsageError("'family' needs " + expected + ", not '" + text + "'");
}

std::string parse_choice(const std::string& text, std::string_view of,
                         const std::vector<std::string_view>& choices) {
  if (const auto choice = match_word(text, choices)) return std::string(*choice);
  throw UsageError("'" + std::string(of) + "' needs " + alternatives(choices) + ", not '" + text +
                   "'");
}

std::uint64_t parse_duration(const std::string& text) {
  constexpr std::uint64_t kLongest = std::uint64_t{3650} * 86400;  // ten years
  constexpr std::array<std::pair<char, std::uint64_t>, 4> kUnits{
      {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}}};
  const auto* const unit = std::ranges::find_if(
      kUnits, [&](const auto& known) { return !text.empty() && text.back() == known.first; });
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size() - (unit != kUnits.end() ? 1 : 0);
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const bool good = unit != kUnits.end() && error == std::errc{} && stop == end && number != 0;
  const std::uint64_t seconds = good ? number * unit->second : 0;
  if (seconds == 0 || seconds > kLongest) {
    throw UsageError("'for' needs a time such as 90s, 30m, 12h or 7d, not '" + text + "'");
  }
  return seconds;
}

std::uint32_t parse_milliseconds(const std::string& text, const std::string& what) {
  const auto microseconds = parse_round_trip(text);
  if (!microseconds) {
    throw UsageError(what + " is from 0.001 to 10000 milliseconds, not '" + text + "'");
  }
  return *microseconds;
}

}  // namespace tern::ctl
