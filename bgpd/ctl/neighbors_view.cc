#include <vector>

#include "bgpd/ctl/neighbor_detail.h"
#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::Neighbor;
using api::proto::Response;

std::vector<Column> columns() {
  using Align = Column::Align;
  return {{"Neighbor"},
          {"Address", Align::Left, 0, false, true},
          {"AS", Align::Right},
          {"Group", Align::Left, 8, true, true},
          {"State"},
          {"Since", Align::Right},
          {"Family", Align::Left, 0, true},
          {"Received", Align::Right, 0, true},
          {"Accepted", Align::Right, 0, true, true},
          {"Rejected", Align::Right, 0, true, true},
          {"Advertised", Align::Right, 0, true},
          {"Note", Align::Left, 12, true}};
}

// "ipv4-unicast" is "ipv4" here: there is no other kind of ipv4 in this table.
std::string short_family(const std::string& family) {
  return family.substr(0, family.find("-unicast"));
}

std::string note(const Neighbor& neighbor) {
  if (!neighbor.admin_up()) return "disabled";
  if (!is_established(neighbor)) return neighbor.last_error();
  std::string text = neighbor.drained() ? "drained" : "";
  const auto add = [&text](const char* what, std::uint32_t microseconds) {
    if (microseconds != 0) text += (text.empty() ? "" : ", ") + (what + cost_text(microseconds));
  };
  add("degraded by ", neighbor.added_us());
  add("demoted by ", neighbor.demotion_us());
  if (!text.empty()) return text;
  if (neighbor.slow()) return "slow: its queue is long";
  for (const auto& counts : neighbor.families()) {
    if (!counts.end_of_rib()) return "no End-of-RIB yet for " + short_family(counts.family());
  }
  return {};
}

std::vector<Cell> session_cells(const Neighbor& neighbor, const Screen& screen) {
  return {{neighbor_title(neighbor), Tint::Bold},
          {neighbor.address()},
          {std::to_string(neighbor.asn())},
          {neighbor.group()},
          {neighbor.state(), state_tint(neighbor)},
          {age_text(neighbor.since_seconds(), screen.now_seconds)}};
}

void add_neighbor(Table& table, const Neighbor& neighbor, const Screen& screen) {
  const Tint note_tint = neighbor.admin_up() ? Tint::Warn : Tint::Dim;
  std::vector<Cell> row = session_cells(neighbor, screen);
  const std::size_t session_columns = row.size();
  std::string remark = note(neighbor);
  bool listed = false;
  // Counts of a session that is down say nothing, unless something is still kept.
  for (const auto& counts : neighbor.families()) {
    if (!is_established(neighbor) && counts.received() == 0) continue;
    row.push_back({short_family(counts.family())});
    row.push_back({count_text(counts.received())});
    row.push_back({count_text(counts.accepted())});
    row.push_back(
        {count_text(counts.rejected()), counts.rejected() == 0 ? Tint::Plain : Tint::Warn});
    row.push_back({count_text(counts.advertised())});
    row.push_back({remark, note_tint});
    table.add(std::move(row));
    listed = true;
    remark.clear();
    // The second family does not repeat the session for a person; programs cut lines into fields.
    row = session_cells(neighbor, screen);
    if (screen.width) row.assign(session_columns, Cell{});
  }
  if (!listed) {
    row.resize(columns().size() - 1);
    row.push_back({remark, note_tint});
    table.add(std::move(row));
  }
}

class NeighborsView : public View {
 public:
  NeighborsView(bool detail, const Screen& screen, std::ostream& out)
      : detail_(detail), screen_(screen), out_(out), table_(columns()) {}

  void show(const Response& response) override {
    for (const Neighbor& neighbor : response.neighbors().neighbors()) {
      if (detail_) {
        if (count_ != 0) out_ << '\n';
        print_neighbor_detail(out_, screen_, neighbor);
      } else {
        add_neighbor(table_, neighbor, screen_);
      }
      ++count_;
      if (is_established(neighbor)) ++established_;
    }
  }

  Outcome close(bool complete) override {
    table_.print(out_, screen_);
    if (!detail_ && complete && count_ != 0) {
      out_ << '\n'
           << count_of(count_, "neighbor") << ", " << count_text(established_) << " established\n";
    }
    return count_ == 0 ? Outcome::Empty : Outcome::Done;
  }

 private:
  bool detail_;
  Screen screen_;
  std::ostream& out_;
  Table table_;
  std::uint64_t count_ = 0;
  std::uint64_t established_ = 0;
};

}  // namespace

std::unique_ptr<View> neighbors_view(const Command& command, const Screen& screen,
                                     std::ostream& out) {
  return std::make_unique<NeighborsView>(command.request.neighbors().detail(), screen, out);
}

}  // namespace tern::ctl
