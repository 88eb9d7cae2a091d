#include "policy/regex_syntax.h"

#include <limits>
#include <memory>
#include <optional>
#include <utility>

namespace tern::policy {
namespace {

constexpr std::uint32_t kUnbounded = std::numeric_limits<std::uint32_t>::max();

struct Tree {
  enum class Kind : std::uint8_t { Symbol, Border, Start, End, Sequence, Choice, Repeat };
  Kind kind = Kind::Symbol;
  SymbolMask symbols = 0;
  std::vector<Tree> children;
  std::uint32_t least = 0;  // of Repeat
  std::uint32_t most = 0;
};

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

SymbolMask mask_of(char c) {
  if (c == ',') c = ' ';
  const std::size_t symbol = kAsPathSymbols.find(c);
  return symbol == std::string_view::npos ? 0 : SymbolMask{1} << symbol;
}

// The symbols that "_" matches, beside the start and the end.
SymbolMask border_symbols() {
  SymbolMask mask = 0;
  for (const char c : kAsPathSymbols) {
    if (!is_digit(c)) mask |= mask_of(c);
  }
  return mask;
}

// Recursive descent; the depth is bounded by kMaxRegexDepth. The first error ends it.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Tree, std::string> parse() {
    Tree tree = choice(0);
    if (error_.empty() && at_ < text_.size()) fail(at_, "')' without '('");
    if (!error_.empty()) return error_;
    return tree;
  }

