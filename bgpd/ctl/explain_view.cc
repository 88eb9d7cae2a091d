// explain: the answer first, then what it was chosen from, then how, one comparison after another,
// so that the reader can tick the decision process off step by step.
#include <algorithm>
#include <utility>
#include <vector>

#include "bgpd/ctl/route_text.h"
#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::Explanation;
using api::proto::Response;
using api::proto::Route;
using Candidate = Explanation::Candidate;
using Steps = std::vector<const Explanation::Step*>;

constexpr std::size_t kProseWidth = 96;

bool is_usable(const Candidate& candidate) { return candidate.route().accepted(); }

// "1", "2": candidates are numbered as they are listed.
std::string number_of(int index) { return std::to_string(index + 1); }

std::string cost_of(const Candidate& candidate) {
  if (!candidate.route().has_egress_cost_us()) return {};
  std::string text = cost_text(candidate.route().egress_cost_us());
  if (!candidate.cost_source().empty()) text.append(" ").append(candidate.cost_source());
  return text;
}

// "192.0.2.7 by kernel, metric 20", "192.0.2.7: no-route"
Cell next_hop_of(const Candidate& candidate) {
  if (!candidate.has_next_hop()) return {};
  const api::proto::NextHop& next_hop = candidate.next_hop();
  if (!next_hop.resolved()) return {next_hop.address() + ": " + next_hop.state(), Tint::Bad};
  return {next_hop.address() + " by " + next_hop.state() + ", metric " +
          std::to_string(next_hop.metric())};
}

std::string cost_or_unknown(bool known, std::uint32_t microseconds) {
  return known ? cost_text(microseconds) : "unknown";
}

// The tag that counts, or the source that takes the place of a tag.
std::string tag_text(const Candidate& candidate) {
  return candidate.tag().empty() ? candidate.location_source() : candidate.tag();
}

Cell verdict(const Candidate& candidate) {
  if (!is_usable(candidate)) {
    const std::string reason = reason_text(candidate.route());
    return {reason.empty() ? "not usable" : "rejected, " + reason, Tint::Bad};
  }
  if (candidate.lost_at().empty()) return {"the best", Tint::Good};
  return {"lost at " + candidate.lost_at()};
}

class ExplainView : public View {
 public:
  ExplainView(std::string neighbor, const Screen& screen, std::ostream& out)
      : neighbor_(std::move(neighbor)), screen_(screen), out_(out) {}

  void show(const Response& response) override {
    const Explanation& explanation = response.explanation();
    empty_ = explanation.candidates().empty();
    if (empty_) return;
    print_answer(explanation);
    print_candidates(explanation);
    print_tags(explanation);
    print_vrps(explanation);
    print_guard(explanation);
    if (!explanation.orders().empty()) {
      heading("Releases and blocks");
      print_guard_orders(explanation.orders(), 2, screen_, out_);
      if (explanation.more_orders()) {
        out_ << "  further ones: ternctl guard show " << explanation.prefix() << '\n';
      }
    }
    std::vector<Steps> by_candidate(static_cast<std::size_t>(explanation.candidates_size()));
    for (const Explanation::Step& step : explanation.steps()) {
      if (step.against() < by_candidate.size()) by_candidate[step.against()].push_back(&step);
    }
    for (int i = 0; i < explanation.candidates_size(); ++i) {
      print_comparison(explanation, i, by_candidate[static_cast<std::size_t>(i)]);
    }
    if (!explanation.steps().empty()) {
      out_ << screen_.paint(Tint::Dim,
                            "\nThe first step that differs decides; no later one is read.")
           << '\n';
    }
    print_vantage(explanation);
    print_export(explanation);
  }

  Outcome close(bool /*complete*/) override { return empty_ ? Outcome::Empty : Outcome::Done; }

 private:
  void heading(const std::string& text) { out_ << '\n' << screen_.paint(Tint::Bold, text) << '\n'; }

