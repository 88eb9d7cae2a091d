#include "bgpd/kernel/installer_status.h"

namespace tern::kernel {

void show_present(const Installer& installer, KernelStatus& to) {
  const fib::Table& table = installer.table();
  to.counts = table.counts();
  to.next_hops = table.targets().next_hops();
  to.unreachable_next_hops = table.targets().unreachable();
  to.remembered = table.size();
  to.unanswered = installer.unanswered();
  to.kernel_resyncs = installer.resyncs();
  to.failed = table.failed(KernelStatus::kMostShown);
}

void show_former(const Installer& installer, KernelStatus& to) {
  const fib::Counts& counts = installer.table().counts();
  to.counts.unwanted += counts.installed + counts.unwanted;
  to.remembered += installer.table().size();
  add_growing(installer, to);
}

void add_growing(const Installer& installer, KernelStatus& to) {
  to.counts.add_growing(installer.table().counts());
  to.unanswered += installer.unanswered();
  to.kernel_resyncs += installer.resyncs();
}

}  // namespace tern::kernel
