// Long lists of plain values, one a line, taken out of a YAML text before yaml-cpp reads it.
//
// Nearly all of a large configuration is such lists: prefixes and AS numbers that a program wrote.
// yaml-cpp takes 3 microseconds for a line of them, this reader a twentieth of that. It knows a
// list by its lines alone, so that what it takes out may be something else, such as the lines of a
// block scalar: YamlDocument puts each list back where yaml-cpp meets its first value, and reads
// the whole text with yaml-cpp where it does not meet one. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tern::conf {

// Values of consecutive lines "- 192.0.2.0/24" of equal indentation, the first of which is still in
// the shortened text.
struct TakenList {
  int line = 0;                          // of the first value, in the shortened text; from 1
  int column = 0;                        // of every value, its quote where it has one; from 1
  std::vector<std::string_view> values;  // of the whole text, quotes taken off; the first as well
};

struct ShortenedText {
  std::string text;
  std::vector<TakenList> lists;  // by line

  // The line in the whole text of one of the shortened text; both from 1.
  [[nodiscard]] int original_line(int line) const;

 private:
  friend ShortenedText shorten_lists(std::string_view whole);
  struct Gap {
    int line = 0;     // the last one before it, in the shortened text
    int removed = 0;  // lines, of this gap and all before it
  };
  std::vector<Gap> gaps_;
};

// A value is taken where it means the same with and without yaml-cpp: letters, digits and "./:-_"
// with single spaces between, in quotes or plain, no word that YAML reads as null. Lists of fewer
// values than kLeastTaken stay. `whole` must outlive the result.
inline constexpr std::size_t kLeastTaken = 16;
[[nodiscard]] ShortenedText shorten_lists(std::string_view whole);

}  // namespace tern::conf
