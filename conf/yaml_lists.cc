#include "conf/yaml_lists.h"

#include <algorithm>
#include <optional>

namespace tern::conf {
namespace {

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Returns whether the value means the same to YAML inside quotes and outside them.
bool is_plain(std::string_view value) {
  if (value.empty() || !is_alphanumeric(value.front())) return false;
  char before = ' ';
  for (const char c : value) {
    const bool known = is_alphanumeric(c) || c == '.' || c == '/' || c == ':' || c == '-' ||
                       c == '_' || (c == ' ' && before != ' ' && before != ':');
    if (!known) return false;
    before = c;
  }
  if (before == ' ' || before == ':') return false;
  return value != "null" && value != "Null" && value != "NULL";
}

struct Line {
  std::size_t indent = 0;  // spaces
  std::string_view rest;   // behind the indent, without blanks at the end
  [[nodiscard]] bool is_blank() const { return rest.empty() || rest.front() == '#'; }
};

Line line_of(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(' '), text.size());
  const auto end = text.find_last_not_of(" \t\r");
  return {begin, end == std::string_view::npos || end < begin
                     ? std::string_view()
                     : text.substr(begin, end + 1 - begin)};
}

// Returns the value of a line "- value" that may be taken.
std::optional<std::string_view> value_of(std::string_view line) {
  if (line.size() < 3 || line[0] != '-' || line[1] != ' ') return std::nullopt;
  std::string_view value = line.substr(2);
  const char quote = value.front();
  if (quote == '"' || quote == '\'') {
    if (value.size() < 2 || value.back() != quote) return std::nullopt;
    value = value.substr(1, value.size() - 2);
  }
  return is_plain(value) ? std::optional(value) : std::nullopt;
}

// The lines of a text, one after another.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  // Returns the next line with its line break, and "" at the end.
  std::string_view next() {
    const auto end = std::min(rest_.find('\n'), rest_.size() - (rest_.empty() ? 0 : 1));
    const std::string_view line = rest_.substr(0, rest_.empty() ? 0 : end + 1);
    rest_.remove_prefix(line.size());
    return line;
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

std::string_view without_break(std::string_view line) {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  return line;
}

// Returns whether the next line that is not blank continues a value at this indentation.
bool goes_on(std::string_view text, std::size_t indent) {
  Lines lines(text);
  for (std::string_view raw = lines.next(); !raw.empty(); raw = lines.next()) {
    const Line line = line_of(without_break(raw));
    if (!line.is_blank()) return line.indent > indent;
  }
  return false;
}

// Returns `first` and the values of the lines behind it that belong to the same list and may be
// taken. Moves `lines` behind the last of them.
std::vector<std::string_view> values_from(std::string_view first, std::size_t indent,
                                          Lines& lines) {
  std::vector<std::string_view> values{first};
  for (;;) {
    Lines ahead = lines;
    const Line line = line_of(without_break(ahead.next()));
    const auto value = line.indent == indent ? value_of(line.rest) : std::nullopt;
    if (!value || goes_on(ahead.rest(), indent)) return values;
    values.push_back(*value);
    lines = ahead;
  }
}

}  // namespace

int ShortenedText::original_line(int line) const {
  const auto behind =
      std::lower_bound(gaps_.begin(), gaps_.end(), line,
                       [](const Gap& gap, int searched) { return gap.line < searched; });
  return behind == gaps_.begin() ? line : line + std::prev(behind)->removed;
}

ShortenedText shorten_lists(std::string_view whole) {
  ShortenedText shortened;
  Lines lines(whole);
  int number = 0;
  int removed = 0;
  for (std::string_view raw = lines.next(); !raw.empty(); raw = lines.next()) {
    shortened.text += raw;
    ++number;
    const Line line = line_of(without_break(raw));
    const auto first = value_of(line.rest);
    if (!first) continue;
    Lines behind = lines;
    auto values = values_from(*first, line.indent, behind);
    const std::string_view taken =
        lines.rest().substr(0, lines.rest().size() - behind.rest().size());
    lines = behind;
    if (values.size() < kLeastTaken) {
      shortened.text += taken;
      number += static_cast<int>(values.size()) - 1;
      continue;
    }
    removed += static_cast<int>(values.size()) - 1;
    shortened.gaps_.push_back({number, removed});
    shortened.lists.push_back({number, static_cast<int>(line.indent) + 3, std::move(values)});
  }
  return shortened;
}

}  // namespace tern::conf
