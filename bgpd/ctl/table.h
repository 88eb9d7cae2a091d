// A table in aligned columns.
//
// Rows are printed in blocks: print() writes what was added since the last print() and forgets it,
// so a table of a million rows is never held. Column widths follow the first block and only grow
// afterwards. On a terminal that is too narrow, columns with a `shrink_to` are cut, first the one
// with the smallest `shrink_to`; into a pipe or a file everything is written in full. A cell wider
// than any column gets there stands out of line: the others are not filled up with blanks to its
// width.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "bgpd/ctl/screen.h"

namespace tern::ctl {

struct Column {
  enum class Align : std::uint8_t { Left, Right };

  std::string title;
  Align align = Align::Left;
  std::size_t shrink_to = 0;  // 0: never cut
  // Left out while no row has text in it; when one does, the header is written again.
  bool optional = false;
  // Left out on a terminal that is too narrow even after cutting.
  bool spare = false;
};

struct Cell {
  std::string text;
  Tint tint = Tint::Plain;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns, std::size_t indent = 0);

  // Missing cells at the end are empty.
  void add(std::vector<Cell> row);

  // Writes the rows added since the last call, before the first ones the header.
  void print(std::ostream& out, const Screen& screen);

 private:
  void measure(const Screen& screen);
  [[nodiscard]] std::vector<std::size_t> fitted_widths(const Screen& screen) const;
  void print_row(std::ostream& out, const Screen& screen, const std::vector<Cell>& row,
                 const std::vector<std::size_t>& widths) const;

  std::vector<Column> columns_;
  std::size_t indent_;
  std::vector<std::vector<Cell>> rows_;
  std::vector<std::size_t> widths_;  // 0: the column is left out
  bool header_due_ = true;
};

}  // namespace tern::ctl
