// The tree of a text with long lists is the tree that yaml-cpp alone would make.
#include "conf/yaml_lists.h"

#include <gtest/gtest.h>

#include <string>

#include "conf/yaml_document.h"

namespace tern::conf {
namespace {

std::string lines(std::size_t count, const std::string& indent, const std::string& quote = "") {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += indent + "- " + quote + "10." + std::to_string(i / 256) + '.' +
            std::to_string(i % 256) + ".0/24 le 32" + quote + '\n';
  }
  return text;
}

std::string tree(const YamlNode& node) {
  std::string text = std::to_string(node.place.line) + ':' + std::to_string(node.place.column);
  switch (node.kind) {
    case YamlNode::Kind::Null:
      return text + " null";
    case YamlNode::Kind::Scalar:
      return text + " '" + std::string(node.text) + "'";
    case YamlNode::Kind::List:
      text += " [";
      for (const YamlNode* item : node.items) text += tree(*item) + ", ";
      return text + "] of " + std::to_string(node.nodes);
    case YamlNode::Kind::Map:
      text += " {";
      for (const auto& [key, value] : node.entries) text += tree(*key) + ": " + tree(*value) + ", ";
      return text + "} of " + std::to_string(node.nodes);
  }
  return text;
}

std::string tree_of(const std::string& text) {
  YamlDocument document;
  Report report("t.yml");
  if (!document.parse(text, report)) return report.take().front().to_string();
  return document.root() == nullptr ? "nothing" : tree(*document.root());
}

// Returns the same YAML with a comment behind every value, so that shorten_lists() takes no list.
std::string commented(const std::string& text) {
  std::string all;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    at = end + 1;
    const std::string rest = line.substr(std::min(line.find_first_not_of(' '), line.size()));
    if (rest.rfind("- ", 0) == 0 && rest.find(':') == std::string::npos) {
      const bool returns = !line.empty() && line.back() == '\r';
      if (returns) line.pop_back();
      line += returns ? " # c\r" : " # c";
    }
    all += line + '\n';
  }
  return all;
}

void expect_same(const std::string& text, std::size_t taken) {
  SCOPED_TRACE(text.substr(0, 200));
  EXPECT_EQ(shorten_lists(text).lists.size(), taken);
  ASSERT_EQ(shorten_lists(commented(text)).lists.size(), 0U);
  EXPECT_EQ(tree_of(text), tree_of(commented(text)));
}

TEST(YamlLists, ALongListIsTheSameTreeAsByYamlCpp) {
  const std::size_t n = kLeastTaken;
  expect_same(lines(n, ""), 1);
  expect_same("a:\n" + lines(n, "  ") + "b: c\n", 1);
  expect_same("a:\n" + lines(n, "") + "b:\n" + lines(n + 5, "    ") + "d: e\n", 2);
  expect_same("a:\n" + lines(n, "  ", "\"") + lines(n, "  ", "'") + "b: c\n", 1);
  expect_same("- x\n-\n" + lines(n, "  ") + "- y\n", 1);
  expect_same("a: # some\n\n" + lines(n, "  ") + "\n# more\n" + lines(n, "  ") + "b: c\n", 2);
  expect_same("a:\n" + lines(n - 1, "  ") + "b: c\n", 0);  // too short
  std::string without_end = lines(n, "");
  without_end.pop_back();
  expect_same(without_end, 1);
}

TEST(YamlLists, LinesMayEndAsOnOtherSystems) {
  std::string text = "a:\n" + lines(kLeastTaken, "  ") + "b: c\n";
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 2)) {
    text.replace(at, 1, "\r\n");
  }
  expect_same(text, 1);
}

TEST(YamlLists, AValueThatGoesOnInTheNextLineIsRead) {
  const std::string longer = "a:\n" + lines(kLeastTaken + 1, "  ") + "      more\nb: c\n";
  EXPECT_EQ(shorten_lists(longer).lists.front().values.size(), kLeastTaken);
  EXPECT_NE(tree_of(longer).find("le 32 more'"), std::string::npos);
  const std::string deeper = "a:\n" + lines(kLeastTaken + 1, "  ") + "    - more\nb: c\n";
  EXPECT_NE(tree_of(deeper).find("le 32 - more'"), std::string::npos);
}

TEST(YamlLists, WhatLooksLikeAListIsReadAsWhatItIs) {
  const std::string text = lines(kLeastTaken, "  ");
  const std::string literal = tree_of("a: |\n" + text + "b: c\n");
  EXPECT_NE(literal.find("- 10.0.0.0/24 le 32\n- 10.0.1.0/24 le 32\n"), std::string::npos);
  EXPECT_NE(literal.find("'c'"), std::string::npos);
  const std::string plain = tree_of("a: b\n" + text);
  EXPECT_NE(plain.find("'b - 10.0.0.0/24 le 32 - 10.0.1.0/24 le 32"), std::string::npos);
  const std::string quoted_text = tree_of("a: \"b\n" + text + "  c\"\n");
  EXPECT_NE(quoted_text.find("'b - 10.0.0.0/24 le 32 - 10.0.1.0/24"), std::string::npos);
}

TEST(YamlLists, AValueWithAMeaningToYamlIsNotTaken) {
  for (const char* const value : {"null", "&a b", "*a", "!t b", "a: b", "a:", "a #b", "[a]", "{}",
                                  "\"a\\n\"", "'a''b'", "~", "", "?", "- b", "\"a", "a  b", "|"}) {
    std::string text;
    for (std::size_t i = 0; i < kLeastTaken; ++i) text += std::string("- ") + value + '\n';
    EXPECT_TRUE(shorten_lists(text).lists.empty()) << value;
  }
}

TEST(YamlLists, AFaultStandsWhereItIsInTheWholeText) {
  const std::string text = "a:\n" + lines(100, "  ") + "b: [c\nd: e\n";
  EXPECT_NE(tree_of(text).find("t.yml:103:"), std::string::npos) << tree_of(text);
  EXPECT_NE(tree_of("a:\n" + lines(100, "  ") + "b: *nobody\n").find("t.yml:102:4"),
            std::string::npos);
}

TEST(YamlLists, AliasesOfALongListCountAsItsNodes) {
  const std::string text = "a: &list\n" + lines(300'000, "  ");
  EXPECT_EQ(tree_of(text + "b: *list\n").find("aliases"), std::string::npos);
  EXPECT_NE(tree_of(text + "b: *list\nc: *list\nd: *list\ne: *list\n").find("aliases make"),
            std::string::npos);
}

}  // namespace
}  // namespace tern::conf
