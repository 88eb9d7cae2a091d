#include "conf/registration_file.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "conf/registration_builder.h"
#include "conf/utf8.h"
#include "rib/types/one_line.h"
#include "rib/types/trimmed.h"

namespace tern::conf {
namespace {

using Builder = RegistrationBuilder;

constexpr std::size_t kMostName = 40;  // octets of an unknown name in a message

std::string too_many() {
  return "more than " + std::to_string(kMostRegistrations) + " registrations";
}

// "#1 Hosting" is a name: of a comment, a blank or nothing is behind the sign.
bool is_comment(std::string_view line) {
  return line.substr(0, 1) == "#" &&
         (line.size() == 1 || line[1] == ' ' || line[1] == '\t' || line[1] == '\r');
}

// ---- CSV (RFC 4180, without line breaks in quotes)

class CsvReader {
 public:
  CsvReader(Builder& builder, Report& report) : builder_(builder), report_(report) {}

  // False: the reading ends.
  bool line(int number, std::string_view text) {
    const std::string_view whole = trimmed(text);
    if (whole.empty() || is_comment(text)) return true;
    if (columns_.empty()) return split(number, text, Builder::most_names()) && header();
    if (!split(number, text, columns_.size() + 1)) return !report_.is_full();
    if (cells_.size() != columns_.size()) {
      reject_number_of_cells(
          {number, static_cast<int>(whole.data() + whole.size() - text.data()) + 1});
      return !report_.is_full();
    }
    builder_.begin({number, 1});
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      const Cell& cell = cells_[i];
      values_.clear();
      if (columns_[i]->most != 0) {
        Builder::split_list(cell.text, cell.place, columns_[i]->most + 1, values_);
      } else if (!cell.text.empty()) {
        values_.push_back({cell.text, cell.place});
      }
      builder_.set(*columns_[i], values_);
    }
    builder_.end();
    if (builder_.too_many()) report_.add({number, 1}, "", conf::too_many());
    return !builder_.too_many() && !report_.is_full();
  }

  [[nodiscard]] bool has_header() const { return !columns_.empty(); }

 private:
  struct Cell {
    std::string text;
    Place place;
  };

  // Takes the first line that is no comment.
  bool header() {
    for (const Cell& cell : cells_) {
      const Builder::Field* const field = Builder::field(cell.text);
      if (field == nullptr) {
        report_.add(cell.place, "",
                    "unknown column " + in_quotes(one_line(cell.text, kMostName, Letters::Utf8)) +
                        (cell.text.substr(0, 1) == "#" ? "; a comment has a blank behind the '#'"
                                                       : Builder::did_you_mean(cell.text)));
      } else if (std::ranges::find(columns_, field) != columns_.end()) {
        report_.add(cell.place, "", "the column '" + cell.text + "' is given twice");
      } else {
        columns_.push_back(field);
      }
    }
    for (const Builder::Field& field : Builder::fields()) {
      if (field.required && std::ranges::find(columns_, &field) == columns_.end()) {
        report_.add(cells_.front().place, "",
                    "the column '" + std::string(field.name) + "' is missing");
      }
    }
    return report_.empty();
  }

  // RFC 4180 section 2 rule 4: each line has the same number of fields. end: of the line.
  void reject_number_of_cells(Place end) {
    const bool more = cells_.size() > columns_.size();
    report_.add(more ? cells_.back().place : end, "",
                "expected " + std::to_string(columns_.size()) +
                    " columns, as the first line has, found " +
                    (more ? "more" : std::to_string(cells_.size())));
  }