 private:
  [[nodiscard]] bool more() const { return error_.empty() && at_ < text_.size(); }
  [[nodiscard]] bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }

  void fail(std::size_t position, std::string what) {
    if (error_.empty()) error_ = "at character " + std::to_string(position + 1) + ": " + what;
  }

  Tree choice(std::size_t depth) {
    Tree tree;
    tree.kind = Tree::Kind::Choice;
    tree.children.push_back(sequence(depth));
    while (more() && next_is('|')) {
      ++at_;
      tree.children.push_back(sequence(depth));
    }
    return tree.children.size() == 1 ? Tree(std::move(tree.children.front())) : tree;
  }

  Tree sequence(std::size_t depth) {
    Tree tree;
    tree.kind = Tree::Kind::Sequence;
    while (more() && !next_is('|') && !next_is(')')) tree.children.push_back(repeated(depth));
    if (error_.empty() && tree.children.empty()) fail(at_, "nothing to match here");
    return tree;
  }

  Tree repeated(std::size_t depth) {
    Tree tree = atom(depth);
    const std::size_t position = at_;
    auto counts = repetition();
    if (!counts || !error_.empty()) return tree;
    if (tree.kind == Tree::Kind::Start || tree.kind == Tree::Kind::End) {
      fail(position, "'^' and '$' cannot be repeated");
    }
    const std::size_t second = at_;
    if (repetition()) fail(second, "a repetition of a repetition; put the first in parentheses");
    Tree repeat;
    repeat.kind = Tree::Kind::Repeat;
    repeat.least = counts->first;
    repeat.most = counts->second;
    repeat.children.push_back(std::move(tree));
    return repeat;
  }

  // "*", "+", "?", "{2}", "{2,}", "{2,5}"; nothing if none of them follows.
  std::optional<std::pair<std::uint32_t, std::uint32_t>> repetition() {
    if (!more()) return std::nullopt;
    switch (text_[at_]) {
      case '*':
        ++at_;
        return std::pair{0U, kUnbounded};
      case '+':
        ++at_;
        return std::pair{1U, kUnbounded};
      case '?':
        ++at_;
        return std::pair{0U, 1U};
      case '{':
        return counted();
      default:
        return std::nullopt;
    }
  }

  std::optional<std::pair<std::uint32_t, std::uint32_t>> counted() {
    const std::size_t open = at_++;
    const auto least = number();
    auto most = least;
    if (least && next_is(',')) {
      ++at_;
      most = next_is('}') ? std::optional(kUnbounded) : number();
    }
    if (!least || !most || !next_is('}')) {
      fail(open,
           "'{' without a count, as in '{2}' or '{2,5}'; write '\\{' for the brace of an AS_SET");
      return std::nullopt;
    }
    ++at_;
    if (*least > kMaxRegexRepeat || (*most > kMaxRegexRepeat && *most != kUnbounded)) {
      fail(open, "more than " + std::to_string(kMaxRegexRepeat) +
                     " repetitions; write '\\{' for the brace of an AS_SET");
    }
    if (*least > *most) fail(open, "the smaller count comes first");
    if (*most == 0) fail(open, "zero repetitions match nothing");
    return std::pair{*least, *most};
  }

  std::optional<std::uint32_t> number() {
    std::uint32_t value = 0;
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) {
      // Stops growing above the limit, because only that matters.
      if (value <= kMaxRegexRepeat)
        value = value * 10 + static_cast<std::uint32_t>(text_[at_] - '0');
      ++at_;
    }
    if (at_ == begin) return std::nullopt;
    return value;
  }

  Tree atom(std::size_t depth) {
    const std::size_t position = at_;
    const char c = text_[at_++];
    switch (c) {
      case '(':
        return group(position, depth);
      case '[':
        return bracket(position);
      case '.':
        return symbol(kAllSymbols);
      case '_':
        return plain(Tree::Kind::Border);
      case '^':
        return plain(Tree::Kind::Start);
      case '$':
        return plain(Tree::Kind::End);
      case '*':
      case '+':
      case '?':
        fail(position, std::string("nothing before '") + c + "' to repeat");
        return {};
      case '{':
        fail(position, "write '\\{' for the brace of an AS_SET");
        return {};
      case '\\':
        return escaped(position);
      default:
        return literal(c, position);
    }
  }

  Tree group(std::size_t position, std::size_t depth) {
    if (depth == kMaxRegexDepth) {
      fail(position,
           "more than " + std::to_string(kMaxRegexDepth) + " parentheses inside each other");
      return {};
    }
    Tree tree = choice(depth + 1);
    if (!next_is(')')) fail(position, "'(' without ')'");
    ++at_;
    return tree;
  }

  Tree escaped(std::size_t position) {
    if (at_ == text_.size()) {
      fail(position, "nothing behind '\\'");
      return {};
    }
    return literal(text_[at_++], position);
  }

  Tree literal(char c, std::size_t position) {
    const SymbolMask mask = mask_of(c);
    if (mask == 0) fail(position, quoted(c) + " never stands in an AS path");
    return symbol(mask);
  }

  static std::string quoted(char c) {
    if (c < ' ' || c > '~') return "this character";
    return std::string("'") + c + "'";
  }

  // "[0-9 ]", "[^0-9]", "[]5]", "[_5]". Characters that no path has are allowed beside characters
  // that paths have.
  Tree bracket(std::size_t position) {
    const bool inverted = next_is('^');
    if (inverted) ++at_;
    SymbolMask mask = 0;
    bool first = true;
    while (at_ < text_.size() && (first || text_[at_] != ']')) {
      first = false;
      const char low = text_[at_++];
      if (low == '[' && next_is(':')) fail(at_ - 1, "named classes are not known here; write 0-9");
      const bool range = next_is('-') && at_ + 1 < text_.size() && text_[at_ + 1] != ']';
      if (!range) {
        mask |= low == '_' ? border_symbols() : mask_of(low);
        continue;
      }
      const char high = text_[at_ + 1];
      at_ += 2;
      if (high < low) fail(at_ - 3, "the range goes backwards");
      for (const char c : kAsPathSymbols) {
        if (c >= low && c <= high) mask |= mask_of(c);
      }
    }
    if (at_ == text_.size()) {
      fail(position, "'[' without ']'");
      return {};
    }
    ++at_;
    if (inverted) mask = kAllSymbols & ~mask;
    if (mask == 0) fail(position, "no character of an AS path is in these brackets");
    return symbol(mask);
  }

  static Tree symbol(SymbolMask mask) {
    Tree tree;
    tree.symbols = mask;
    return tree;
  }
  static Tree plain(Tree::Kind kind) {
    Tree tree;
    tree.kind = kind;
    return tree;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string error_;
};

