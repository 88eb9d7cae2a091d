// Fills the exporter's Snapshot from the speaker. Loop thread only.
#pragma once

#include "bgpd/api/server.h"
#include "bgpd/session/speaker.h"
#include "exporter/snapshot.h"

namespace tern::daemon {

[[nodiscard]] exporter::Snapshot take_snapshot(session::Speaker& speaker,
                                               const api::DaemonFacts& facts);

}  // namespace tern::daemon