  // Splits a line into cells_, `most` at most. False: the line is wrong.
  bool split(int number, std::string_view text, std::size_t most) {
    cells_.clear();
    std::size_t at = 0;
    do {
      at = std::min(text.find_first_not_of(" \t\r", at), text.size());
      Cell& cell = cells_.emplace_back();
      cell.place = {number, static_cast<int>(at) + 1};
      const bool quoted = at < text.size() && text[at] == '"';
      if (quoted && !take_quoted(text, at, cell)) return false;
      const std::size_t comma = std::min(text.find(',', at), text.size());
      const std::string_view rest = trimmed(text.substr(at, comma - at));
      if (quoted && !rest.empty()) {
        report_.add({number, static_cast<int>(at) + 1}, "", "expected a comma behind the quote");
        return false;
      }
      if (!quoted) cell.text = rest;
      at = comma + 1;
    } while (at <= text.size() && cells_.size() < most);
    return true;
  }

  // at: of the quote; afterwards behind the closing one. Two quotes inside are one.
  bool take_quoted(std::string_view text, std::size_t& at, Cell& cell) {
    for (++at; at < text.size(); ++at) {
      if (text[at] == '"') {
        ++at;
        if (at == text.size() || text[at] != '"') return true;
      }
      cell.text += text[at];
    }
    report_.add(cell.place, "", "the quote does not end on its line");
    return false;
  }

  Builder& builder_;
  Report& report_;
  std::vector<const Builder::Field*> columns_;
  std::vector<Cell> cells_;             // scratch
  std::vector<Builder::Value> values_;  // scratch
};

std::shared_ptr<const policy::Registrations> read_csv(std::string_view text,
                                                      const std::string& name,
                                                      const RegistrationNames& names,
                                                      Report& report,
                                                      std::vector<std::string>* texts) {
  if (const std::size_t at = first_bad_byte(text); at < text.size()) {
    report.add(place_of_byte(text, at), "", "not UTF-8 text");
    return nullptr;
  }
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    text.remove_prefix(kByteOrderMark.size());
  }
  Builder builder(names, name, "", report, texts);
  CsvReader reader(builder, report);
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    if (!reader.line(number, text.substr(0, end))) return nullptr;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  if (!reader.has_header() && report.empty()) {
    report.add({1, 1}, "", "expected a first line with the names of the columns");
  }
  return builder.finish();
}

// ---- YAML

class YamlReader {
 public:
  YamlReader(Builder& builder) : builder_(builder) {}

  void entry(const YamlNode& node) {
    builder_.begin(node.place);
    if (node.kind != YamlNode::Kind::Map) {
      builder_.fault(node.place, "", "expected a map, found " + describe(node));
    } else {
      map(node, "");
    }
    builder_.end();
  }

 private:
  // within: the name of the map in its registration; empty: the registration itself.
  void map(const YamlNode& node, const std::string& within) {
    if (node.entries.size() >= Builder::most_names()) {
      return builder_.fault(node.place, within,
                            "more than " + std::to_string(Builder::fields().size()) + " keys");
    }
    std::vector<std::string_view> seen;
    for (const auto& [key, child] : node.entries) {
      if (key->kind != YamlNode::Kind::Scalar) {
        builder_.fault(key->place, "", "expected a name, found " + describe(*key));
        continue;
      }
      const std::string name =
          within.empty() ? std::string(key->text) : within + '.' + std::string(key->text);
      if (std::ranges::find(seen, key->text) != seen.end()) {
        builder_.fault(key->place, "", "the key " + describe(*key) + " is given twice");
      }
      seen.push_back(key->text);
      const bool is_part = within.empty() && (name == "path" || name == "guard");
      if (is_part && child->kind == YamlNode::Kind::Map) {
        map(*child, name);
      } else if (is_part) {
        builder_.fault(child->place, name, "expected a map, found " + describe(*child));
      } else {
        value(name, *key, *child);
      }
    }
  }

