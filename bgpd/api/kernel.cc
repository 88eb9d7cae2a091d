// show kernel: the routes in the kernel's routing table.
#include "bgpd/api/answer.h"

namespace tern::api {
namespace {

using kernel::KernelStatus;

void show_reasons(const fib::Counts& counts, proto::Kernel& shown) {
  for (std::size_t i = 1; i < fib::kFailureCount; ++i) {
    if (counts.failed[i] == 0 && counts.refused[i] == 0) continue;
    proto::Kernel::Reason& reason = *shown.add_reasons();
    reason.set_reason(std::string(to_string(static_cast<fib::Failure>(i))));
    reason.set_routes(counts.failed[i]);
    reason.set_refusals(counts.refused[i]);
  }
}

void show_counts(const fib::Counts& counts, proto::Kernel& shown) {
  shown.set_wanted(counts.wanted);
  shown.set_installed(counts.installed);
  shown.set_waiting(counts.waiting);
  shown.set_failed(counts.failed_in_all());
  shown.set_unwanted(counts.unwanted);
  shown.set_added(counts.added);
  shown.set_replaced(counts.replaced);
  shown.set_removed(counts.removed);
  shown.set_restored(counts.restored);
  shown.set_learnt(counts.learnt);
  show_reasons(counts, shown);
}

void show_failed(const KernelStatus& status, proto::Kernel& shown) {
  for (const fib::FailedRoute& route : status.failed) {
    proto::Kernel::FailedRoute& failed = *shown.add_failed_routes();
    failed.set_prefix(route.prefix.to_string());
    failed.set_reason(std::string(to_string(route.why)));
    for (const fib::NextHop& next_hop : route.target.next_hops) {
      failed.add_next_hops(next_hop.address.to_string());
    }
  }
}

}  // namespace

void show_kernel(const Backend& backend, const proto::KernelRequest& request,
                 proto::Response& response) {
  const KernelStatus status = backend.kernel_routes ? backend.kernel_routes() : KernelStatus{};
  if (status.state == kernel::KernelState::Off) {
    return response.set_error("no kernel routes: the configuration has no section kernel");
  }
  proto::Kernel& shown = *response.mutable_kernel();
  shown.set_state(std::string(to_string(status.state)));
  shown.set_table(status.place.table);
  shown.set_metric(status.place.metric);
  shown.set_protocol(status.place.protocol);
  show_counts(status.counts, shown);
  shown.set_next_hops(status.next_hops);
  shown.set_unreachable_next_hops(status.unreachable_next_hops);
  shown.set_remembered(status.remembered);
  shown.set_unanswered(status.unanswered);
  shown.set_journal_resyncs(status.journal_resyncs);
  shown.set_kernel_resyncs(status.kernel_resyncs);
  shown.set_last_error(status.last_error);
  shown.set_last_error_seconds(status.last_error_seconds);
  if (request.failed()) show_failed(status, shown);
}

}  // namespace tern::api
