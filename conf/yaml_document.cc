#include "conf/yaml_document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <streambuf>
#include <unordered_map>

#include "conf/utf8.h"
#include "conf/yaml_lists.h"

namespace tern::conf {
namespace {

Place place_of(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

// What stops the parser from a handler: caught in parse().
struct Refusal {
  Place place;
  std::string message;
};

// Thrown where lines that were taken out of the text are no list. parse_shortened() catches NoList.
struct NoList {};

// A std::istream over bytes that are already there.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* const begin = const_cast<char*>(text.data());  // the interface's; only read
    setg(begin, begin, begin + text.size());
  }
};

// The parser meets a tab only after it has misread what it indents.
bool is_indented_by_tab(std::string_view text, int line) {
  for (int i = 1; i < line && !text.empty(); ++i) {
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  }
  const auto first = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(0, first).find('\t') != std::string_view::npos;
}

void read(std::string_view text, YAML::EventHandler& handler) {
  ViewBuffer buffer(text);
  std::istream stream(&buffer);
  YAML::Parser parser(stream);
  while (parser.HandleNextDocument(handler)) {
  }
}

bool is_standard_tag(const std::string& tag) {
  return tag.empty() || tag == "?" || tag == "!" || tag.rfind("tag:yaml.org,2002:", 0) == 0;
}

}  // namespace

class YamlBuilder : public YAML::EventHandler {
 public:
  // shortened: the text that the parser reads, without the lists; null: the parser reads the whole.
  YamlBuilder(YamlDocument& document, const ShortenedText* shortened)
      : document_(document), shortened_(shortened) {}

  // Returns whether the builder has put back each list that was taken out.
  [[nodiscard]] bool complete() const {
    return shortened_ == nullptr || next_list_ == shortened_->lists.size();
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      throw Refusal{place_of(mark),
                    "a second YAML document starts here; a file is one configuration"};
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    place(make(YamlNode::Kind::Null, mark, anchor));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) throw Refusal{place_of(mark), "alias of nothing"};
    const YamlNode* const node = known->second;
    for (const Open& open : open_) {
      if (open.node == node) throw Refusal{place_of(mark), "an alias of the node it stands in"};
    }
    by_alias_ += node->nodes;
    if (by_alias_ > YamlDocument::kMostByAlias) {
      throw Refusal{place_of(mark), "aliases make this file larger than " +
                                        std::to_string(YamlDocument::kMostByAlias) + " nodes"};
    }
    place(node);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    YamlNode* const node = make(YamlNode::Kind::Scalar, mark, anchor);
    node->text = document_.texts_.emplace_back(value);
    place(node);
    if (!complete() && mark.line + 1 >= shortened_->lists[next_list_].line) put_back(mark, *node);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(YamlNode::Kind::List, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(YamlNode::Kind::Map, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  // A list or map whose end has not come yet.
  struct Open {
    YamlNode* node = nullptr;
    const YamlNode* key = nullptr;  // of a map, waiting for its value
  };

  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (is_standard_tag(tag)) return;
    throw Refusal{place_of(mark), "the tag " + conf::in_quotes(tag) + " means nothing here"};
  }

  YamlNode* make(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    YamlNode& node = document_.nodes_.emplace_back();
    node.kind = kind;
    node.place = place_of(mark);
    if (shortened_ != nullptr) node.place.line = shortened_->original_line(node.place.line);
    if (anchor != YAML::NullAnchor) anchors_[anchor] = &node;
    return &node;
  }

  // Puts back the values of the next list behind its first value. Throws NoList where `first` is
  // not that value.
  void put_back(const YAML::Mark& mark, const YamlNode& first) {
    const TakenList& list = shortened_->lists[next_list_++];
    const bool in_list = !open_.empty() && open_.back().node->kind == YamlNode::Kind::List;
    if (!in_list || mark.line + 1 != list.line || mark.column + 1 != list.column ||
        first.text != list.values.front()) {
      throw NoList{};
    }
    open_.back().node->items.reserve(open_.back().node->items.size() + list.values.size());
    for (std::size_t i = 1; i < list.values.size(); ++i) {
      YamlNode& node = document_.nodes_.emplace_back();
      node.kind = YamlNode::Kind::Scalar;
      node.place = {first.place.line + static_cast<int>(i), first.place.column};
      node.text = list.values[i];
      place(&node);
    }
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    refuse_tag(mark, tag);
    if (open_.size() >= YamlDocument::kDeepest) {
      throw Refusal{place_of(mark),
                    "nested deeper than " + std::to_string(YamlDocument::kDeepest) + " levels"};
    }
    open_.push_back({make(kind, mark, anchor), nullptr});
  }

  void close() {
    const YamlNode* const node = open_.back().node;
    open_.pop_back();
    place(node);
  }

  void place(const YamlNode* node) {
    if (open_.empty()) {
      document_.root_ = node;
      return;
    }
    Open& parent = open_.back();
    parent.node->nodes += node->nodes;
    if (parent.node->kind == YamlNode::Kind::List) {
      parent.node->items.push_back(node);
    } else if (parent.key == nullptr) {
      parent.key = node;
    } else {
      parent.node->entries.emplace_back(parent.key, node);
      parent.key = nullptr;
    }
  }

  YamlDocument& document_;
  const ShortenedText* const shortened_;
  std::size_t next_list_ = 0;  // the next list to put back
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, const YamlNode*> anchors_;
  std::size_t by_alias_ = 0;
  int documents_ = 0;
};

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const auto& [name, value] : entries) {
    if (name->kind == Kind::Scalar && name->text == key) return value;
  }
  return nullptr;
}

