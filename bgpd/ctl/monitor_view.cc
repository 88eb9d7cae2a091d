// monitor routes for people: a line an event, with the time at which it was shown.
#include <ctime>

#include "bgpd/ctl/route_text.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::MonitorRequest;
using api::proto::Response;
using api::proto::Route;
using api::proto::RouteEvent;

// "14:03:27.120", local time
std::string time_text(std::uint64_t milliseconds) {
  const auto seconds = static_cast<std::time_t>(milliseconds / 1000);
  std::tm local{};
  char text[16] = "";
  if (::localtime_r(&seconds, &local) == nullptr ||
      std::strftime(text, sizeof text, "%H:%M:%S", &local) == 0) {
    return {};
  }
  const std::string rest = std::to_string(milliseconds % 1000);
  return std::string(text) + "." + std::string(3 - rest.size(), '0') + rest;
}

std::string sentence_of(const std::string& event) {
  if (event == "end-of-snapshot") return "this was the table; what follows are its changes";
  if (event == "fell-behind") {
    return "fell behind: changes were left out, the present state of what changed follows";
  }
  if (event == "session-ended") return "the session ended: the neighbor holds no routes";
  return event;
}

class MonitorView : public View {
 public:
  MonitorView(const MonitorRequest& request, const Screen& screen, std::ostream& out)
      : request_(request), screen_(screen), out_(out) {}

  void show(const Response& response) override {
    for (const RouteEvent& event : response.route_events().events()) show(event);
  }

  Outcome close(bool /*complete*/) override { return Outcome::Done; }

 private:
  void show(const RouteEvent& event) {
    out_ << screen_.paint(Tint::Dim, time_text(event.time_milliseconds())) << ' ';
    if (event.event() == "announce") return announce(event.route());
    if (event.event() == "withdraw") return withdraw(event);
    const bool warns = event.event() == "fell-behind" || event.event() == "session-ended";
    out_ << screen_.paint(warns ? Tint::Warn : Tint::Accent, "= " + sentence_of(event.event()))
         << '\n';
  }

  void announce(const Route& route) {
    out_ << screen_.paint(Tint::Good, "+") << ' ';
    if (request_.detail()) return print_route_detail(out_, screen_, route);
    out_ << screen_.paint(Tint::Bold, destination_text(route)) << id_text(route);
    if (!route.next_hop().empty()) out_ << " via " << route.next_hop();
    const std::string path = as_path_text(route);
    if (!path.empty()) out_ << "  " << path;
    out_ << "  from " << route_source(route);
    const std::string egress = egress_text(route);
    if (!egress.empty()) out_ << "  " << screen_.paint(Tint::Accent, egress);
    if (!route.accepted()) out_ << "  " << screen_.paint(Tint::Bad, reason_text(route));
    out_ << '\n';
  }

  void withdraw(const RouteEvent& event) {
    const Route& route = event.route();
    out_ << screen_.paint(Tint::Bad, "-") << ' '
         << screen_.paint(Tint::Bold, destination_text(route)) << id_text(route);
    if (event.all_paths()) out_ << "  all paths";
    if (!route.neighbor().empty()) out_ << "  from " << route_source(route);
    out_ << '\n';
  }

  static std::string id_text(const Route& route) {
    return route.path_id() == 0 ? std::string() : " id " + std::to_string(route.path_id());
  }

  const MonitorRequest request_;
  const Screen screen_;
  std::ostream& out_;
};

}  // namespace

std::unique_ptr<View> monitor_view(const Command& command, const Screen& screen,
                                   std::ostream& out) {
  return std::make_unique<MonitorView>(command.request.monitor(), screen, out);
}

}  // namespace tern::ctl