// Writes the automaton from its end to its start: each part gets the node that follows it.
class Writer {
 public:
  std::optional<RegexProgram> write(const Tree& tree) {
    const std::uint16_t match = add({RegexNode::Kind::Match, 0, 0, 0});
    program_.start = part(tree, match);
    if (overflow_) return std::nullopt;
    return std::move(program_);
  }

 private:
  std::uint16_t add(RegexNode node) {
    if (program_.nodes.size() >= kMaxRegexNodes) {
      overflow_ = true;
      return 0;
    }
    program_.nodes.push_back(node);
    return static_cast<std::uint16_t>(program_.nodes.size() - 1);
  }
  std::uint16_t split(std::uint16_t a, std::uint16_t b) {
    return add({RegexNode::Kind::Split, 0, a, b});
  }

  std::uint16_t part(const Tree& tree, std::uint16_t next) {
    if (overflow_) return 0;
    switch (tree.kind) {
      case Tree::Kind::Symbol:
        return add({RegexNode::Kind::Symbol, tree.symbols, next, 0});
      case Tree::Kind::Start:
        return add({RegexNode::Kind::AssertStart, 0, next, 0});
      case Tree::Kind::End:
        return add({RegexNode::Kind::AssertEnd, 0, next, 0});
      case Tree::Kind::Border: {
        const std::uint16_t start = add({RegexNode::Kind::AssertStart, 0, next, 0});
        const std::uint16_t end = add({RegexNode::Kind::AssertEnd, 0, next, 0});
        const std::uint16_t between = add({RegexNode::Kind::Symbol, border_symbols(), next, 0});
        return split(between, split(start, end));
      }
      case Tree::Kind::Sequence:
        for (auto child = tree.children.rbegin(); child != tree.children.rend(); ++child) {
          next = part(*child, next);
        }
        return next;
      case Tree::Kind::Choice: {
        std::uint16_t chosen = part(tree.children.back(), next);
        for (std::size_t i = tree.children.size() - 1; i-- > 0;) {
          chosen = split(part(tree.children[i], next), chosen);
        }
        return chosen;
      }
      case Tree::Kind::Repeat:
        return repeat(tree, next);
    }
    return next;
  }

  std::uint16_t repeat(const Tree& tree, std::uint16_t next) {
    const Tree& body = tree.children.front();
    if (tree.most == kUnbounded) {
      const std::uint16_t loop = split(next, next);
      const std::uint16_t inside = part(body, loop);
      if (overflow_) return 0;
      program_.nodes[loop].next = inside;
      next = loop;
    } else {
      // "x{0,3}" is "(x(x(x)?)?)?".
      const std::uint16_t behind = next;
      for (std::uint32_t i = tree.least; i < tree.most && !overflow_; ++i) {
        next = split(part(body, next), behind);
      }
    }
    for (std::uint32_t i = 0; i < tree.least && !overflow_; ++i) next = part(body, next);
    return next;
  }

  RegexProgram program_;
  bool overflow_ = false;
};

}  // namespace

Result<RegexProgram, std::string> parse_as_path_regex(std::string_view text) {
  if (text.empty()) return std::string("the expression is empty");
  if (text.size() > kMaxRegexText) {
    return "the expression is longer than " + std::to_string(kMaxRegexText) + " characters";
  }
  auto tree = Parser(text).parse();
  if (!tree) return tree.error();
  auto program = Writer().write(*tree);
  if (!program) {
    return "the expression grows beyond " + std::to_string(kMaxRegexNodes) +
           " states; an AS set or as_path_length may say the same";
  }
  return std::move(*program);
}

}  // namespace tern::policy