  void print_answer(const Explanation& explanation) {
    const Route& any = explanation.candidates(0).route();  // all are of one family
    out_ << screen_.paint(Tint::Bold, explanation.prefix() + family_text(any, " ")) << '\n';
    const std::string answer =
        explanation.winner().empty() ? "No candidate may be used." : explanation.winner();
    const Tint tint = explanation.winner().empty() ? Tint::Bad : Tint::Good;
    const std::size_t width = std::min(screen_.width.value_or(kProseWidth), kProseWidth);
    for (const std::string& line : wrap(answer, width > 2 ? width - 2 : width)) {
      out_ << "  " << screen_.paint(tint, line) << '\n';
    }
  }

  void print_candidates(const Explanation& explanation) {
    const bool one = explanation.candidates_size() == 1;
    heading(one ? "The only candidate" : "Candidates, in order of preference");
    Table table({{"#", Column::Align::Right},
                 {"From", Column::Align::Left, 14},
                 {"Egress", Column::Align::Left, 0, true},
                 {"Users in", Column::Align::Left, 13, true},
                 {"Tag", Column::Align::Left, 0, true},
                 {"Cost", Column::Align::Left, 0, true},
                 {"Next hop", Column::Align::Left, 0, true},
                 {"RPKI", Column::Align::Left, 0, true},
                 {"AS path", Column::Align::Left, 12},
                 {"Verdict", Column::Align::Left, 18}},
                2);
    for (int i = 0; i < explanation.candidates_size(); ++i) {
      const Candidate& candidate = explanation.candidates(i);
      const Route& route = candidate.route();
      const bool best = is_usable(candidate) && candidate.lost_at().empty();
      table.add({{number_of(i), best ? Tint::Good : Tint::Plain},
                 {route_source(route), best ? Tint::Bold : Tint::Plain},
                 {route.egress_pop()},
                 {route.metro()},
                 {tag_text(candidate), candidate.contradictory() ? Tint::Warn : Tint::Plain},
                 {cost_of(candidate)},
                 next_hop_of(candidate),
                 {route.rpki(), route.rpki() == "invalid" ? Tint::Bad : Tint::Plain},
                 {as_path_text(route)},
                 verdict(candidate)});
    }
    table.print(out_, screen_);
    if (explanation.left_out() != 0) {
      out_ << "  and " << count_of(explanation.left_out(), "path") << " more: ternctl show routes "
           << explanation.prefix() << " all"
           << family_text(explanation.candidates(0).route(), " family ") << '\n';
    }
  }

  // Of the candidates with several tags.
  void print_tags(const Explanation& explanation) {
    Table table({{"#", Column::Align::Right},
                 {"Tag", Column::Align::Left},
                 {"Users in", Column::Align::Left},
                 {"", Column::Align::Left}},
                2);
    bool empty = true;
    for (int i = 0; i < explanation.candidates_size(); ++i) {
      const Candidate& candidate = explanation.candidates(i);
      if (candidate.tags_size() < 2) continue;
      for (const Explanation::LocationTag& tag : candidate.tags()) {
        const bool excluded = candidate.contradictory() && !tag.counts();
        table.add({{number_of(i)},
                   {tag.community()},
                   {tag.place()},
                   tag.counts() ? Cell{"counts", Tint::Good}
                   : excluded   ? Cell{"does not count; the tags contradict each other", Tint::Warn}
                                : Cell{"does not count: less specific", Tint::Dim}});
        empty = false;
      }
    }
    if (empty) return;
    heading("Location tags");
    table.print(out_, screen_);
  }

  void print_vrps(const Explanation& explanation) {
    if (explanation.vrps().empty()) return;
    heading("VRPs that cover it");
    ctl::print_vrps(explanation.vrps(), explanation.vrps_left_out(), screen_, out_);
  }

