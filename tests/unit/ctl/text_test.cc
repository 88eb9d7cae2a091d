#include "bgpd/ctl/text.h"

#include <gtest/gtest.h>

#include <limits>

#include "bgpd/ctl/printable.h"
#include "samples.h"

namespace tern::ctl {
namespace {

TEST(Text, CountsHaveSeparators) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1000), "1,000");
  EXPECT_EQ(count_text(943201), "943,201");
  EXPECT_EQ(count_text(18446744073709551615U), "18,446,744,073,709,551,615");
  EXPECT_EQ(count_of(1, "route"), "1 route");
  EXPECT_EQ(count_of(2000, "route"), "2,000 routes");
}

TEST(Text, DurationsHaveTheirTwoLargestUnits) {
  EXPECT_EQ(duration_text(0), "0s");
  EXPECT_EQ(duration_text(59), "59s");
  EXPECT_EQ(duration_text(60), "1m");
  EXPECT_EQ(duration_text(725), "12m 5s");
  EXPECT_EQ(duration_text(3 * 3600 + 12 * 60 + 7), "3h 12m");
  EXPECT_EQ(duration_text(3 * 86400 + 4 * 3600 + 59), "3d 4h");
  EXPECT_EQ(duration_text(412 * 86400), "412d");
}

TEST(Text, AgesKnowNeverAndSkewedClocks) {
  EXPECT_EQ(age_text(0, 100), "");
  EXPECT_EQ(age_text(58, 100), "42s");
  EXPECT_EQ(age_text(101, 100), "0s");
}

TEST(Text, CostsAndSizesHaveUnits) {
  EXPECT_EQ(cost_text(850), "850 us");
  EXPECT_EQ(cost_text(1234), "1.2 ms");
  EXPECT_EQ(cost_text(99'940), "99.9 ms");
  EXPECT_EQ(cost_text(123'456), "123 ms");
  EXPECT_EQ(bytes_text(1023), "1023 B");
  EXPECT_EQ(bytes_text(1024), "1.0 KiB");
  EXPECT_EQ(bytes_text(35'861'299), "34.2 MiB");
}

TEST(Text, IsCutAtCodePoints) {
  EXPECT_EQ(display_width("Zürich"), 6U);
  EXPECT_EQ(cut_to("Zürich", 6), "Zürich");
  EXPECT_EQ(cut_to("Zürich", 3), "Zü…");
  EXPECT_EQ(cut_to("Zürich", 1), "…");
}

// An AS path of 64 kB in a pipe is one line; the work is that of reading it once.
TEST(Text, WrapsLongTextsWordByWord) {
  constexpr std::size_t kWords = 1'000'000;
  std::string text;
  for (std::size_t i = 0; i < kWords; ++i) text += i == 0 ? "65001" : " 65001";
  const auto line = wrap(text, std::numeric_limits<std::size_t>::max());
  ASSERT_EQ(line.size(), 1U);
  EXPECT_EQ(line.front(), text);
  EXPECT_EQ(wrap(text, 11).size(), kWords / 2);
}

TEST(Text, WrapsAtWords) {
  EXPECT_EQ(wrap("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrap("a incomprehensible b", 4),
            (std::vector<std::string>{"a", "incomprehensible", "b"}));
  EXPECT_TRUE(wrap("", 10).empty());
}

// A peer chooses its host name and its shutdown message; neither may steer a terminal.
TEST(Text, OfStrangersCannotSteerTheTerminal) {
  EXPECT_EQ(printable("\x1b[2Jhi\x07\n\x7f"), "?[2Jhi???");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "?31m");  // CSI in one character (C1)
  EXPECT_EQ(printable("Zürich – 東京"), "Zürich – 東京");
  std::string many;
  for (int i = 0; i < 1'000'000; ++i) many += "\xc2\x9b";
  EXPECT_EQ(printable(many), std::string(1'000'000, '?'));

  auto answer = detailed_neighbor();
  auto& neighbor = *answer.mutable_neighbors()->mutable_neighbors(0);
  neighbor.set_hostname("\x1b]0;owned\x07");
  neighbor.add_capabilities("fqdn\x1b[31m");
  make_printable(answer);
  EXPECT_EQ(neighbor.hostname(), "?]0;owned?");
  EXPECT_EQ(neighbor.capabilities(2), "fqdn?[31m");
}

}  // namespace
}  // namespace tern::ctl
