// Fills a KernelStatus with the figures of installers. Internal to bgpd/kernel; the thread
// tern-kernel only.
#pragma once

#include "bgpd/kernel/installer.h"
#include "bgpd/kernel/status.h"

namespace tern::kernel {

// Of the place of the settings. Replaces the numbers of an installer.
void show_present(const Installer& installer, KernelStatus& to);
// Adds the numbers of a former place: its routes are not wanted there any more.
void show_former(const Installer& installer, KernelStatus& to);
// Adds the numbers that only grow.
void add_growing(const Installer& installer, KernelStatus& to);

}  // namespace tern::kernel
