#include "conf/report.h"

#include <algorithm>
#include <utility>

namespace tern::conf {
namespace {

constexpr std::size_t kLongestQuote = 60;  // of bytes; a line of an error stays a line

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

// Control characters would let a file write to the terminal of whoever reads its errors.
std::string one_line(std::string_view text) {
  std::string line;
  std::size_t end = std::min(text.size(), kLongestQuote);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;  // not inside a UTF-8 sequence
  }
  for (const char c : text.substr(0, end)) {
    line += (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) ? ' ' : c;
  }
  if (end < text.size()) line += "...";
  return line;
}

}  // namespace

Path Path::operator/(std::string_view name) const {
  Path longer = *this;
  longer.push(name);
  return longer;
}

Path Path::operator/(std::size_t index) const {
  Path longer = *this;
  longer.push(index);
  return longer;
}

std::string Path::to_string() const {
  std::string text;
  for (const Step& step : steps_) {
    if (step.is_index) {
      text += '[' + std::to_string(step.index) + ']';
    } else if (is_word(step.name)) {
      if (!text.empty()) text += '.';
      text += step.name;
    } else {
      text += "[\"" + one_line(step.name) + "\"]";
    }
  }
  return text;
}

std::string quoted(std::string_view text) { return '\'' + one_line(text) + '\''; }

void Report::add(Place place, std::string path, std::string message) {
  if (!seen_.emplace(file_, place.line, place.column, message).second) return;
  if (errors_.size() >= kMostErrors) {
    ++dropped_;
    return;
  }
  errors_.push_back({file_, place.line, place.column, std::move(path), std::move(message)});
}

void Report::add_in(const std::string& file, int line, std::string message) {
  if (!seen_.emplace(file, line, 1, message).second) return;
  if (errors_.size() >= kMostErrors) {
    ++dropped_;
    return;
  }
  errors_.push_back({file, line, line == 0 ? 0 : 1, "", std::move(message)});
}

bool Report::has_below(const std::string& path) const {
  return std::any_of(errors_.begin(), errors_.end(), [&](const Error& error) {
    if (error.path.compare(0, path.size(), path) != 0) return false;
    return error.path.size() == path.size() || error.path[path.size()] == '.' ||
           error.path[path.size()] == '[';
  });
}

std::vector<Error> Report::take() {
  std::stable_sort(errors_.begin(), errors_.end(), [&](const Error& a, const Error& b) {
    // The file itself first, then the files it names.
    return std::tuple(a.file != file_, std::cref(a.file).get(), a.line, a.column) <
           std::tuple(b.file != file_, std::cref(b.file).get(), b.line, b.column);
  });
  if (dropped_ != 0) {
    errors_.push_back({file_, 0, 0, "", "and " + std::to_string(dropped_) + " more errors"});
  }
  return std::move(errors_);
}

}  // namespace tern::conf
