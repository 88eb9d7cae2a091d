// Fills the exporter's Snapshot from the speaker. In Speaker::look().
#pragma once

#include <cstddef>
#include <vector>

#include "bgpd/api/server.h"
#include "bgpd/session/speaker.h"
#include "exporter/snapshot.h"

namespace tern::daemon {

// SnapshotTaker fills a snapshot in slices, between which neighbors may come and go.
class SnapshotTaker {
 public:
  // Neighbors in one slice: each takes some 30 microseconds, mostly of system calls.
  static constexpr std::size_t kSlice = 32;

  SnapshotTaker(session::Speaker& speaker, const api::DaemonFacts& facts);
  // Fills one slice, and returns true when the snapshot is whole.
  bool next(exporter::Snapshot& snapshot);

 private:
  void end(exporter::Snapshot& snapshot) const;

  session::Speaker& speaker_;
  const api::DaemonFacts& facts_;
  std::size_t shard_ = 0;        // the shard whose audiences next() counts
  rib::HeldPrefixes held_;       // of the shards before shard_
  std::vector<PeerSlot> peers_;  // of the first turn, in order of address
  std::size_t peer_ = 0;         // index in peers_ of the neighbor that next() samples
};

}  // namespace tern::daemon
