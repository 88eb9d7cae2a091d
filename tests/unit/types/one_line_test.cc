#include "rib/types/one_line.h"

#include <gtest/gtest.h>

namespace tern {
namespace {

TEST(OneLine, TextsOfStrangersAreAscii) {
  EXPECT_EQ(one_line("a\nb\x1b[c\x7f\xff~ ", 20), "a?b?[c??~ ");
  EXPECT_EQ(one_line("Z\u00fcrich", 20), "Z??rich");
}

TEST(OneLine, TextsOfTheOperatorKeepTheirLetters) {
  EXPECT_EQ(one_line("Z\u00fcrich\t\x7f", 20, Letters::Utf8), "Z\u00fcrich??");
}

TEST(OneLine, LongTextsAreCut) {
  EXPECT_EQ(one_line("abcd", 4), "abcd");
  EXPECT_EQ(one_line("abcde", 4), "abcd...");
  EXPECT_EQ(one_line("ab\u00fcc", 3, Letters::Utf8), "ab...") << "not inside a character";
}

TEST(CutUtf8, EndsWithAWholeCharacter) {
  EXPECT_EQ(cut_utf8("abc", 3), "abc");
  EXPECT_EQ(cut_utf8("abc", 2), "ab");
  EXPECT_EQ(cut_utf8("a\u00fcb", 2), "a");
  EXPECT_EQ(cut_utf8("a\u00fcb", 3), "a\u00fc");
  EXPECT_EQ(cut_utf8("\U0001F427", 3), "");
}

}  // namespace
}  // namespace tern
