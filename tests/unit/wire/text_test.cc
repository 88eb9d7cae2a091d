#include "bgpd/wire/text.h"

#include <gtest/gtest.h>

namespace tern::wire {
namespace {

std::string printable(std::string_view text) {
  return printable_text(std::as_bytes(std::span(text)));
}

TEST(PrintableText, KeepsWellFormedText) {
  EXPECT_EQ(printable("maintenance until 04:00"), "maintenance until 04:00");
  EXPECT_EQ(printable("Wartung f\u00fcr \u4f60\u597d \U0001F427"),
            "Wartung f\u00fcr \u4f60\u597d \U0001F427");
}

TEST(PrintableText, ReplacesWhatALogMustNotSee) {
  EXPECT_EQ(printable("a\nb\x1b[31m"), "a?b?[31m");
  EXPECT_EQ(printable("x\u202Ey"), "x?y") << "right-to-left override";
  EXPECT_EQ(printable("\u0085"), "?") << "a control character of two octets";
}

TEST(PrintableText, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(printable("\xff\xfe"), "??");
  EXPECT_EQ(printable("\xc0\xaf"), "??") << "overlong";
  EXPECT_EQ(printable("\xe0\x80\xaf"), "???") << "overlong";
  EXPECT_EQ(printable("\xed\xa0\x80"), "???") << "a surrogate";
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "????") << "past U+10FFFF";
  EXPECT_EQ(printable("ab\xe4\xbd"), "ab??") << "cut inside a character";
}

}  // namespace
}  // namespace tern::wire
