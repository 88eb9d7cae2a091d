#include "bgpd/ctl/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace tern::ctl {
namespace {

using Align = Column::Align;

constexpr Screen kPipe{};

Screen terminal(std::size_t width) { return {false, width, 0}; }

TEST(Table, AlignsItsColumnsAndEndsNoLineInBlanks) {
  Table table({{"Name"}, {"Routes", Align::Right}, {"Note"}});
  table.add({{"a"}, {"1"}});
  table.add({{"longer"}, {"1,000,000"}, {"x"}});
  std::ostringstream out;
  table.print(out, kPipe);
  EXPECT_EQ(out.str(),
            "Name       Routes  Note\n"
            "a               1\n"
            "longer  1,000,000  x\n");
}

TEST(Table, StreamsInBlocksWithOneHeader) {
  Table table({{"A"}, {"B"}});
  std::ostringstream out;
  table.add({{"1"}, {"2"}});
  table.print(out, kPipe);
  table.print(out, kPipe);  // nothing new, nothing written
  table.add({{"long"}, {"3"}});
  table.print(out, kPipe);
  table.add({{"4"}, {"5"}});
  table.print(out, kPipe);
  EXPECT_EQ(out.str(),
            "A  B\n"
            "1  2\n"
            "long  3\n"
            "4     5\n");
}

TEST(Table, ShowsAnOptionalColumnOnceItIsNeeded) {
  Table table({{"A"}, {"Path ID", Align::Right, 0, true}, {"B"}});
  std::ostringstream out;
  table.add({{"1"}, {}, {"2"}});
  table.print(out, kPipe);
  table.add({{"1"}, {"7"}, {"2"}});
  table.print(out, kPipe);
  EXPECT_EQ(out.str(),
            "A  B\n"
            "1  2\n"
            "A  Path ID  B\n"
            "1        7  2\n");
}

TEST(Table, IsCutOnATerminalOnly) {
  const std::vector<Column> columns{{"Prefix"}, {"AS path", Align::Left, 12}, {"From"}};
  const std::vector<Cell> row{{"203.0.113.0/24"}, {"65001 65002 65003 65004"}, {"peer"}};
  Table cut(columns);
  cut.add(row);
  std::ostringstream narrow;
  cut.print(narrow, terminal(36));
  EXPECT_EQ(narrow.str(),
            "Prefix          AS path         From\n"
            "203.0.113.0/24  65001 65002 6…  peer\n");
  Table whole(columns);
  whole.add(row);
  std::ostringstream pipe;
  whole.print(pipe, kPipe);
  EXPECT_NE(pipe.str().find("65001 65002 65003 65004  peer"), std::string::npos);
}

// One route with an AS path of 64 kB is one long line, and not 64 kB of blanks in every line.
TEST(Table, AWideCellDoesNotWidenTheOtherRows) {
  Table table({{"Prefix"}, {"AS path"}, {"From"}});
  const std::string path(100'000, '1');
  table.add({{"a"}, {path}, {"x"}});
  for (int i = 0; i < 100; ++i) table.add({{"b"}, {"65001"}, {"y"}});
  std::ostringstream out;
  table.print(out, kPipe);
  EXPECT_NE(out.str().find("a       " + path + "  x\n"), std::string::npos);
  EXPECT_LT(out.str().size(), path.size() + 101 * 300);
}

TEST(Table, LeavesOutSpareColumnsOnANarrowTerminalOnly) {
  const std::vector<Column> columns{{"Name"},
                                    {"Group", Align::Left, 0, false, true},
                                    {"State"},
                                    {"Rejected", Align::Right, 0, false, true}};
  const std::vector<Cell> row{{"a"}, {"clients"}, {"Idle"}, {"0"}};
  std::vector<std::string> shown;
  for (const Screen& screen : {kPipe, terminal(28), terminal(27), terminal(10)}) {
    Table table(columns);
    table.add(row);
    std::ostringstream out;
    table.print(out, screen);
    shown.push_back(out.str().substr(0, out.str().find('\n')));
  }
  EXPECT_EQ(shown,
            (std::vector<std::string>{"Name  Group    State  Rejected", "Name  Group    State",
                                      "Name  Group    State", "Name  State"}));
}

TEST(Table, ColorsDoNotCountAsWidth) {
  Table table({{"A"}, {"B"}});
  table.add({{"up", Tint::Good}, {"x"}});
  table.add({{"down", Tint::Bad}, {"y"}});
  std::ostringstream out;
  table.print(out, Screen{true, 80, 0});
  EXPECT_EQ(out.str(),
            "\x1b[1mA\x1b[0m     \x1b[1mB\x1b[0m\n"
            "\x1b[32mup\x1b[0m    x\n"
            "\x1b[31mdown\x1b[0m  y\n");
}

}  // namespace
}  // namespace tern::ctl
