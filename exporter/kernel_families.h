// The metric families of the kernel's routing table.
#pragma once

#include "exporter/family_writer.h"
#include "exporter/snapshot.h"

namespace tern::exporter {

void write_kernel_families(FamilyWriter& out, const KernelSample& kernel);

}  // namespace tern::exporter
