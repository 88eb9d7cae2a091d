// events for people: a line an event, with the time of its last change; with detail, the evidence.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"
#include "rib/types/utc_text.h"

namespace tern::ctl {
namespace {

using api::proto::Event;
using api::proto::Response;

constexpr std::size_t kKindWidth = 20;     // the longest name of a kind
constexpr std::size_t kSeverityWidth = 8;  // likewise

std::string time_of(std::uint64_t seconds) { return utc_text(static_cast<std::int64_t>(seconds)); }

Tint tint_of(const Event& event) {
  if (event.severity() == "critical" || event.severity() == "error") return Tint::Bad;
  return event.severity() == "warning" ? Tint::Warn : Tint::Plain;
}

class EventsView : public View {
 public:
  EventsView(const api::proto::EventsRequest& request, const Screen& screen, std::ostream& out)
      : detail_(request.detail()), screen_(screen), out_(out) {}

  void show(const Response& response) override {
    if (response.events().fell_behind()) {
      out_ << screen_.paint(Tint::Warn, "= fell behind: some events were forgotten unread") << '\n';
    }
    for (const Event& event : response.events().events()) show(event);
  }

  Outcome close(bool /*complete*/) override { return count_ == 0 ? Outcome::Empty : Outcome::Done; }

 private:
  // An event without a duration has the same start and end. With --follow, the screen's clock is of
  // the start of the command.
  [[nodiscard]] std::string state_of(const Event& event) const {
    if (event.state() == "open") {
      const std::uint64_t now = std::max(screen_.now_seconds, event.last_seconds());
      return "open " + duration_text(now - event.start_seconds());
    }
    if (event.end_seconds() <= event.start_seconds()) return "";
    return "ended after " + duration_text(event.end_seconds() - event.start_seconds());
  }

  void show(const Event& event) {
    ++count_;
    out_ << screen_.paint(Tint::Dim, time_of(event.last_seconds())) << ' '
         << screen_.paint(tint_of(event), padded(event.severity(), kSeverityWidth)) << ' '
         << screen_.paint(Tint::Bold, padded(event.kind(), kKindWidth)) << ' ' << event.summary();
    std::vector<std::string> facts;
    if (event.members() != 0) facts.push_back(count_text(event.members()) + " more");
    if (event.count() > 1) facts.push_back(count_text(event.count()) + " times");
    if (const std::string state = state_of(event); !state.empty()) facts.push_back(state);
    if (!facts.empty()) out_ << screen_.paint(Tint::Dim, " (" + join(facts, ", ") + ")");
    out_ << '\n';
    if (detail_) show_detail(event);
  }

  void show_detail(const Event& event) {
    out_ << "    event " << event.id() << ", began " << time_of(event.start_seconds());
    if (event.end_seconds() != 0) out_ << ", ended " << time_of(event.end_seconds());
    out_ << '\n';
    std::vector<std::string> lines;
    for (const auto& [name, value] : event.evidence()) lines.push_back(name + ": " + value);
    std::ranges::sort(lines);
    for (const std::string& line : lines) out_ << "    " << line << '\n';
    if (event.examples().empty()) return;
    const std::vector<std::string> examples(event.examples().begin(), event.examples().end());
    out_ << "    among them: " << join(examples, ", ") << '\n';
  }

  const bool detail_;
  const Screen screen_;
  std::ostream& out_;
  std::size_t count_ = 0;
};

}  // namespace

std::unique_ptr<View> events_view(const Command& command, const Screen& screen, std::ostream& out) {
  return std::make_unique<EventsView>(command.request.events(), screen, out);
}

}  // namespace tern::ctl
