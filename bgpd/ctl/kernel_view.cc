// show kernel: how many routes are in the kernel's routing table; or those that are not, and why.
#include <string>
#include <vector>

#include "bgpd/ctl/table.h"
#include "bgpd/ctl/text.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

using api::proto::Kernel;
using api::proto::Response;

class KernelView : public View {
 public:
  KernelView(bool failed, const Screen& screen, std::ostream& out)
      : failed_(failed), screen_(screen), out_(out) {}

  void show(const Response& response) override {
    if (failed_) return print_failed(response.kernel());
    print_state(response.kernel());
    print_counts(response.kernel());
    print_reasons(response.kernel());
    print_errors(response.kernel());
  }

  Outcome close(bool /*complete*/) override { return empty_ ? Outcome::Empty : Outcome::Done; }

 private:
  void print_state(const Kernel& kernel) {
    const bool good = kernel.state() == "running";
    std::string text = "best routes go into the kernel's routing table";
    if (kernel.state() == "waiting") {
      text = "older routes are kept until the neighbors have sent their tables";
    } else if (kernel.state() == "refreshing") {
      text = "all best routes are compared with the kernel's once more";
    } else if (!good) {
      text = "the kernel gives no socket";
    }
    out_ << screen_.paint(good ? Tint::Good : Tint::Warn, kernel.state()) << ": " << text << '\n'
         << "table " << kernel.table() << ", metric " << kernel.metric() << ", protocol "
         << kernel.protocol() << "\n\n";
  }

  void print_counts(const Kernel& kernel) {
    Table table({{"Routes"}, {"", Column::Align::Right}});
    const auto row = [&](const char* name, std::uint64_t count, Tint tint = Tint::Plain) {
      table.add({{name}, {count_text(count), count == 0 ? Tint::Plain : tint}});
    };
    row("wanted", kernel.wanted());
    row("installed", kernel.installed(), Tint::Good);
    row("waiting", kernel.waiting());
    row("failed", kernel.failed(), Tint::Bad);
    row("to be removed", kernel.unwanted(), Tint::Warn);
    row("next hops", kernel.next_hops());
    row("unreachable next hops", kernel.unreachable_next_hops(), Tint::Warn);
    row("questions without an answer", kernel.unanswered(), Tint::Warn);
    row("added", kernel.added());
    row("replaced", kernel.replaced());
    row("removed", kernel.removed());
    row("found at the start", kernel.learnt());
    row("changed by others and put right", kernel.restored(), Tint::Warn);
    row("resynchronizations with BGP", kernel.journal_resyncs());
    row("resynchronizations with the kernel", kernel.kernel_resyncs());
    table.print(out_, screen_);
  }

  void print_reasons(const Kernel& kernel) {
    if (kernel.reasons().empty()) return;
    Table table(
        {{"Reason"}, {"Failed routes", Column::Align::Right}, {"Refusals", Column::Align::Right}});
    for (const Kernel::Reason& reason : kernel.reasons()) {
      table.add({{reason.reason(), reason.routes() == 0 ? Tint::Plain : Tint::Bad},
                 {count_text(reason.routes())},
                 {count_text(reason.refusals())}});
    }
    out_ << '\n';
    table.print(out_, screen_);
  }

  void print_errors(const Kernel& kernel) {
    if (kernel.last_error().empty()) return;
    out_ << "\nLast error, " << age_text(kernel.last_error_seconds(), screen_.now_seconds)
         << " ago: " << kernel.last_error() << '\n';
  }

  void print_failed(const Kernel& kernel) {
    empty_ = kernel.failed_routes().empty();
    if (empty_) {
      out_ << "All wanted routes are in the kernel, or on their way.\n";
      return;
    }
    Table table({{"Prefix"}, {"Reason"}, {"Next hop", Column::Align::Left, 15}});
    for (const Kernel::FailedRoute& route : kernel.failed_routes()) {
      table.add({{route.prefix()},
                 {route.reason(), Tint::Bad},
                 {join({route.next_hops().begin(), route.next_hops().end()}, ", ")}});
    }
    table.print(out_, screen_);
    const auto shown = static_cast<std::uint64_t>(kernel.failed_routes_size());
    if (kernel.failed() > shown) {
      out_ << "... and " << count_of(kernel.failed() - shown, "route") << " more\n";
    }
  }

  const bool failed_;
  Screen screen_;
  std::ostream& out_;
  bool empty_ = false;
};

}  // namespace

std::unique_ptr<View> kernel_view(const Command& command, const Screen& screen, std::ostream& out) {
  return std::make_unique<KernelView>(command.request.kernel().failed(), screen, out);
}

}  // namespace tern::ctl
