// The metric families of the latency of prefixes, metros and neighbors. Internal to exporter.
#pragma once

#include "exporter/family_writer.h"
#include "exporter/snapshot.h"

namespace tern::exporter {

void write_latency_families(FamilyWriter& out, const LatencySample& sample);

}  // namespace tern::exporter
