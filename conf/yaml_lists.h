// shorten_lists() takes long lists of plain values, one value a line, out of a YAML text before
// yaml-cpp reads the text.
//
// A large configuration consists mostly of such lists: prefixes and AS numbers that a program
// wrote. yaml-cpp takes 3 microseconds for a line of a list, shorten_lists() a twentieth of that.
// shorten_lists() recognizes a list by its lines alone, so the lines may be something else, such as
// a block scalar. YamlDocument therefore puts each list back where yaml-cpp meets its first value,
// and reads the whole text with yaml-cpp where yaml-cpp does not meet that value. Pure.
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
  int column = 0;                        // of every value or its opening quote; from 1
  std::vector<std::string_view> values;  // from the whole text, without quotes; with the first
};

struct ShortenedText {
  std::string text;
  std::vector<TakenList> lists;  // by line

  // Returns the line in the whole text for a line in the shortened text; both from 1.
  [[nodiscard]] int original_line(int line) const;

 private:
  friend ShortenedText shorten_lists(std::string_view whole);
  struct Gap {
    int line = 0;     // the last line before the gap, in the shortened text
    int removed = 0;  // lines removed by this gap and the gaps before it
  };
  std::vector<Gap> gaps_;
};

// shorten_lists() takes a value that means the same with and without yaml-cpp: letters, digits and
// "./:-_" with single spaces between, in quotes or plain, and no word that YAML reads as null.
// Lists of fewer values than kLeastTaken stay in the text. `whole` must outlive the result.
inline constexpr std::size_t kLeastTaken = 16;
[[nodiscard]] ShortenedText shorten_lists(std::string_view whole);

}  // namespace tern::conf
