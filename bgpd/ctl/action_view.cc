// What commands that change something say: reload, and the actions on neighbors.
#include <string>

#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::NeighborActionRequest;
using api::proto::PopActionRequest;
using api::proto::ReloadResult;
using api::proto::Response;

std::string sign(const ReloadResult::Change& change) {
  if (change.kind() == "added") return "+";
  if (change.kind() == "removed") return "-";
  return "~";
}

class ReloadView : public View {
 public:
  ReloadView(bool check_only, const Screen& screen, std::ostream& out)
      : check_only_(check_only), screen_(screen), out_(out) {}

  void show(const Response& response) override {
    const ReloadResult& result = response.reload();
    failed_ = !result.ok();
    print_verdict(result);
    if (result.doubt().empty()) {
      for (const std::string& error : result.errors()) out_ << "  " << error << '\n';
    }
    for (const ReloadResult::Change& change : result.changes()) print_change(change);
    for (const std::string& warning : result.warnings()) {
      out_ << "  " << screen_.paint(Tint::Warn, warning) << '\n';
    }
    if (result.left_out() != 0) out_ << "  and " << count_text(result.left_out()) << " more\n";
  }

  Outcome close(bool /*complete*/) override { return failed_ ? Outcome::Failed : Outcome::Done; }

 private:
  void print_verdict(const ReloadResult& result) {
    if (!result.ok() && !result.doubt().empty()) {
      out_ << screen_.paint(Tint::Warn, "This reload " + result.doubt())
           << "; nothing was changed. 'ternctl reload --yes' does it.\n";
      return;
    }
    if (!result.ok()) {
      const auto errors = static_cast<std::uint64_t>(result.errors_size()) + result.left_out();
      out_ << screen_.paint(Tint::Bad, "The configuration has " + count_of(errors, "error"))
           << "; nothing was changed.\n";
      return;
    }
    const auto changes = static_cast<std::uint64_t>(result.changes_size()) + result.left_out();
    std::string verdict = check_only_ ? "The configuration is good" : "Reloaded";
    out_ << screen_.paint(Tint::Good, verdict);
    if (changes == 0) {
      out_ << (check_only_ ? "; it is what runs now.\n" : "; nothing had changed.\n");
    } else {
      out_ << (check_only_ ? "; a reload would bring " : ": ") << count_of(changes, "change")
           << ".\n";
    }
    if (!check_only_ || result.doubt().empty()) return;
    out_ << "  " << screen_.paint(Tint::Warn, "It " + result.doubt()) << "; it needs --yes.\n";
  }

  void print_change(const ReloadResult::Change& change) {
    out_ << "  " << sign(change) << ' ' << screen_.paint(Tint::Bold, change.subject()) << ' '
         << change.kind();
    if (change.resets_session()) out_ << ", " << screen_.paint(Tint::Warn, "resets the session");
    if (change.needs_restart()) out_ << ", " << screen_.paint(Tint::Warn, "needs a restart");
    out_ << '\n';
    for (const std::string& detail : change.details()) out_ << "      " << detail << '\n';
  }

  bool check_only_;
  Screen screen_;
  std::ostream& out_;
  bool failed_ = false;
};

std::string done_text(NeighborActionRequest::Action action) {
  switch (action) {
    case NeighborActionRequest::ENABLE:
      return "enabled";
    case NeighborActionRequest::DISABLE:
      return "disabled";
    case NeighborActionRequest::RESET:
      return "reset";
    case NeighborActionRequest::REFRESH_IN:
      return "asked for its routes";
    case NeighborActionRequest::REFRESH_OUT:
      return "sent our routes again";
    case NeighborActionRequest::DRAIN:
      return "drained";
    case NeighborActionRequest::UNDRAIN:
      return "not drained any more";
    case NeighborActionRequest::DEGRADE:
      return "degraded";
    case NeighborActionRequest::RESTORE:
      return "not degraded any more";
    default:
      return "done";
  }
}

class ActionView : public View {
 public:
  ActionView(NeighborActionRequest::Action action, std::ostream& out)
      : action_(action), out_(out) {}

  void show(const Response& response) override {
    for (const std::string& neighbor : response.neighbor_action().neighbors()) {
      out_ << neighbor << ": " << done_text(action_) << '\n';
      empty_ = false;
    }
  }
  Outcome close(bool /*complete*/) override { return empty_ ? Outcome::Empty : Outcome::Done; }

 private:
  NeighborActionRequest::Action action_;
  std::ostream& out_;
  bool empty_ = true;
};

class PopView : public View {
 public:
  PopView(const PopActionRequest& request, std::ostream& out) : request_(request), out_(out) {}

  void show(const Response& response) override {
    const auto neighbors = static_cast<std::uint64_t>(response.neighbor_action().neighbors_size());
    out_ << "The PoP is " << state() << ", " << count_of(neighbors, "neighbor") << ".\n";
  }
  Outcome close(bool /*complete*/) override { return Outcome::Done; }

 private:
  [[nodiscard]] std::string state() const {
    if (!request_.has_degrade_microseconds()) {
      return request_.drain() ? "drained" : "not drained any more";
    }
    const std::uint32_t added = request_.degrade_microseconds();
    return added == 0 ? "not degraded any more"
                      : "degraded: paths cost " + cost_text(added) + " more";
  }

  const PopActionRequest request_;
  std::ostream& out_;
};

}  // namespace

std::unique_ptr<View> reload_view(const Command& command, const Screen& screen, std::ostream& out) {
  return std::make_unique<ReloadView>(command.request.reload().check_only(), screen, out);
}

std::unique_ptr<View> action_view(const Command& command, std::ostream& out) {
  if (command.request.has_pop_action()) {
    return std::make_unique<PopView>(command.request.pop_action(), out);
  }
  return std::make_unique<ActionView>(command.request.neighbor_action().action(), out);
}

}  // namespace tern::ctl