  void value(const std::string& name, const YamlNode& key, const YamlNode& node) {
    const Builder::Field* const field = Builder::field(name);
    if (field == nullptr) {
      return builder_.fault(key.place, "",
                            "unknown key " + describe(key) + Builder::did_you_mean(name));
    }
    values_.clear();
    const bool is_list = node.kind == YamlNode::Kind::List;
    if (field->most == 0 ? node.kind != YamlNode::Kind::Scalar : !is_list) {
      return builder_.fault(node.place, name,
                            std::string(field->most == 0 ? "expected a text" : "expected a list") +
                                ", found " + describe(node));
    }
    if (!is_list) values_.push_back({node.text, node.place});
    for (const YamlNode* item : node.items) {
      if (item->kind != YamlNode::Kind::Scalar) {
        return builder_.fault(item->place, name, "expected a text, found " + describe(*item));
      }
      values_.push_back({item->text, item->place});
      if (values_.size() > field->most) break;
    }
    builder_.set(*field, values_);
  }

  Builder& builder_;
  std::vector<Builder::Value> values_;  // scratch
};

// The root of a file: a map with nothing but `prefixes`. An empty file may be one that somebody
// failed to write; only an empty list means that there are no registrations.
bool has_only_prefixes(const YamlDocument& document, Report& report) {
  const YamlNode* const root = document.root();
  if (root == nullptr || root->kind != YamlNode::Kind::Map) {
    const bool empty = root == nullptr || root->kind == YamlNode::Kind::Null;
    report.add(
        empty ? Place{1, 1} : root->place, "",
        "expected a map with the list 'prefixes', found " + (empty ? "nothing" : describe(*root)));
    return false;
  }
  if (root->entries.empty()) report.add(root->place, "", "the list 'prefixes' is missing");
  for (const auto& [key, child] : root->entries) {
    if (key->kind == YamlNode::Kind::Scalar && key->text == "prefixes") continue;
    report.add(key->place, "", "unknown key " + describe(*key) + ", expected 'prefixes'");
    return false;
  }
  return report.empty();
}

}  // namespace

std::optional<RegistrationFormat> registration_format(std::string_view path) {
  if (path.ends_with(".csv")) return RegistrationFormat::Csv;
  if (path.ends_with(".yaml") || path.ends_with(".yml")) return RegistrationFormat::Yaml;
  return std::nullopt;
}

std::shared_ptr<const policy::Registrations> read_registration_list(
    const YamlDocument& document, const Path& path, const std::string& name,
    const RegistrationNames& names, Report& report, std::vector<std::string>* texts) {
  Builder builder(names, name, path.to_string(), report, texts);
  const YamlNode* const list = document.find(path);
  if (list == nullptr) return builder.finish();
  if (list->kind != YamlNode::Kind::List) {
    report.add(list->place, path.to_string(), "expected a list, found " + describe(*list));
    return builder.finish();
  }
  YamlReader reader(builder);
  for (const YamlNode* node : list->items) {
    reader.entry(*node);
    if (builder.too_many()) report.add(node->place, path.to_string(), too_many());
    if (builder.too_many() || report.is_full()) break;
  }
  return builder.finish();
}

ReadRegistrations read_registrations(std::string_view text, RegistrationFormat format,
                                     const std::string& name, const RegistrationNames& names,
                                     std::vector<std::string>* texts,
                                     std::vector<Error>* warnings) {
  Report report(name);
  const bool csv = format == RegistrationFormat::Csv;
  const std::size_t most = csv ? kMostRegistrationOctets : kMostRegistrationYaml;
  std::shared_ptr<const policy::Registrations> found;
  if (text.size() > most) {
    report.add({}, "", "larger than " + std::to_string(most >> 20U) + " MiB");
  } else if (csv) {
    found = read_csv(text, name, names, report, texts);
  } else {
    YamlDocument document;
    if (document.parse(text, report) && has_only_prefixes(document, report)) {
      found = read_registration_list(document, Path() / "prefixes", name, names, report, texts);
    }
  }
  if (report.empty()) {
    if (warnings != nullptr) *warnings = report.take_warnings();
    return found;
  }
  const bool ended = report.is_full();
  std::vector<Error> errors = report.take();
  if (ended) {
    errors.push_back(
        {name, 0, 0, "", "there may be further errors, because the reading ended at so many"});
  }
  return errors;
}

}  // namespace tern::conf
