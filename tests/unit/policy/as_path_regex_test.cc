// The AS-path expressions of Cisco and FRR, over the text of a path.

#include "policy/as_path_regex.h"

#include <gtest/gtest.h>
#include <regex.h>

#include <string>

#include "random_numbers.h"

namespace tern::policy {
namespace {

// By both automata; they must agree.
bool matches(std::string_view expression, std::string_view path) {
  const auto with_table = AsPathRegex::compile(expression);
  const auto without = AsPathRegex::compile(expression, 0);
  if (!with_table.ok() || !without.ok()) {
    ADD_FAILURE() << expression << ": " << with_table.error();
    return false;
  }
  EXPECT_FALSE(without->has_table()) << expression;
  const bool result = with_table->matches(path);
  EXPECT_EQ(result, without->matches(path)) << expression << " on " << path;
  const auto parsed = AsPath::parse(path);
  EXPECT_TRUE(parsed.has_value()) << path;
  if (parsed) {
    EXPECT_EQ(result, with_table->matches(*parsed)) << expression << " on " << path;
    EXPECT_EQ(result, without->matches(*parsed)) << expression << " on " << path;
  }
  return result;
}

std::string error_of(std::string_view expression) {
  const auto regex = AsPathRegex::compile(expression);
  return regex.ok() ? "no error" : regex.error();
}

TEST(AsPathRegex, MatchesWhatOperatorsWrite) {
  struct Case {
    const char* expression;
    const char* path;
    bool matches;
  };
  const Case cases[] = {
      // Our own routes have an empty path.
      {"^$", "", true},
      {"^$", "65001", false},
      {".", "", false},
      {".*", "", true},
      {"_", "", true},
      // Neighbour, origin, somewhere.
      {"^65001_", "65001 65002", true},
      {"^65001_", "65001", true},
      {"^65001_", "650011 65002", false},
      {"^65001_", "65002 65001", false},
      {"_65002$", "65001 65002", true},
      {"_65002$", "65002", true},
      {"_65002$", "165002", false},
      {"_65002$", "65002 65001", false},
      {"_65002_", "65001 65002 65003", true},
      {"_65002_", "65001 650021 65003", false},
      {"_65002_", "65001 165002 65003", false},
      // Without borders a number is just digits.
      {"65002", "65001 1650023", true},
      // One AS, however often it stands there.
      {"^[0-9]+$", "65001", true},
      {"^[0-9]+$", "65001 65001", false},
      {"^65001(_65001)*$", "65001 65001 65001", true},
      {"^65001(_65001)*$", "65001 65001 65002", false},
      // Lengths.
      {"^[0-9]+_[0-9]+$", "1 2", true},
      {"^[0-9]+_[0-9]+$", "1 2 3", false},
      {"^([0-9]+_){2}[0-9]+$", "1 2 3", true},
      {"^([0-9]+_){2}[0-9]+$", "1 2 3 4", false},
      {"^([0-9]+_){3,}", "1 2", false},
      {"^([0-9]+_){3,}", "1 2 3", true},
      {"^1{2,3}$", "1", false},
      {"^1{2,3}$", "11", true},
      {"^1{2,3}$", "111", true},
      {"^1{2,3}$", "1111", false},
      {"^12{0,1}$", "1", true},
      // Choices and classes.
      {"_(65010|65020)_", "65001 65020 7", true},
      {"_(65010|65020)_", "65001 65030 7", false},
      {"_(6450[0-9]|6451[0-1])_", "65001 64511", true},
      {"_(6450[0-9]|6451[0-1])_", "65001 64512", false},
      {"_6500[1-35]_", "65003", true},
      {"_6500[1-35]_", "65005", true},
      {"_6500[1-35]_", "65004", false},
      {"_6500[^4]_", "65004", false},
      {"_6500[^4]_", "65005", true},
      {"^65001_.*_65009$", "65001 2 3 65009", true},
      {"^65001_.*_65009$", "65001 65009", false},  // one blank is one border
      {"^65001(_.*)?_65009$", "65001 65009", true},
      {"^65001 .+ 65009$", "65001 65009", false},
      {"^6500?1$", "6501", true},
      {"^6500?1$", "65001", true},
      {"^6500.$", "65009", true},
      {"^6500.$", "6500", false},
      // AS_SET and confederation segments.
      {"_65010_", "65001 {65010 65011}", true},
      {"_65011_", "65001 {65010 65011}", true},
      {"\\{", "65001 {65010 65011}", true},
      {"\\{", "65001 65010", false},
      {"[{]65010", "65001 {65010}", true},
      {"65010,65011", "65001 {65010 65011}", true},
      {"\\{65010\\}$", "65001 {65010}", true},
      {"}$", "65001 {65010}", true},
      {"_65010_", "(65010 65011) 65001", true},
      {"^\\(65010", "(65010 65011) 65001", true},
      {"_65012_", "[65011 65012] 65001", true},
      {"[]]", "[65011 65012] 65001", true},
      {"]", "65001", false},
      // Anchors are where they stand, not only at the ends.
      {"(^65001|_65002$)", "7 65002", true},
      {"(^65001|_65002$)", "65001 7", true},
      {"(^65001|_65002$)", "7 65001 65002 7", false},
      {"^_65001", "65001", true},
      {"65001_$", "65001", true},
      {"__65001__", "65001", true},
      {"1^2", "12", false},
      {"$1", "1", false},
      {"$^", "", true},
      {"(_65001)+$", "65001 65001", true},
      {"_*65001", "65001", true},
      {"^(_?65001)+$", "65001 65001", true},
      {"(1*)*2", "1112", true},
      {"(1?|2)*3", "12123", true},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(matches(c.expression, c.path), c.matches) << c.expression << " on '" << c.path << "'";
    const auto regex = AsPathRegex::compile(c.expression);
    ASSERT_TRUE(regex.ok());
    EXPECT_TRUE(regex->has_table()) << c.expression;
  }
}

TEST(AsPathRegex, BorderIsConsumedBetweenNumbers) {
  // "_" takes the one blank there is, as in Cisco and FRR: between neighbours it stands once.
  EXPECT_FALSE(matches("_65001__65002_", "65001 65002"));
  EXPECT_TRUE(matches("_65001_65002_", "65001 65002"));
}

TEST(AsPathRegex, SaysWhereTheMistakeIs) {
  EXPECT_EQ(error_of(""), "the expression is empty");
  EXPECT_EQ(error_of("_65001)"), "at character 7: ')' without '('");
  EXPECT_EQ(error_of("(_65001"), "at character 1: '(' without ')'");
  EXPECT_EQ(error_of("65001|"), "at character 7: nothing to match here");
  EXPECT_EQ(error_of("()"), "at character 2: nothing to match here");
  EXPECT_EQ(error_of("*65001"), "at character 1: nothing before '*' to repeat");
  EXPECT_EQ(error_of("1**"),
            "at character 3: a repetition of a repetition; put the first in "
            "parentheses");
  EXPECT_EQ(error_of("^*1"), "at character 2: '^' and '$' cannot be repeated");
  EXPECT_EQ(error_of("[0-9"), "at character 1: '[' without ']'");
  EXPECT_EQ(error_of("[9-0]"), "at character 2: the range goes backwards");
  EXPECT_EQ(error_of("[a-z]"), "at character 1: no character of an AS path is in these brackets");
  EXPECT_EQ(error_of("[[:digit:]]"), "at character 2: named classes are not known here; write 0-9");
  EXPECT_EQ(error_of("AS65001"), "at character 1: 'A' never stands in an AS path");
  EXPECT_EQ(error_of("1\\"), "at character 2: nothing behind '\\'");
  EXPECT_EQ(error_of("{65010"), "at character 1: write '\\{' for the brace of an AS_SET");
  EXPECT_EQ(error_of("_{65010 1}"),
            "at character 2: '{' without a count, as in '{2}' or '{2,5}'; write '\\{' for the "
            "brace of an AS_SET");
  EXPECT_EQ(error_of("_{65010}"),
            "at character 2: more than 255 repetitions; write '\\{' for the brace of an AS_SET");
  EXPECT_EQ(error_of("1{3,2}"), "at character 2: the smaller count comes first");
  EXPECT_EQ(error_of("1\x01"), "at character 2: this character never stands in an AS path");
}

TEST(AsPathRegex, StaysSmall) {
  EXPECT_EQ(error_of("((1{255}){255}){255}"),
            "the expression grows beyond 4096 states; an AS set or as_path_length may say the "
            "same");
  EXPECT_EQ(error_of(std::string(20000, '1')), "the expression is longer than 16384 characters");
  EXPECT_EQ(error_of(std::string(100, '(') + "1" + std::string(100, ')')),
            "at character 65: more than 64 parentheses inside each other");
}

// The expressions that take other matchers exponential time. Steps, not time: never more than the
// states at each character, whichever automaton runs.
TEST(AsPathRegex, TakesLinearTimeOnHardExpressions) {
  const std::string hard[] = {
      "(1*)*2",
      "(1+)+2",
      "(1|1)*2",
      "(1|11)*2",
      "(1?){30}1{30}2",
      "(.*)(.*)(.*)(.*)(.*)2$",
      "((_1+)*_)*2",
      "^(([0-9])+.)+2$",
      "1.{12}2$",  // whose deterministic automaton has 2^13 states
      "(1|3)*1(1|3){14}2",
  };
  for (const std::string& expression : hard) {
    for (const std::size_t bound : {AsPathRegex::kMaxTableStates, std::size_t{0}}) {
      const auto regex = AsPathRegex::compile(expression, bound);
      ASSERT_TRUE(regex.ok()) << expression << ": " << regex.error();
      for (const std::size_t length : {1000U, 10000U}) {
        const std::string text(length, '1');
        std::size_t steps = 0;
        EXPECT_FALSE(regex->matches(text, &steps)) << expression;
        // Each state is entered once and followed once.
        const std::size_t per_character = regex->has_table() ? 1 : 2 * regex->state_count();
        EXPECT_LE(steps, (length + 2) * per_character) << expression;
      }
    }
  }
}

TEST(AsPathRegex, GivesUpTheTableWhereItWouldGrowWithoutBound) {
  const auto regex = AsPathRegex::compile("1.{12}2$");
  ASSERT_TRUE(regex.ok());
  EXPECT_FALSE(regex->has_table());
  EXPECT_TRUE(regex->matches("1 234567 901 2"));
  EXPECT_FALSE(regex->matches("4 234567 901 2"));
}

TEST(AsPathRegex, LongChoicesOfNumbersStillMatch) {
  std::string expression = "_(64496";
  for (int asn = 64500; asn < 64900; asn += 7) expression.append("|").append(std::to_string(asn));
  expression += ")_";
  EXPECT_TRUE(matches(expression, "65001 64507 65002"));
  EXPECT_FALSE(matches(expression, "65001 64508 65002"));
}

// The path is matched as it prints, whatever its segments.
TEST(AsPathRegex, ReadsThePathAsItPrints) {
  RandomNumbers random(7);
  const auto any = AsPathRegex::compile("_1_.*2$");
  ASSERT_TRUE(any.ok());
  for (int round = 0; round < 2000; ++round) {
    std::vector<AsSegment> segments(random() % 4);
    for (AsSegment& segment : segments) {
      segment.type = static_cast<AsSegment::Type>(1 + random() % 4);
      for (std::size_t left = random() % 4; left != 0; --left) {
        segment.asns.push_back(random() % 3 == 0 ? static_cast<Asn>(random()) : 1 + random() % 2);
      }
    }
    const AsPath path(segments);
    EXPECT_EQ(any->matches(path), any->matches(path.to_string())) << path.to_string();
  }
}

// Against the regular expressions of POSIX, which FRR uses, on random expressions.
class RandomExpression {
 public:
  explicit RandomExpression(std::uint32_t seed) : random_(seed) {}

