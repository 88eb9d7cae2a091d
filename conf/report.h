// Where something stands in a configuration, and the list of what is wrong there.
#pragma once

#include <compare>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "conf/config.h"

namespace tern::conf {

// 1-based; {0, 0}: the file as a whole.
struct Place {
  int line = 0;
  int column = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

// The way to a node: fields by name, entries of maps by key, entries of lists by position. The
// names are views: of the schema, of the document, of literals; whoever builds a path keeps them
// alive.
class Path {
 public:
  struct Step {
    std::string_view name;  // of a field, or the key of a map
    std::size_t index = 0;  // of a list
    bool is_index = false;
  };

  void push(std::string_view name) { steps_.push_back({name, 0, false}); }
  void push(std::size_t index) { steps_.push_back({{}, index, true}); }
  void pop() { steps_.pop_back(); }

  [[nodiscard]] Path operator/(std::string_view name) const;
  [[nodiscard]] Path operator/(std::size_t index) const;

  [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }
  // "peers[2].hold_time"; a key that is no plain word is quoted: groups["a.b"].asn
  [[nodiscard]] std::string to_string() const;

 private:
  std::vector<Step> steps_;
};

// Text of a file in a message: in single quotes, on one line, of a bearable length.
[[nodiscard]] std::string in_quotes(std::string_view text);

// The errors and warnings of one file, in the order they are found; sorted by place when taken.
class Report {
 public:
  explicit Report(std::string file) : file_(std::move(file)) {}

  // An equal message at an equal place is one error: what an alias or a group spreads is said once.
  void add(Place place, std::string path, std::string message);
  // In another file that the configuration names.
  void add_in(const std::string& file, int line, std::string message);
  // What is legal and hardly meant. Warnings do not count for empty(), size() and has_below().
  void warn(Place place, std::string path, std::string message);

  [[nodiscard]] bool empty() const { return errors_.kept.empty(); }
  [[nodiscard]] std::size_t size() const { return errors_.kept.size() + errors_.dropped; }
  // Whether further errors are not kept: a reader may end.
  [[nodiscard]] bool is_full() const { return errors_.kept.size() >= kMostErrors; }
  // Whether something was reported at this path or below it.
  [[nodiscard]] bool has_below(const std::string& path) const;
  // No more than kMostErrors of either are kept; a last one tells how many more there were. An
  // error that is not kept counts as often as it is found.
  [[nodiscard]] std::vector<Error> take();
  [[nodiscard]] std::vector<Error> take_warnings();

  static constexpr std::size_t kMostErrors = 1000;  // more is a wrong file, not a list of mistakes

 private:
  struct List {
    std::vector<Error> kept;
    std::size_t dropped = 0;
  };
  void add_to(List& list, Error error);
  [[nodiscard]] std::vector<Error> take(List& list, const std::string& noun) const;

  std::string file_;
  List errors_;
  List warnings_;
  std::set<std::tuple<std::string, int, int, std::string>> seen_;  // those that are kept
};

}  // namespace tern::conf
