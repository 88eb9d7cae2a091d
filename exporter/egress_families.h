// The metric families of places, costs and exits, of geofeeds and probes.
#pragma once

#include "exporter/family_writer.h"
#include "exporter/snapshot.h"

namespace tern::exporter {

void write_egress_families(FamilyWriter& out, const Snapshot& snapshot);

}  // namespace tern::exporter
