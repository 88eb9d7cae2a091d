// Fills the exporter's Snapshot from the speaker. Loop thread only.
#pragma once

#include <cstddef>
#include <vector>

#include "bgpd/api/server.h"
#include "bgpd/session/speaker.h"
#include "exporter/snapshot.h"

namespace tern::daemon {

// In slices, between which neighbors may come and go.
class SnapshotTaker {
 public:
  // Of neighbors in one slice: each takes some 30 microseconds, mostly of system calls.
  static constexpr std::size_t kSlice = 32;

  SnapshotTaker(session::Speaker& speaker, const api::DaemonFacts& facts)
      : speaker_(speaker), facts_(facts) {}
  // One slice; true when the snapshot is whole.
  bool next(exporter::Snapshot& snapshot);

 private:
  void begin(exporter::Snapshot& snapshot);
  void end(exporter::Snapshot& snapshot) const;

  session::Speaker& speaker_;
  const api::DaemonFacts& facts_;
  bool begun_ = false;
  std::size_t shard_ = 0;        // whose audiences are counted next
  rib::HeldPrefixes held_;       // of the shards before it
  std::vector<PeerSlot> peers_;  // in order of address
  std::size_t peer_ = 0;
};

}  // namespace tern::daemon
