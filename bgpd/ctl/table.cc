#include "bgpd/ctl/table.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "bgpd/ctl/text.h"

namespace tern::ctl {
namespace {

constexpr std::size_t kGap = 2;       // blanks between columns
constexpr std::size_t kWidest = 200;  // columns of a pipe or file that are filled up with blanks

}  // namespace

Table::Table(std::vector<Column> columns, std::size_t indent)
    : columns_(std::move(columns)), indent_(indent), widths_(columns_.size(), 0) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    // A column without a title still exists (marks).
    const std::size_t title = std::max<std::size_t>(display_width(columns_[i].title), 1);
    if (!columns_[i].optional) widths_[i] = title;
  }
}

void Table::add(std::vector<Cell> row) {
  row.resize(columns_.size());
  rows_.push_back(std::move(row));
}

void Table::measure(const Screen& screen) {
  const std::size_t widest = screen.width.value_or(kWidest);
  for (const std::vector<Cell>& row : rows_) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::size_t needed = std::min(display_width(row[i].text), widest);
      if (needed == 0) continue;
      if (widths_[i] == 0) {
        widths_[i] = display_width(columns_[i].title);
        header_due_ = true;
      }
      widths_[i] = std::max(widths_[i], needed);
    }
  }
}

std::vector<std::size_t> Table::fitted_widths(const Screen& screen) const {
  std::vector<std::size_t> widths = widths_;
  if (!screen.width) return widths;
  std::size_t total = indent_;
  std::vector<std::size_t> cuttable;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] == 0) continue;
    total += widths[i] + (total == indent_ ? 0 : kGap);
    if (columns_[i].shrink_to != 0) cuttable.push_back(i);
  }
  std::stable_sort(cuttable.begin(), cuttable.end(), [this](std::size_t a, std::size_t b) {
    return columns_[a].shrink_to < columns_[b].shrink_to;
  });
  for (const std::size_t i : cuttable) {
    if (total <= *screen.width) break;
    const std::size_t least = std::max(columns_[i].shrink_to, display_width(columns_[i].title));
    if (widths[i] <= least) continue;
    const std::size_t cut = std::min(widths[i] - least, total - *screen.width);
    widths[i] -= cut;
    total -= cut;
  }
  for (std::size_t i = widths.size(); i-- > 0 && total > *screen.width;) {
    if (!columns_[i].spare || widths[i] == 0) continue;
    total -= std::min(total, widths[i] + kGap);
    widths[i] = 0;
  }
  // What a left-out column freed goes back to the cut ones, the one cut last first.
  for (auto i = cuttable.rbegin(); i != cuttable.rend() && total < *screen.width; ++i) {
    const std::size_t wider = std::min(widths_[*i] - widths[*i], *screen.width - total);
    if (widths[*i] == 0) continue;
    widths[*i] += wider;
    total += wider;
  }
  return widths;
}

void Table::print_row(std::ostream& out, const Screen& screen, const std::vector<Cell>& row,
                      const std::vector<std::size_t>& widths) const {
  std::string line;
  std::size_t owed = indent_;  // blanks are written when text follows: no line ends in blanks
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (widths[i] == 0) continue;
    const std::string text = screen.width ? cut_to(row[i].text, widths[i]) : row[i].text;
    const std::size_t padding = widths[i] - std::min(widths[i], display_width(text));
    const bool right = columns_[i].align == Column::Align::Right;
    if (!text.empty()) {
      line.append(owed + (right ? padding : 0), ' ');
      line.append(screen.paint(row[i].tint, text));
      owed = 0;
    }
    owed += kGap + (right && !text.empty() ? 0 : padding);
  }
  out << line << '\n';
}

void Table::print(std::ostream& out, const Screen& screen) {
  if (rows_.empty()) return;
  measure(screen);
  const std::vector<std::size_t> widths = fitted_widths(screen);
  if (header_due_) {
    std::vector<Cell> header;
    header.reserve(columns_.size());
    for (const Column& column : columns_) header.push_back({column.title, Tint::Bold});
    print_row(out, screen, header, widths);
    header_due_ = false;
  }
  for (const std::vector<Cell>& row : rows_) print_row(out, screen, row, widths);
  rows_.clear();
}

}  // namespace tern::ctl
