#include "exporter/kernel_families.h"

namespace tern::exporter {

void write_kernel_families(FamilyWriter& out, const KernelSample& kernel) {
  out.gauge(
      "tern_kernel_routes",
      "Routes for the kernel's routing table: those that are there as wanted, those for which "
      "a change is due, and those of ours that are to be removed",
      [&] {
        out.add({{"state", "installed"}}, kernel.installed);
        out.add({{"state", "waiting"}}, kernel.waiting);
        out.add({{"state", "unwanted"}}, kernel.unwanted);
      });
  out.gauge("tern_kernel_routes_wanted", "Best routes that policy chose for the kernel",
            kernel.wanted);
  out.gauge("tern_kernel_routes_failed", "Routes that policy chose and that are not in the kernel",
            [&] {
              for (const auto& [reason, count] : kernel.failed)
                out.add({{"reason", reason}}, count);
            });
  out.gauge("tern_kernel_next_hops", "Next hops of the routes that policy chose", kernel.next_hops);
  out.gauge("tern_kernel_next_hops_unreachable",
            "Next hops to which no route of the kernel leads, except default routes and our own",
            kernel.unreachable_next_hops);
  out.gauge("tern_kernel_prefixes",
            "Prefixes that tern-kernel remembers: those that are wanted, and those of which the "
            "kernel may have a route of ours",
            kernel.remembered);
  out.counter("tern_kernel_unanswered_total",
              "Questions about next hops that the kernel did not answer; each is asked again",
              kernel.unanswered);
  out.counter("tern_kernel_changes_total", "Changes of routes that the kernel carried out", [&] {
    out.add({{"change", "add"}}, kernel.added);
    out.add({{"change", "replace"}}, kernel.replaced);
    out.add({{"change", "remove"}}, kernel.removed);
  });
  out.counter("tern_kernel_errors_total", "Changes of routes that the kernel refused", [&] {
    for (const auto& [reason, count] : kernel.refused) out.add({{"reason", reason}}, count);
  });
  out.counter("tern_kernel_restored_total", "Routes of ours that other programs changed or removed",
              kernel.restored);
  out.counter("tern_kernel_resyncs_total",
              "Times that changes came too fast: those of the table of BGP (journal), and those "
              "that others make in the kernel (kernel)",
              [&] {
                out.add({{"of", "journal"}}, kernel.journal_resyncs);
                out.add({{"of", "kernel"}}, kernel.kernel_resyncs);
              });
}

}  // namespace tern::exporter
