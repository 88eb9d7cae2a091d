// show circuits: a row for each circuit; a single one with its sessions.
#include <string>

#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::Circuit;
using api::proto::Response;

// Redundancy that an operator took away is no fault.
Tint circuit_tint(const Circuit& circuit) {
  if (circuit.state() == "redundant") return Tint::Good;
  if (circuit.state() == "unknown") return Tint::Dim;
  const bool bad = circuit.state() == "down" || circuit.state() == "pair-degraded";
  return bad && !circuit.maintenance() ? Tint::Bad : Tint::Warn;
}

Tint session_tint(const Circuit::Session& session) {
  if (session.state() == "up") return Tint::Good;
  return session.state() == "down" ? Tint::Bad : Tint::Warn;
}

class CircuitsView : public View {
 public:
  CircuitsView(bool one, const Screen& screen, std::ostream& out)
      : one_(one), screen_(screen), out_(out) {}

  void show(const Response& response) override {
    for (const Circuit& circuit : response.circuits().circuits()) {
      ++count_;
      last_ = circuit;
      table_.add(
          {{circuit.circuit()},
           {circuit.partner_as() == 0 ? "-" : std::to_string(circuit.partner_as())},
           {circuit.state(), circuit_tint(circuit)},
           {age_text(circuit.since_seconds(), screen_.now_seconds), Tint::Dim},
           {std::to_string(circuit.in_service()) + " of " + std::to_string(circuit.connections())},
           {circuit.evidence()}});
    }
  }

  Outcome close(bool complete) override {
    if (count_ == 0) {
      if (complete) out_ << "There is no such circuit.\n";
      return Outcome::Empty;
    }
    table_.print(out_, screen_);
    if (one_) show_sessions();
    return Outcome::Done;
  }

 private:
  void show_sessions() {
    out_ << '\n';
    Table table({{"Neighbor", Column::Align::Left, 10},
                 {"Address"},
                 {"State"},
                 {"Router ID"},
                 {"Families"}});
    for (const Circuit::Session& session : last_.sessions()) {
      std::string families;
      for (const std::string& family : session.families()) {
        families += (families.empty() ? "" : " ") + family;
      }
      table.add({{session.neighbor()},
                 {session.address()},
                 {session.state(), session_tint(session)},
                 {session.router_id().empty() ? "-" : session.router_id()},
                 {families}});
    }
    table.print(out_, screen_);
    if (last_.sessions_left_out() != 0) {
      out_ << "and " << count_of(last_.sessions_left_out(), "more session") << '\n';
    }
  }

  const bool one_;
  Screen screen_;
  std::ostream& out_;
  std::uint64_t count_ = 0;
  Circuit last_;
  Table table_{{{"Circuit", Column::Align::Left, 10},
                {"AS"},
                {"State"},
                {"Since", Column::Align::Right},
                {"In service"},
                {"Why", Column::Align::Left, 20, true}}};
};

}  // namespace

std::unique_ptr<View> circuits_view(const Command& command, const Screen& screen,
                                    std::ostream& out) {
  const bool one = !command.request.circuits().circuit().empty();
  return std::make_unique<CircuitsView>(one, screen, out);
}

}  // namespace tern::ctl
