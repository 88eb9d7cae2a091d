// show nexthops: a row for each next hop of received routes.
#include <string>

#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::NextHop;
using api::proto::Response;

class NextHopsView : public View {
 public:
  NextHopsView(const Screen& screen, std::ostream& out) : screen_(screen), out_(out) {}

  void show(const Response& response) override {
    for (const NextHop& next_hop : response.next_hops().next_hops()) add(next_hop);
    table_.print(out_, screen_);
  }

  Outcome close(bool complete) override {
    if (count_ == 0) {
      if (complete) out_ << "No such next hop is known.\n";
      return Outcome::Empty;
    }
    if (complete) {
      out_ << '\n'
           << count_of(count_, "next hop") << ", " << count_text(unresolved_) << " unresolved\n";
    }
    return Outcome::Done;
  }

 private:
  void add(const NextHop& next_hop) {
    ++count_;
    if (!next_hop.resolved()) ++unresolved_;
    table_.add(
        {{next_hop.address()},
         state_of(next_hop),
         {next_hop.resolved() ? std::to_string(next_hop.metric()) : std::string()},
         {next_hop.prefix()},
         {way_of(next_hop)},
         {count_text(next_hop.routes())},
         {age_text(next_hop.since_seconds(), screen_.now_seconds)},
         {next_hop.flaps() == 0 ? std::string() : count_text(next_hop.flaps()), Tint::Warn}});
  }

  [[nodiscard]] Cell state_of(const NextHop& next_hop) const {
    std::string text = next_hop.state();
    if (next_hop.held_until_seconds() != 0) {
      text += " (" + next_hop.held_state();
      if (next_hop.held_until_seconds() > screen_.now_seconds) {
        text += " in " + duration_text(next_hop.held_until_seconds() - screen_.now_seconds);
      }
      text += ")";
    }
    if (next_hop.resolved()) return {text, Tint::Good};
    return {text, next_hop.routes() == 0 ? Tint::Warn : Tint::Bad};
  }

  static std::string way_of(const NextHop& next_hop) {
    std::string text = next_hop.gateway();
    if (next_hop.interface().empty()) return text;
    if (!text.empty()) text += ' ';
    return text + next_hop.interface();
  }

  Screen screen_;
  std::ostream& out_;
  Table table_{{{"Next hop"},
                {"State"},
                {"Metric", Column::Align::Right},
                {"By"},
                {"Via", Column::Align::Left, 12},
                {"Routes", Column::Align::Right},
                {"Since", Column::Align::Right},
                {"Flaps", Column::Align::Right, 0, true}}};
  std::uint64_t count_ = 0;
  std::uint64_t unresolved_ = 0;
};

}  // namespace

std::unique_ptr<View> next_hops_view(const Screen& screen, std::ostream& out) {
  return std::make_unique<NextHopsView>(screen, out);
}

}  // namespace tern::ctl
