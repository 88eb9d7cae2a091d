// The metric families of route origin validation.
#pragma once

#include "exporter/family_writer.h"
#include "exporter/snapshot.h"

namespace tern::exporter {

// The table in force, then the caches (label cache) and the files (label file) it comes from. A
// time or a serial number that a source does not have yet is left out.
void write_rpki_families(FamilyWriter& out, const RpkiSample& rpki);

}  // namespace tern::exporter
