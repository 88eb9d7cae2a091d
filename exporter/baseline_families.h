// The metric families of the baseline. Internal to exporter.
#pragma once

#include "exporter/family_writer.h"
#include "exporter/snapshot.h"

namespace tern::exporter {

void write_baseline_families(FamilyWriter& out, const BaselineSample& sample);

}  // namespace tern::exporter