  std::string make(int depth) {
    std::string text;
    for (auto parts = 1 + random_() % 3; parts != 0; --parts) text += part(depth);
    return text;
  }
  std::string path() {
    std::string text;
    for (auto numbers = random_() % 5; numbers != 0; --numbers) {
      if (!text.empty()) text += ' ';
      text += std::to_string(1 + random_() % 22);
    }
    return text;
  }

 private:
  std::string part(int depth) {
    std::string text;
    switch (random_() % (depth > 0 ? 9 : 6)) {
      case 0:
      case 1:
        text = std::to_string(1 + random_() % 2);
        break;
      case 2:
        text = "_";
        break;
      case 3:
        text = ".";
        break;
      case 4:
        text = random_() % 2 == 0 ? "[12]" : "[^1]";
        break;
      case 5:
        return random_() % 2 == 0 ? "^" : "$";
      case 6:
        text.append("(").append(make(depth - 1)).append("|").append(make(depth - 1)).append(")");
        break;
      default:
        text.append("(").append(make(depth - 1)).append(")");
        break;
    }
    // glibc forgets the anchors of what "+" and counts make it copy: "(_1)+$" matches "13 11"
    // there. The test of written-out repetitions has those.
    constexpr const char* kEndings[] = {"", "", "*", "?", "+", "{1,2}", "{2}"};
    return text + kEndings[random_() % (has_anchor(text) ? 4 : 7)];
  }

