// Fills the exporter's Snapshot: from the speaker, in Speaker::look(), and from the sources of
// VRPs.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "bgpd/api/server.h"
#include "bgpd/events/event_stage.h"
#include "bgpd/geofeeds/status.h"
#include "bgpd/pipeline/locate.h"
#include "bgpd/probes/status.h"
#include "bgpd/registrations/status.h"
#include "bgpd/session/speaker.h"
#include "bgpd/states/state.h"
#include "bgpd/vrps/status.h"
#include "exporter/snapshot.h"
#include "policy/egress.h"
#include "rib/types/peer.h"
#include "rib/types/shared_value.h"

namespace tern::daemon {

// Empty where the configuration has no source of VRPs. A name makes the series: of two caches with
// one name, given to one and made from the address of the other, and of two ways to write the path
// of one file, the first is sampled.
[[nodiscard]] std::optional<exporter::RpkiSample> sample_rpki(const vrps::RpkiStatus& status);
// True: each route of the neighbor should have a place of its users. With a geofeed alone, places
// are not expected, because a geofeed has the places of few prefixes.
[[nodiscard]] bool expects_places(const pipeline::LocationRules& rules, PeerKind kind);
// states: registrations by state. Reads the routes of all neighbors that the snapshot has.
void sample_registrations(const registrations::RegistrationStatus& status,
                          const std::array<std::uint64_t, states::kStates>& states,
                          exporter::Snapshot& snapshot);
void sample_guard(const session::PeerCounters& counters, exporter::PeerSample& sample);
void sample_events(const events::StageCounts& counts, const events::HistoryStatus& history,
                   exporter::Snapshot& snapshot);
void sample_webhooks(const std::vector<events::WebhookStatus>& webhooks,
                     exporter::Snapshot& snapshot);
void sample_geofeeds(const geofeeds::GeofeedStatus& status, exporter::Snapshot& snapshot);
void sample_probes(const probes::ProbeStatus& status, exporter::Snapshot& snapshot);

// SnapshotTaker fills a snapshot in slices, between which neighbors may come and go. Where a reload
// brings other places, the slices of exits begin again.
class SnapshotTaker {
 public:
  // Neighbors in one slice: each takes some 30 microseconds, mostly of system calls.
  static constexpr std::size_t kSlice = 32;
  // Pairs of a PoP and a place in one slice.
  static constexpr std::size_t kExitSlice = 4096;

  SnapshotTaker(session::Speaker& speaker, const api::DaemonFacts& facts);
  // Fills one slice, and returns true when the snapshot is whole.
  bool next(exporter::Snapshot& snapshot);

 private:
  bool next_exits(exporter::Snapshot& snapshot);
  void end(exporter::Snapshot& snapshot) const;

  session::Speaker& speaker_;
  const api::DaemonFacts& facts_;
  std::size_t shard_ = 0;               // the shard whose audiences next() counts
  rib::HeldPrefixes held_;              // of the shards before shard_
  std::vector<PeerSlot> peers_;         // of the first turn, in order of address
  std::size_t peer_ = 0;                // index in peers_ of the neighbor that next() samples
  SharedValue<policy::Egress> egress_;  // that the next two are numbers of
  std::size_t pop_ = 0;                 // whose exit next() samples, for the place
  std::size_t place_ = 0;
};

}  // namespace tern::daemon