  void print_guard(const Explanation& explanation) {
    if (!explanation.has_registration()) return;
    heading("Registered prefix");
    print_registration(explanation.registration(), out_);
    Table table({{"#", Column::Align::Right},
                 {"Suspicion", Column::Align::Left},
                 {"Action", Column::Align::Left},
                 {"Evidence", Column::Align::Left, 20}},
                2);
    bool empty = true;
    for (int i = 0; i < explanation.candidates_size(); ++i) {
      for (const Explanation::Suspicion& one : explanation.candidates(i).suspicions()) {
        const bool quarantines = one.action() == "quarantine";
        table.add({{number_of(i)},
                   {one.kind()},
                   {one.action(), quarantines ? Tint::Bad : Tint::Warn},
                   {one.evidence()}});
        empty = false;
      }
    }
    if (empty) {
      out_ << "  no candidate is suspicious\n";
    } else {
      table.print(out_, screen_);
    }
  }

  // The winner, the first candidate, against the one at `index`.
  void print_comparison(const Explanation& explanation, int index, const Steps& steps) {
    if (steps.empty()) return;
    Table table({{"Step", Column::Align::Left},
                 {number_of(0) + ": " + route_source(explanation.candidates(0).route()),
                  Column::Align::Left, 16},
                 {"", Column::Align::Left},
                 {number_of(index) + ": " + route_source(explanation.candidates(index).route()),
                  Column::Align::Left, 16},
                 {"", Column::Align::Left, 20, true}},
                2);
    for (const Explanation::Step* step : steps) table.add(step_cells(*step));
    heading(number_of(0) + " against " + number_of(index));
    table.print(out_, screen_);
  }

  static std::vector<Cell> step_cells(const Explanation::Step& step) {
    const std::string name = std::to_string(step.number()) + ". " + step.name();
    if (step.decided()) {
      const std::string note = step.note().empty() ? "decides" : "decides: " + step.note();
      return {{name, Tint::Bold},
              {step.winner_value(), Tint::Good},
              {"beats", Tint::Good},
              {step.other_value()},
              {note, Tint::Good}};
    }
    const bool equal = step.winner_value() == step.other_value();
    return {{name},
            {step.winner_value()},
            {equal ? "=" : "-", Tint::Dim},
            {step.other_value()},
            {step.note().empty() && equal ? "equal" : step.note(), Tint::Dim}};
  }

  // The candidates once more, by their numbers above, as they rank from there.
  void print_vantage(const Explanation& explanation) {
    if (!explanation.has_vantage()) return;
    heading("From " + explanation.vantage().pop() + ", where traffic of " + neighbor_ + " enters");
    Table table({{"#", Column::Align::Right},
                 {"From", Column::Align::Left, 14},
                 {"Egress", Column::Align::Left, 0, true},
                 {"Backbone", Column::Align::Right},
                 {"Last mile", Column::Align::Right},
                 {"Cost", Column::Align::Right},
                 {"Verdict", Column::Align::Left, 18}},
                2);
    for (const auto& path : explanation.vantage().paths()) {
      const int index = static_cast<int>(path.candidate());
      if (index < 0 || index >= explanation.candidates_size()) continue;
      const bool best = path.lost_at().empty();
      table.add(
          {{number_of(index), best ? Tint::Good : Tint::Plain},
           {route_source(explanation.candidates(index).route()), best ? Tint::Bold : Tint::Plain},
           {path.egress_pop()},
           {cost_or_unknown(path.has_backbone_us(), path.backbone_us())},
           {cost_or_unknown(path.has_last_mile_us(), path.last_mile_us())},
           {cost_or_unknown(path.has_cost_us(), path.cost_us())},
           best ? Cell{"the best from there", Tint::Good} : Cell{"lost at " + path.lost_at()}});
    }
    table.print(out_, screen_);
  }

  void print_export(const Explanation& explanation) {
    if (explanation.exported().empty()) return;
    heading("What " + neighbor_ + " is told");
    for (const std::string& line : explanation.exported()) out_ << "  " << line << '\n';
  }

  std::string neighbor_;
  Screen screen_;
  std::ostream& out_;
  bool empty_ = true;
};

}  // namespace

std::unique_ptr<View> explain_view(const Command& command, const Screen& screen,
                                   std::ostream& out) {
  return std::make_unique<ExplainView>(command.request.explain().neighbor(), screen, out);
}

}  // namespace tern::ctl
