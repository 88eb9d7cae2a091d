// guard list and show: releases and blocks; guard release, block and clear: what was done.
#include <string>

#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::GuardActionRequest;
using api::proto::GuardOrder;
using api::proto::Response;

std::vector<Column> guard_columns() {
  return {{"Order"},
          {"Prefix", Column::Align::Left, 18},
          {"From"},
          {"Since", Column::Align::Right},
          {"Ends"},
          {"By", Column::Align::Left, 10},
          {"Because", Column::Align::Left, 10, true}};
}

std::string whom_text(const GuardOrder& order) {
  if (order.from().empty()) return "all";
  return order.neighbor().empty() ? order.from() : order.neighbor();
}

std::string end_text(const GuardOrder& order, std::uint64_t now) {
  if (order.expires_seconds() == 0) return "never";
  const std::uint64_t left = order.expires_seconds() > now ? order.expires_seconds() - now : 0;
  return "in " + duration_text(left);
}

void add_order(const GuardOrder& order, const Screen& screen, Table& table) {
  const bool block = order.kind() == "block";
  table.add({{order.kind(), block ? Tint::Bad : Tint::Warn},
             {order.prefix()},
             {whom_text(order)},
             {age_text(order.since_seconds(), screen.now_seconds)},
             {end_text(order, screen.now_seconds)},
             {order.owner()},
             {order.because()}});
}

class GuardView : public View {
 public:
  GuardView(const Screen& screen, std::ostream& out) : screen_(screen), out_(out) {}

  void show(const Response& response) override {
    for (const GuardOrder& order : response.guard().orders()) {
      add_order(order, screen_, table_);
      empty_ = false;
    }
  }

  Outcome close(bool complete) override {
    if (!empty_) table_.print(out_, screen_);
    if (empty_ && complete) out_ << "No releases and blocks.\n";
    return empty_ ? Outcome::Empty : Outcome::Done;
  }

 private:
  Screen screen_;
  std::ostream& out_;
  Table table_{guard_columns()};
  bool empty_ = true;
};

// "release of 203.0.113.0/24 from AS 64501: in force, ends in 2h"; "..., never ends"
class GuardActionView : public View {
 public:
  GuardActionView(GuardActionRequest::Action action, const Screen& screen, std::ostream& out)
      : action_(action), screen_(screen), out_(out) {}

  void show(const Response& response) override {
    for (const GuardOrder& order : response.guard().orders()) {
      out_ << order.kind() << " of " << order.prefix();
      if (!order.from().empty()) out_ << " from " << whom_text(order);
      if (action_ == GuardActionRequest::CLEAR) {
        out_ << ": ended\n";
      } else {
        const std::string end = end_text(order, screen_.now_seconds);
        out_ << ": in force, " << (end == "never" ? "never ends" : "ends " + end) << '\n';
      }
    }
  }
  Outcome close(bool complete) override { return complete ? Outcome::Done : Outcome::Failed; }

 private:
  const GuardActionRequest::Action action_;
  Screen screen_;
  std::ostream& out_;
};

}  // namespace

void print_guard_orders(const google::protobuf::RepeatedPtrField<api::proto::GuardOrder>& orders,
                        std::size_t indent, const Screen& screen, std::ostream& out) {
  Table table(guard_columns(), indent);
  for (const GuardOrder& order : orders) add_order(order, screen, table);
  table.print(out, screen);
}

std::unique_ptr<View> guard_view(const Command& command, const Screen& screen, std::ostream& out) {
  if (command.request.has_guard_action()) {
    return std::make_unique<GuardActionView>(command.request.guard_action().action(), screen, out);
  }
  return std::make_unique<GuardView>(screen, out);
}

}  // namespace tern::ctl
