// The metric families that have the label peer.
#pragma once

#include <vector>

#include "exporter/family_writer.h"
#include "exporter/snapshot.h"

namespace tern::exporter {

// State, timers, messages and errors of the sessions.
void write_session_families(FamilyWriter& out, const std::vector<PeerSample>& peers);

// Routes per family and stage, changes, rejections, limits. A family appears from the moment it is
// negotiated or has a limit, and stays while the session is down because its counters do.
void write_route_families(FamilyWriter& out, const std::vector<PeerSample>& peers);

}  // namespace tern::exporter
