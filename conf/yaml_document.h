// A YAML text as a tree that remembers where every node stands.
//
// The tree is built from yaml-cpp's events: duplicate keys, aliases and nulls arrive as written,
// and a hostile text (aliases of aliases, endless nesting) is refused before it costs anything. An
// alias is a second pointer to the same node. YamlDocument reads long lists of plain values without
// yaml-cpp (conf/yaml_lists.h), and the tree is the same. Immutable after parse().
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conf/report.h"

namespace tern::conf {

struct YamlNode {
  enum class Kind : std::uint8_t { Null, Scalar, List, Map };

  Kind kind = Kind::Null;
  Place place;
  std::string_view text;  // of a scalar; points into the document or into the parsed text
  std::vector<const YamlNode*> items;                                // of a list
  std::vector<std::pair<const YamlNode*, const YamlNode*>> entries;  // of a map, as written
  // Of the tree below with every alias followed; bounds what a walk can cost.
  std::size_t nodes = 1;

  // The value of the first entry with this key; null when there is none or this is no map.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
};

// "the text 'abc'", "a list", "a map", "nothing": what an error says was found.
[[nodiscard]] std::string describe(const YamlNode& node);

class YamlDocument {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20U;
  static constexpr std::size_t kDeepest = 32;             // the schema needs 8
  static constexpr std::size_t kMostByAlias = 1'000'000;  // nodes that aliases add to those written

  // Returns false after a fault of syntax, which is in the report; root() is then null. The text
  // must outlive the document. The caller calls parse() once.
  bool parse(std::string_view text, Report& report);

  // Null for an empty text.
  [[nodiscard]] const YamlNode* root() const { return root_; }
  // The node at `path`; null when there is none.
  [[nodiscard]] const YamlNode* find(const Path& path) const;
  // The place of the node at `path`, or of the nearest one above it that exists.
  [[nodiscard]] Place place(const Path& path) const;

 private:
  friend class YamlBuilder;
  [[nodiscard]] bool parse_shortened(std::string_view text);
  void clear();

  std::deque<YamlNode> nodes_;     // the addresses stay
  std::deque<std::string> texts_;  // of scalars that yaml-cpp read; the addresses stay
  const YamlNode* root_ = nullptr;
};

}  // namespace tern::conf
