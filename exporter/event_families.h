// The metric families of events. Internal to exporter.
#pragma once

#include "exporter/family_writer.h"
#include "exporter/snapshot.h"

namespace tern::exporter {

void write_event_families(FamilyWriter& out, const EventSample& sample);

}  // namespace tern::exporter