  static bool has_anchor(const std::string& text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool inverts = text[i] == '^' && i > 0 && text[i - 1] == '[';
      if (!inverts && (text[i] == '_' || text[i] == '^' || text[i] == '$')) return true;
    }
    return false;
  }

  RandomNumbers random_;
};

// As FRR translates it.
std::string as_posix(const std::string& expression) {
  std::string text;
  for (const char c : expression) {
    if (c == '_') {
      text += "(^|[,{}() ]|$)";
    } else {
      text += c;
    }
  }
  return text;
}

class PosixExpression {
 public:
  explicit PosixExpression(const std::string& expression) {
    EXPECT_EQ(regcomp(&regex_, as_posix(expression).c_str(), REG_EXTENDED | REG_NOSUB), 0)
        << expression;
  }
  ~PosixExpression() { regfree(&regex_); }
  PosixExpression(const PosixExpression&) = delete;
  PosixExpression& operator=(const PosixExpression&) = delete;

  [[nodiscard]] bool matches(const std::string& text) const {
    return regexec(&regex_, text.c_str(), 0, nullptr, 0) == 0;
  }

 private:
  regex_t regex_{};
};

TEST(AsPathRegex, AgreesWithPosix) {
  RandomExpression random(20260);
  for (int round = 0; round < 1200; ++round) {
    const std::string expression = random.make(2);
    const PosixExpression posix(expression);
    for (int i = 0; i < 6; ++i) {
      const std::string path = random.path();
      EXPECT_EQ(matches(expression, path), posix.matches(path))
          << expression << " on '" << path << "'";
    }
  }
}

TEST(AsPathRegex, CountsAreWrittenOutRepetitions) {
  RandomExpression random(2026);
  for (int round = 0; round < 150; ++round) {
    const std::string part = std::string("(").append(random.make(1)).append(")");
    const std::string around = random.make(1);
    const auto alike = [&](const std::string& counted, const std::string& written) {
      const std::string path = random.path();
      EXPECT_EQ(matches("^" + around + part + counted + "$", path),
                matches("^" + around + written + "$", path))
          << around << part << counted << " on '" << path << "'";
    };
    for (int i = 0; i < 4; ++i) {
      alike("{2}", part + part);
      alike("{1,2}", part + part + "?");
      alike("{0,2}", "(" + part + part + "?)?");
      alike("{2,}", part + part + part + "*");
      alike("{0,}", part + "*");
      alike("+", part + part + "*");
    }
  }
}

TEST(AsPathRegex, ForeignCharactersMatchNothing) {
  const auto regex = AsPathRegex::compile(".*");
  ASSERT_TRUE(regex.ok());
  EXPECT_TRUE(regex->matches("1"));
  const auto anchored = AsPathRegex::compile("^.*$");
  ASSERT_TRUE(anchored.ok());
  EXPECT_FALSE(anchored->matches("65001 abc"));
}

}  // namespace
}  // namespace tern::policy
