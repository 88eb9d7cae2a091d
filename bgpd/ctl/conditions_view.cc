// show conditions: whether they hold, since when, and why.
#include <string>

#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::Conditions;
using api::proto::Response;

class ConditionsView : public View {
 public:
  ConditionsView(const Screen& screen, std::ostream& out) : screen_(screen), out_(out) {}

  void show(const Response& response) override {
    for (const Conditions::Condition& condition : response.conditions().conditions()) {
      add(condition);
    }
    table_.print(out_, screen_);
  }

  Outcome close(bool complete) override {
    if (count_ != 0) return Outcome::Done;
    if (complete) out_ << "No conditions are configured.\n";
    return Outcome::Empty;
  }

 private:
  void add(const Conditions::Condition& condition) {
    ++count_;
    const std::uint32_t wait = condition.changes_in_seconds();
    table_.add({{condition.name()},
                {condition.state(), condition.state() == "holds" ? Tint::Good : Tint::Warn},
                {age_text(condition.since_seconds(), screen_.now_seconds)},
                {wait == 0 ? std::string() : "in " + duration_text(wait)},
                {count_text(condition.changes())},
                {condition.why()}});
  }

  Screen screen_;
  std::ostream& out_;
  Table table_{{{"Condition"},
                {"State"},
                {"Since", Column::Align::Right},
                {"Due", Column::Align::Left, 0, true},
                {"Changes", Column::Align::Right},
                {"Why", Column::Align::Left, 16}}};
  std::uint64_t count_ = 0;
};

}  // namespace

std::unique_ptr<View> conditions_view(const Screen& screen, std::ostream& out) {
  return std::make_unique<ConditionsView>(screen, out);
}

}  // namespace tern::ctl
