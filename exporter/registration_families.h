// The metric families of registered prefixes and of their guard. Internal to exporter.
#pragma once

#include <vector>

#include "exporter/family_writer.h"
#include "exporter/snapshot.h"

namespace tern::exporter {

void write_registration_families(FamilyWriter& out, const RegistrationSample& sample,
                                 const std::vector<PeerSample>& peers);
// Of files of route objects, which may be there before the first registration.
void write_irr(FamilyWriter& out, const std::vector<Snapshot::IrrFile>& files);
// Of releases and blocks, which need no registration.
void write_guard_orders(FamilyWriter& out, const Snapshot& snapshot);

}  // namespace tern::exporter