std::string describe(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::Null:
      return "nothing";
    case YamlNode::Kind::Scalar:
      return in_quotes(node.text);
    case YamlNode::Kind::List:
      return "a list";
    case YamlNode::Kind::Map:
      return "a map";
  }
  return "nothing";
}

bool YamlDocument::parse(std::string_view text, Report& report) {
  if (text.size() > kMostBytes) {
    report.add({}, "", "larger than " + std::to_string(kMostBytes >> 20U) + " MiB");
    return false;
  }
  // The schema's texts are UTF-8, and yaml-cpp takes a NUL for a sign of UTF-16.
  if (const std::size_t at = first_bad_byte(text); at < text.size()) {
    report.add(place_of_byte(text, at), "", "not UTF-8 text");
    return false;
  }
  if (parse_shortened(text)) return true;
  clear();
  Place place;
  std::string message;
  try {
    YamlBuilder builder(*this, nullptr);
    read(text, builder);
    return true;
  } catch (const Refusal& refusal) {
    place = refusal.place;
    message = refusal.message;
  } catch (const YAML::Exception& fault) {
    if (!fault.mark.is_null()) place = place_of(fault.mark);
    message = "not YAML: " + fault.msg;
    if (is_indented_by_tab(text, place.line)) message += "; a tab does not indent";
  }
  clear();
  report.add(place, "", std::move(message));
  return false;
}

// Returns false where no list is long enough, where taken lines are no list, and for a text with a
// fault: parse() then reads the whole text and reports the fault there.
bool YamlDocument::parse_shortened(std::string_view text) {
  const ShortenedText shortened = shorten_lists(text);
  if (shortened.lists.empty()) return false;
  try {
    YamlBuilder builder(*this, &shortened);
    read(shortened.text, builder);
    return builder.complete();
  } catch (const NoList&) {
  } catch (const Refusal&) {
  } catch (const YAML::Exception&) {
  }
  return false;
}

void YamlDocument::clear() {
  root_ = nullptr;
  nodes_.clear();
  texts_.clear();
}

namespace {

const YamlNode* child(const YamlNode& node, const Path::Step& step) {
  if (!step.is_index) return node.find(step.name);
  return step.index < node.items.size() ? node.items[step.index] : nullptr;
}

}  // namespace

const YamlNode* YamlDocument::find(const Path& path) const {
  const YamlNode* node = root_;
  for (const Path::Step& step : path.steps()) {
    if (node != nullptr) node = child(*node, step);
  }
  return node;
}

Place YamlDocument::place(const Path& path) const {
  if (root_ == nullptr) return {};
  const YamlNode* node = root_;
  for (const Path::Step& step : path.steps()) {
    const YamlNode* const next = child(*node, step);
    if (next == nullptr) break;
    node = next;
  }
  return node->place;
}

}  // namespace tern::conf
