// show rtts, rtt set and rtt clear: measured round trips and the costs that follow them.
#include <string>

#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::Response;
using api::proto::RttActionRequest;
using api::proto::Rtts;

// "waits 42s", "stale", "below 12.1 ms": shorter than light needs
Cell state_cell(const Rtts::Rtt& rtt) {
  if (rtt.state() == "waits") return {"waits " + duration_text(rtt.waits_seconds()), Tint::Warn};
  if (rtt.state() == "stale") return {rtt.state(), Tint::Bad};
  if (rtt.state() == "implausible") return {"below " + cost_text(rtt.shortest_us()), Tint::Bad};
  return {rtt.state(), Tint::Good};
}

// "21.0 ms (api)"
std::string used_text(const Rtts::Rtt& rtt) {
  if (rtt.used_source() == "metro") return "of the metro";
  const std::string cost = rtt.has_used_us() ? cost_text(rtt.used_us()) : "unknown";
  return cost + " (" + rtt.used_source() + ")";
}

class RttsView : public View {
 public:
  RttsView(const std::string& prefix, const Screen& screen, std::ostream& out)
      : prefix_(prefix), screen_(screen), out_(out) {}

  void show(const Response& response) override {
    const Rtts& rtts = response.rtts();
    show_file(rtts.file(), rtts.file_error(), "");
    show_file(rtts.prefix_file(), rtts.prefix_file_error(),
              ", " + count_of(rtts.prefixes(), "round trip") + " to prefixes");
    for (const Rtts::Rtt& rtt : rtts.rtts()) {
      ++count_;
      const bool ends = rtt.has_expires_in_seconds();
      table_.add(
          {{rtt.pop()},
           {rtt.backbone() ? rtt.to() + " (PoP)" : rtt.to()},
           {cost_text(rtt.latest_us())},
           {cost_text(rtt.average_us())},
           {rtt.source()},
           {duration_text(rtt.age_seconds())},
           {ends ? "in " + duration_text(rtt.expires_in_seconds()) : std::string()},
           state_cell(rtt),
           {used_text(rtt)},
           {rtt.has_used_for_seconds() ? duration_text(rtt.used_for_seconds()) : std::string()}});
    }
  }

  Outcome close(bool complete) override {
    table_.print(out_, screen_);
    if (count_ == 0 && complete && !prefix_.empty()) {
      out_ << prefix_ << " is not measured: paths have the cost of their metro.\n";
    } else if (count_ == 0 && complete) {
      out_ << "Nothing is measured: costs are of the configuration.\n";
    }
    return count_ == 0 ? Outcome::Empty : Outcome::Done;
  }

 private:
  void show_file(const std::string& path, const std::string& error, const std::string& more) {
    if (path.empty()) return;
    out_ << "File " << path << ": "
         << (error.empty() ? screen_.paint(Tint::Good, "good") : screen_.paint(Tint::Bad, error))
         << more << "\n\n";
  }

  const std::string prefix_;  // that was asked for; empty: a listing
  Screen screen_;
  std::ostream& out_;
  Table table_{{{"From"},
                {"To"},
                {"Latest", Column::Align::Right},
                {"Average", Column::Align::Right},
                {"Source"},
                {"Age", Column::Align::Right},
                {"Expires", Column::Align::Left, 0, true},
                {"State"},
                {"Cost in use"},
                {"For", Column::Align::Right}}};
  std::uint64_t count_ = 0;
};

class RttView : public View {
 public:
  RttView(const RttActionRequest& request, std::ostream& out) : request_(request), out_(out) {}

  void show(const Response& response) override {
    const Rtts& rtts = response.rtts();
    if (request_.action() == RttActionRequest::CLEAR_ALL) {
      out_ << count_of(rtts.cleared(), "measurement") << " cleared\n";
      return;
    }
    if (request_.action() == RttActionRequest::CLEAR && !request_.prefixes().empty()) {
      for (const auto& cleared : request_.prefixes()) {
        out_ << request_.pop() << " to " << cleared.prefix() << ": cleared\n";
      }
    } else if (request_.action() == RttActionRequest::CLEAR) {
      out_ << request_.pop() << " to " << request_.to() << ": cleared\n";
    }
    for (const Rtts::Rtt& rtt : rtts.rtts()) {
      out_ << rtt.pop() << " to " << rtt.to() << (rtt.backbone() ? " (PoP)" : "")
           << ": the cost is " << (rtt.used_source() == "metro" ? "that " : "") << used_text(rtt);
      if (rtt.state() == "implausible") {
        out_ << "; the measurement does not count, because light in fibre needs "
             << cost_text(rtt.shortest_us());
      } else if (rtt.average_us() != rtt.latest_us()) {
        out_ << "; the average with earlier measurements is " << cost_text(rtt.average_us());
      }
      if (rtt.state() == "waits" && rtt.waits_seconds() == 0) {
        out_ << "; it counts within a second";
      } else if (rtt.state() == "waits") {
        out_ << "; it waits " << duration_text(rtt.waits_seconds()) << " for the end of the dwell";
      }
      out_ << '\n';
    }
  }
  Outcome close(bool /*complete*/) override { return Outcome::Done; }

 private:
  const RttActionRequest request_;
  std::ostream& out_;
};

}  // namespace

std::unique_ptr<View> rtts_view(const Command& command, const Screen& screen, std::ostream& out) {
  return std::make_unique<RttsView>(command.request.rtts().prefix(), screen, out);
}

std::unique_ptr<View> rtt_view(const Command& command, std::ostream& out) {
  return std::make_unique<RttView>(command.request.rtt_action(), out);
}

}  // namespace tern::ctl
