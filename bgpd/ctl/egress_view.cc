// show egress: a row for each metro, columns (prefixes, cost, star) for each PoP.
#include <algorithm>
#include <string>
#include <vector>

#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::EgressTable;
using api::proto::Response;
using PopCell = EgressTable::Row::Cell;

constexpr std::size_t kPopWidth = 24;    // the columns of a PoP with their gaps, about
constexpr std::size_t kMetroWidth = 24;  // likewise

// `index`: of the PoP, and of its cell where the row has one for each.
const PopCell* find_cell(const EgressTable::Row& row, int index, const std::string& pop) {
  if (index < row.cells_size() && row.cells(index).pop() == pop) return &row.cells(index);
  const auto found = std::find_if(row.cells().begin(), row.cells().end(),
                                  [&pop](const PopCell& cell) { return cell.pop() == pop; });
  return found == row.cells().end() ? nullptr : &*found;
}

std::string metro_text(const EgressTable::Row& row) {
  if (row.title().empty() || row.title() == row.metro()) return row.metro();
  return row.title() + " (" + row.metro() + ")";
}

// "1.2 ms", "~78.0 ms" for an estimate.
Cell cost_cell(const PopCell& cell) {
  if (!cell.has_cost_us()) return {"unknown", Tint::Dim};
  const Tint tint = cell.nearest() ? Tint::Good : Tint::Plain;
  return {(cell.measured() ? "" : "~") + cost_text(cell.cost_us()), tint};
}

// Prefixes that leave elsewhere than at the nearest PoP deserve a look.
Cell count_cell(const PopCell& cell) {
  if (cell.prefixes() == 0) return {"-", Tint::Dim};
  return {count_text(cell.prefixes()), cell.nearest() ? Tint::Good : Tint::Warn};
}

class EgressView : public View {
 public:
  EgressView(const Screen& screen, std::ostream& out) : screen_(screen), out_(out) {}

  void show(const Response& response) override { all_.MergeFrom(response.egress()); }

  Outcome close(bool complete) override {
    if (!all_.rows().empty()) {
      print(all_);
    } else if (complete) {
      out_ << "No metros are configured.\n";
    }
    return Outcome::Done;
  }

 private:
  void print(const EgressTable& egress) {
    print_title(egress);
    // Where all PoPs do not fit beside one another, tables follow one another.
    const std::size_t pops = static_cast<std::size_t>(egress.pops_size());
    std::size_t at_once = pops;
    if (screen_.width && *screen_.width > kMetroWidth) {
      at_once = std::max<std::size_t>((*screen_.width - kMetroWidth) / kPopWidth, 1);
    }
    for (std::size_t first = 0; first < pops; first += at_once) {
      print_pops(egress, first, std::min(first + at_once, pops));
    }
    print_legend(egress);
    print_exits(egress);
  }

  void print_title(const EgressTable& egress) {
    std::string title = "Best paths by the metro of their users and the PoP where they leave";
    out_ << screen_.paint(Tint::Bold, title) << '\n';
    std::string facts;
    if (!egress.own_pop().empty()) facts.append("this is ").append(egress.own_pop());
    if (!egress.mode().empty()) {
      facts.append(facts.empty() ? "" : ", ").append("mode ").append(egress.mode());
    }
    if (!egress.digest().empty()) {
      facts.append(facts.empty() ? "" : ", ").append("costs ").append(egress.digest());
    }
    if (!facts.empty()) out_ << facts << '\n';
    print_added("degraded", egress.pop_added_us());
    print_added("demoted by rules of health", egress.pop_demotion_us());
  }

  void print_added(const std::string& reason, std::uint32_t microseconds) {
    if (microseconds == 0) return;
    const std::string cost = ": its exits cost " + cost_text(microseconds) + " more";
    out_ << screen_.paint(Tint::Warn, "This PoP is " + reason + cost) << '\n';
  }

  void print_pops(const EgressTable& egress, std::size_t first, std::size_t end) {
    std::vector<Column> columns{{"Metro", Column::Align::Left, 12}};
    for (std::size_t i = first; i < end; ++i) {
      columns.push_back({egress.pops(static_cast<int>(i)), Column::Align::Right});
      columns.push_back({"cost", Column::Align::Right});
      columns.push_back({""});  // the star of the nearest
    }
    Table table(std::move(columns));
    for (const EgressTable::Row& row : egress.rows()) {
      std::vector<Cell> cells{{metro_text(row)}};
      for (std::size_t i = first; i < end; ++i) {
        const int index = static_cast<int>(i);
        const PopCell* const cell = find_cell(row, index, egress.pops(index));
        cells.push_back(cell == nullptr ? Cell{} : count_cell(*cell));
        cells.push_back(cell == nullptr ? Cell{} : cost_cell(*cell));
        cells.push_back({cell != nullptr && cell->nearest() ? "*" : "", Tint::Good});
      }
      table.add(std::move(cells));
    }
    out_ << '\n';
    table.print(out_, screen_);
  }

  void print_legend(const EgressTable& egress) {
    out_ << "\n* nearest PoP of the metro   ~ cost estimated from distance\n";
    if (egress.untagged_prefixes() == 0) return;
    out_ << "Best paths without a location: " << count_text(egress.untagged_prefixes()) << '\n';
  }

  // "312 from ams to lhr, rtt, 5m ago"
  [[nodiscard]] static std::string move_text(const EgressTable::Move& move) {
    return count_text(move.prefixes()) + " from " + move.from() + " to " + move.to() + ", " +
           move.cause() + ", " + duration_text(move.seconds_ago()) + " ago";
  }

  void print_exits(const EgressTable& egress) {
    if (egress.exits().empty()) return;
    Table table({{"Vantage"},
                 {"Metro"},
                 {"Exit"},
                 {"Prefixes", Column::Align::Right},
                 {"Cost", Column::Align::Right},
                 {"Source"},
                 {"Last move", Column::Align::Left, 0, true}});
    for (const EgressTable::Exit& exit : egress.exits()) {
      table.add({{exit.vantage()},
                 {exit.metro()},
                 {exit.pop().empty() ? "-" : exit.pop()},
                 {exit.has_prefixes() ? count_text(exit.prefixes()) : "nearest"},
                 {exit.has_cost_us() ? cost_text(exit.cost_us()) : "unknown"},
                 {exit.cost_source()},
                 {exit.has_last_move() ? move_text(exit.last_move()) : std::string()}});
    }
    out_ << "\nExits in use\n\n";
    table.print(out_, screen_);
  }

  Screen screen_;
  std::ostream& out_;
  EgressTable all_;
};

}  // namespace

std::unique_ptr<View> egress_view(const Screen& screen, std::ostream& out) {
  return std::make_unique<EgressView>(screen, out);
}

}  // namespace tern::ctl
