// originate and withdraw; show originated: what this router originates, and what of it is held.
#include <string>

#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::Originated;
using api::proto::Response;

class OriginatedView : public View {
 public:
  OriginatedView(const Screen& screen, std::ostream& out) : screen_(screen), out_(out) {}

  void show(const Response& response) override {
    for (const Originated::Route& route : response.originated().routes()) add(route);
    table_.print(out_, screen_);
  }

  Outcome close(bool complete) override {
    if (count_ == 0) {
      if (complete) out_ << "This router originates nothing.\n";
      return Outcome::Empty;
    }
    if (complete) out_ << '\n' << count_of(count_, "route") << '\n';
    return Outcome::Done;
  }

 private:
  void add(const Originated::Route& route) {
    ++count_;
    const bool held = route.held_by() != 0;
    table_.add({{route.prefix()},
                {route.source() + (route.kept() ? ", kept" : "")},
                state_of(route),
                {age_text(route.since_seconds(), screen_.now_seconds)},
                {expiry_of(route)},
                {route.state() == "originated" ? count_text(route.held_by()) : std::string(),
                 held ? Tint::Plain : Tint::Warn},
                {route.has_med() ? std::to_string(route.med()) : std::string()},
                {route.has_local_pref() ? std::to_string(route.local_pref()) : std::string()},
                {route.metro()},
                {join({route.communities().begin(), route.communities().end()}, " ")}});
  }

  static Cell state_of(const Originated::Route& route) {
    if (route.state() == "originated" && !route.contributor().empty()) {
      return {"originated for " + route.contributor(), Tint::Good};
    }
    if (route.state() == "inactive") return {"inactive: no route contributes", Tint::Warn};
    if (route.state() == "originated") return {route.state(), Tint::Good};
    if (route.state() == "withheld") return {"withheld by " + route.reason(), Tint::Warn};
    if (route.state() != "rejected") return {route.state(), Tint::Warn};
    const std::string& why = route.reason_detail().empty() ? route.reason() : route.reason_detail();
    return {"rejected: " + why, Tint::Bad};
  }

  [[nodiscard]] std::string expiry_of(const Originated::Route& route) const {
    if (route.expires_seconds() == 0) return {};
    const bool over = route.expires_seconds() <= screen_.now_seconds;
    return over ? "now" : "in " + duration_text(route.expires_seconds() - screen_.now_seconds);
  }

  Screen screen_;
  std::ostream& out_;
  Table table_{{{"Prefix"},
                {"Source"},
                {"State"},
                {"Since", Column::Align::Right},
                {"Expires", Column::Align::Left, 0, true},
                {"Held by", Column::Align::Right, 0, true},
                {"MED", Column::Align::Right, 0, true},
                {"Pref", Column::Align::Right, 0, true},
                {"Metro", Column::Align::Left, 0, true},
                {"Communities", Column::Align::Left, 16, true}}};
  std::uint64_t count_ = 0;
};

class OriginateView : public View {
 public:
  OriginateView(const char* verb, std::ostream& out) : verb_(verb), out_(out) {}
  void show(const Response& response) override {
    out_ << response.originate().prefix() << ' ' << verb_ << '\n';
  }
  Outcome close(bool /*complete*/) override { return Outcome::Done; }

 private:
  const char* verb_;
  std::ostream& out_;
};

}  // namespace

std::unique_ptr<View> originated_view(const Screen& screen, std::ostream& out) {
  return std::make_unique<OriginatedView>(screen, out);
}

std::unique_ptr<View> originate_view(const Command& command, std::ostream& out) {
  const bool withdraws = command.id == CommandId::Withdraw;
  return std::make_unique<OriginateView>(withdraws ? "is withdrawn" : "is originated", out);
}

}  // namespace tern::ctl
