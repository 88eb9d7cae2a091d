#include "conf/report.h"

#include <algorithm>
#include <utility>

#include "rib/types/one_line.h"

namespace tern::conf {
namespace {

constexpr std::size_t kLongestQuote = 60;  // of bytes; a line of an error stays a line

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

std::string shown(std::string_view text) { return one_line(text, kLongestQuote, Letters::Utf8); }

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
      text += "[\"" + shown(step.name) + "\"]";
    }
  }
  return text;
}

std::string in_quotes(std::string_view text) { return '\'' + shown(text) + '\''; }

void Report::add(Place place, std::string path, std::string message) {
  add_to(errors_, {file_, place.line, place.column, std::move(path), std::move(message)});
}

void Report::add_in(const std::string& file, int line, std::string message) {
  add_to(errors_, {file, line, line == 0 ? 0 : 1, "", std::move(message)});
}

void Report::warn(Place place, std::string path, std::string message) {
  add_to(warnings_, {file_, place.line, place.column, std::move(path), std::move(message), true});
}

void Report::add_to(List& list, Error error) {
  const std::tuple known(error.file, error.line, error.column, error.message);
  if (seen_.contains(known)) return;
  if (list.kept.size() >= kMostErrors) {
    ++list.dropped;
    return;
  }
  seen_.insert(known);
  list.kept.push_back(std::move(error));
}

bool Report::has_below(const std::string& path) const {
  return std::any_of(errors_.kept.begin(), errors_.kept.end(), [&](const Error& error) {
    if (error.path.compare(0, path.size(), path) != 0) return false;
    return error.path.size() == path.size() || error.path[path.size()] == '.' ||
           error.path[path.size()] == '[';
  });
}

std::vector<Error> Report::take() { return take(errors_, "errors"); }

std::vector<Error> Report::take_warnings() { return take(warnings_, "warnings"); }

std::vector<Error> Report::take(List& list, const std::string& noun) const {
  std::vector<Error> taken = std::move(list.kept);
  std::stable_sort(taken.begin(), taken.end(), [&](const Error& a, const Error& b) {
    // The file itself first, then the files it names.
    return std::tuple(a.file != file_, std::cref(a.file).get(), a.line, a.column) <
           std::tuple(b.file != file_, std::cref(b.file).get(), b.line, b.column);
  });
  if (list.dropped != 0) {
    const bool is_warning = &list == &warnings_;
    taken.push_back(
        {file_, 0, 0, "", "and " + std::to_string(list.dropped) + " more " + noun, is_warning});
  }
  return taken;
}

}  // namespace tern::conf
