// show probes: the targets of egress.probes, and whether they answer.
#include <string>

#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::Probes;
using api::proto::Response;

// "12.1 ms", "lost"
Cell last_cell(const Probes::Target& target) {
  if (target.has_rtt_us()) return {cost_text(target.rtt_us()), Tint::Good};
  if (target.state() == "unknown") return {"-", Tint::Dim};
  return {target.state(), Tint::Bad};
}

// "3 of 16"
Cell loss_cell(const Probes::Target& target) {
  if (target.recent() == 0) return {"-", Tint::Dim};
  return {std::to_string(target.recently_lost()) + " of " + std::to_string(target.recent()),
          target.recently_lost() == 0 ? Tint::Plain : Tint::Warn};
}

class ProbesView : public View {
 public:
  ProbesView(const Screen& screen, std::ostream& out) : screen_(screen), out_(out) {}

  void show(const Response& response) override {
    const Probes& probes = response.probes();
    if (probes.targets().empty()) return;
    Table table({{"Target", Column::Align::Left, 10},
                 {"Address"},
                 {"Method"},
                 {"To"},
                 {"Last", Column::Align::Right},
                 {"Lost", Column::Align::Right},
                 {"Since", Column::Align::Right},
                 {"Error", Column::Align::Left, 16, true}});
    for (const Probes::Target& target : probes.targets()) {
      ++count_;
      const bool tcp = target.method() == "tcp";
      table.add({{target.name()},
                 {target.address()},
                 {tcp ? "tcp " + std::to_string(target.port()) : target.method()},
                 {target.to()},
                 last_cell(target),
                 loss_cell(target),
                 {age_text(target.since_seconds(), screen_.now_seconds)},
                 {target.error()}});
    }
    table.print(out_, screen_);
    out_ << "\nEach target is probed every " << duration_text(probes.interval_seconds())
         << ", and has " << cost_text(std::uint64_t{1000} * probes.timeout_milliseconds())
         << " to answer.\n";
  }

  Outcome close(bool complete) override {
    if (count_ != 0) return Outcome::Done;
    if (complete) out_ << "No targets are configured (egress.probes).\n";
    return Outcome::Empty;
  }

 private:
  Screen screen_;
  std::ostream& out_;
  std::uint64_t count_ = 0;
};

}  // namespace

std::unique_ptr<View> probes_view(const Screen& screen, std::ostream& out) {
  return std::make_unique<ProbesView>(screen, out);
}

}  // namespace tern::ctl
