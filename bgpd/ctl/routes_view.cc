#include <vector>

#include "bgpd/ctl/route_text.h"
#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::Response;
using api::proto::Route;
using api::proto::RoutesRequest;

std::vector<Column> route_columns() {
  using Align = Column::Align;
  return {{""},
          {"Prefix"},
          {"Path ID", Align::Right, 0, true},
          {"Next hop", Align::Left, 0, false, true},
          {"Pref", Align::Right, 0, true, true},
          {"MED", Align::Right, 0, true, true},
          {"AS path", Align::Left, 12},
          {"From", Align::Left, 14},
          {"Age", Align::Right, 0, false, true},
          {"Egress", Align::Left, 16, true},
          {"RPKI", Align::Left, 0, true, true},
          {"Reason", Align::Left, 18, true}};
}

Cell mark(const Route& route) {
  if (!route.accepted()) return {"x", Tint::Bad};
  if (route.best()) return {"*", Tint::Good};
  return {};
}

Tint rpki_tint(const Route& route) { return route.rpki() == "invalid" ? Tint::Bad : Tint::Plain; }

std::vector<Cell> cells(const Route& route, const Screen& screen) {
  return {mark(route),
          {destination_text(route), route.best() ? Tint::Bold : Tint::Plain},
          {route.path_id() == 0 ? std::string() : std::to_string(route.path_id())},
          {route.next_hop()},
          {route.has_local_pref() ? std::to_string(route.local_pref()) : std::string()},
          {route.has_med() ? std::to_string(route.med()) : std::string()},
          {as_path_text(route)},
          {route_source(route)},
          {age_text(route.since_seconds(), screen.now_seconds)},
          {egress_text(route), Tint::Accent},
          {route.rpki(), rpki_tint(route)},
          {reason_text(route), Tint::Bad}};
}

class RoutesView : public View {
 public:
  RoutesView(const RoutesRequest& request, const Screen& screen, std::ostream& out)
      : request_(request), screen_(screen), out_(out), table_(route_columns()) {}

  void show(const Response& response) override {
    total_ += response.routes().count();
    for (const Route& route : response.routes().routes()) {
      if (request_.detail()) {
        if (count_ != 0) out_ << '\n';
        print_route_detail(out_, screen_, route);
      } else {
        table_.add(cells(route, screen_));
      }
      ++count_;
    }
    table_.print(out_, screen_);
  }

  Outcome close(bool complete) override {
    if (request_.count_only()) {
      if (complete) out_ << count_text(total_) << '\n';
      return total_ == 0 ? Outcome::Empty : Outcome::Done;
    }
    if (complete && count_ != 0) out_ << '\n' << count_of(count_, noun()) << limited() << '\n';
    return count_ == 0 ? Outcome::Empty : Outcome::Done;
  }

 private:
  [[nodiscard]] std::string noun() const {
    return request_.table() == RoutesRequest::BEST ? "route" : "path";
  }
  [[nodiscard]] std::string limited() const {
    return request_.limit() != 0 && count_ >= request_.limit() ? ", the limit: there may be more"
                                                               : "";
  }

  RoutesRequest request_;
  Screen screen_;
  std::ostream& out_;
  Table table_;
  std::uint64_t count_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace

std::unique_ptr<View> routes_view(const Command& command, const Screen& screen, std::ostream& out) {
  return std::make_unique<RoutesView>(command.request.routes(), screen, out);
}

}  // namespace tern::ctl
