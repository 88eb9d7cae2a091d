#include "policy/as_path_regex.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <map>
#include <utility>

#include "rib/types/trim_to_size.h"

namespace tern::policy {
namespace {

constexpr std::uint8_t kNoSymbol = 0xFF;

// Building a table stops after so many steps: some milliseconds, once per expression and reload.
constexpr std::size_t kTableWork = std::size_t{1} << 23U;

constexpr std::array<std::uint8_t, 256> symbol_table() {
  std::array<std::uint8_t, 256> table{};
  for (auto& entry : table) entry = kNoSymbol;
  for (std::size_t i = 0; i < kSymbolCount; ++i) {
    table[static_cast<unsigned char>(kAsPathSymbols[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}
constexpr std::array<std::uint8_t, 256> kSymbolOf = symbol_table();

// Passes path.to_string() to `put` character by character, until `put` returns false.
template <typename Put>
void write(const AsPath& path, Put put) {
  const auto brackets = [](AsSegment::Type type) -> std::string_view {
    switch (type) {
      case AsSegment::Type::Set:
        return "{}";
      case AsSegment::Type::ConfedSequence:
        return "()";
      case AsSegment::Type::ConfedSet:
        return "[]";
      case AsSegment::Type::Sequence:
        break;
    }
    return {};
  };
  bool blank = false;  // after the first segment
  for (const AsSegment& segment : path.segments()) {
    const std::string_view pair = brackets(segment.type);
    if (blank && !put(' ')) return;
    blank = blank || !pair.empty() || !segment.asns.empty();
    if (!pair.empty() && !put(pair[0])) return;
    for (std::size_t i = 0; i < segment.asns.size(); ++i) {
      if (i != 0 && !put(' ')) return;
      std::array<char, 10> digits{};
      const char* const end =
          std::to_chars(digits.data(), digits.data() + digits.size(), segment.asns[i]).ptr;
      for (const char* digit = digits.data(); digit != end; ++digit) {
        if (!put(*digit)) return;
      }
    }
    if (!pair.empty() && !put(pair[1])) return;
  }
}

}  // namespace

// Follows the edges that need no character: splits, and assertions that hold at the place.
class AsPathRegex::Closure {
 public:
  explicit Closure(const RegexProgram& program) : program_(program) {}

  void add(StateSet& set, std::uint16_t node, bool at_start, bool at_end) {
    push(set, node);
    while (depth_ != 0) {
      const std::uint16_t top = stack_[--depth_];
      ++steps_;
      const RegexNode& here = program_.nodes[top];
      switch (here.kind) {
        case RegexNode::Kind::Split:
          push(set, here.next);
          push(set, here.alternative);
          break;
        case RegexNode::Kind::AssertStart:
          if (at_start) push(set, here.next);
          break;
        case RegexNode::Kind::AssertEnd:
          if (at_end) push(set, here.next);
          break;
        case RegexNode::Kind::Match:
          matched_ = true;
          break;
        case RegexNode::Kind::Symbol:
          break;
      }
    }
  }

  // At each place of the text: the expression may begin anywhere.
  void begin(StateSet& set, bool at_start) { add(set, program_.start, at_start, false); }

  void advance(const StateSet& from, std::uint8_t symbol, StateSet& to) {
    for_each(from, [&](std::uint16_t state) {
      ++steps_;
      const RegexNode& node = program_.nodes[state];
      const bool taken =
          node.kind == RegexNode::Kind::Symbol && ((node.symbols >> symbol) & 1U) != 0;
      if (taken) add(to, node.next, false, false);
    });
  }

  // Whether the expression matches if the text ends at this place.
  [[nodiscard]] bool accepts_end(StateSet set, bool at_start) {
    const StateSet before = set;
    for_each(before, [&](std::uint16_t state) {
      const RegexNode& node = program_.nodes[state];
      if (node.kind == RegexNode::Kind::AssertEnd) add(set, node.next, at_start, true);
    });
    return matched_;
  }

  // A Match state was reached since it was cleared.
  [[nodiscard]] bool matched() const { return matched_; }
  void clear() { matched_ = false; }
  [[nodiscard]] std::size_t steps() const { return steps_; }

  [[nodiscard]] std::size_t words() const { return (program_.nodes.size() + 63) / 64; }

 private:
  void push(StateSet& set, std::uint16_t node) {
    std::uint64_t& word = set[node / 64U];
    const std::uint64_t bit = std::uint64_t{1} << (node % 64U);
    if ((word & bit) != 0) return;
    word |= bit;
    stack_[depth_++] = node;  // each node at most once per set: it always fits
  }

  template <typename Visit>
  void for_each(const StateSet& set, Visit visit) const {
    for (std::size_t i = 0; i < words(); ++i) {
      for (std::uint64_t word = set[i]; word != 0; word &= word - 1) {
        visit(static_cast<std::uint16_t>(i * 64 + static_cast<unsigned>(std::countr_zero(word))));
      }
    }
  }

  const RegexProgram& program_;
  std::array<std::uint16_t, kMaxRegexNodes> stack_;  // written before it is read
  std::size_t depth_ = 0;
  std::size_t steps_ = 0;
  bool matched_ = false;
};

// The subset construction. Row 0 alone is the start of the text.
class AsPathRegex::TableBuilder {
 public:
  TableBuilder(AsPathRegex& regex, std::size_t most_rows)
      : regex_(regex), closure_(regex.program_), most_rows_(most_rows) {}

  void build() {
    if (most_rows_ == 0) return;
    StateSet first{};
    closure_.begin(first, true);
    add_row(first, true);
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      for (std::uint8_t symbol = 0; symbol < kSymbolCount; ++symbol) {
        const std::uint16_t to = follow(row, symbol);
        if (rows_.size() > most_rows_ || closure_.steps() > kTableWork) return discard();
        regex_.table_[row * kSymbolCount + symbol] = to;
      }
    }
  }

 private:
  using Key = std::vector<std::uint16_t>;

  std::uint16_t follow(std::size_t row, std::uint8_t symbol) {
    if (sure_[row]) return kMatched;
    StateSet from{};
    for (const std::uint16_t state : rows_[row])
      from[state / 64U] |= std::uint64_t{1} << (state % 64U);
    StateSet to{};
    closure_.advance(from, symbol, to);
    closure_.begin(to, false);
    if (closure_.matched()) {
      closure_.clear();
      return kMatched;
    }
    Key key = key_of(to);
    const auto known = known_.find(key);
    if (known != known_.end()) return known->second;
    const auto fresh = static_cast<std::uint16_t>(rows_.size());
    known_.emplace(std::move(key), fresh);
    add_row(to, false);
    return fresh;
  }

  // The states that identify a row, without splits and used assertions.
  [[nodiscard]] Key key_of(const StateSet& set) const {
    Key key;
    for (std::size_t state = 0; state < regex_.program_.nodes.size(); ++state) {
      if (((set[state / 64U] >> (state % 64U)) & 1U) == 0) continue;
      const auto kind = regex_.program_.nodes[state].kind;
      if (kind == RegexNode::Kind::Symbol || kind == RegexNode::Kind::AssertEnd) {
        key.push_back(static_cast<std::uint16_t>(state));
      }
    }
    return key;
  }

  void add_row(const StateSet& set, bool at_start) {
    sure_.push_back(closure_.matched());
    regex_.accepts_at_end_.push_back(closure_.accepts_end(set, at_start));
    closure_.clear();
    rows_.push_back(key_of(set));
    regex_.table_.resize(rows_.size() * kSymbolCount);
  }

  void discard() {
    regex_.table_.clear();
    trim_to_size(regex_.table_);
    regex_.accepts_at_end_.clear();
  }

  AsPathRegex& regex_;
  Closure closure_;
  std::size_t most_rows_;
  std::vector<Key> rows_;
  std::vector<bool> sure_;  // matched before any character: "0*"
  std::map<Key, std::uint16_t> known_;
};

class AsPathRegex::TableRun {
 public:
  explicit TableRun(const AsPathRegex& regex) : regex_(regex) {}

  // False once the answer is known.
  bool put(char c) {
    ++steps_;
    const std::uint8_t symbol = kSymbolOf[static_cast<unsigned char>(c)];
    if (symbol == kNoSymbol) return false;
    row_ = regex_.table_[row_ * kSymbolCount + symbol];
    return row_ != kMatched;
  }
  [[nodiscard]] bool finish() const { return row_ == kMatched || regex_.accepts_at_end_[row_]; }
  [[nodiscard]] std::size_t steps() const { return steps_; }

 private:
  const AsPathRegex& regex_;
  std::size_t row_ = 0;
  std::size_t steps_ = 0;
};

class AsPathRegex::StatesRun {
 public:
  explicit StatesRun(const AsPathRegex& regex) : closure_(regex.program_) {
    closure_.begin(states_, true);
  }

  bool put(char c) {
    if (closure_.matched()) return false;
    const std::uint8_t symbol = kSymbolOf[static_cast<unsigned char>(c)];
    if (symbol == kNoSymbol) return false;
    StateSet next;
    for (std::size_t i = 0; i < closure_.words(); ++i) next[i] = 0;
    closure_.advance(states_, symbol, next);
    closure_.begin(next, false);
    for (std::size_t i = 0; i < closure_.words(); ++i) states_[i] = next[i];
    at_start_ = false;
    return !closure_.matched();
  }
  [[nodiscard]] bool finish() {
    return closure_.matched() || closure_.accepts_end(states_, at_start_);
  }
  [[nodiscard]] std::size_t steps() const { return closure_.steps(); }

 private:
  Closure closure_;
  StateSet states_{};
  bool at_start_ = true;
};

Result<AsPathRegex, std::string> AsPathRegex::compile(std::string_view text,
                                                      std::size_t table_states) {
  auto program = parse_as_path_regex(text);
  if (!program) return program.error();
  AsPathRegex regex;
  regex.text_ = text;
  regex.program_ = std::move(*program);
  TableBuilder(regex, std::min(table_states, kMaxTableStates)).build();
  return regex;
}

bool AsPathRegex::matches(const AsPath& path) const {
  const auto over = [&path](auto run) {
    write(path, [&run](char c) { return run.put(c); });
    return run.finish();
  };
  return has_table() ? over(TableRun(*this)) : over(StatesRun(*this));
}

bool AsPathRegex::matches(std::string_view text, std::size_t* steps) const {
  const auto over = [&](auto run) {
    bool known = true;
    for (const char c : text) {
      known = kSymbolOf[static_cast<unsigned char>(c)] != kNoSymbol;
      if (!known || !run.put(c)) break;
    }
    const bool matched = run.finish();
    if (steps != nullptr) *steps += run.steps();
    return known && matched;
  };
  return has_table() ? over(TableRun(*this)) : over(StatesRun(*this));
}

}  // namespace tern::policy
