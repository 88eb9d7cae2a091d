// One Snapshot as the text that Prometheus reads (exposition format 0.0.4).
//
// Names are tern_<what>_<unit>: base units, _total on counters only, *_info for text. A series of a
// peer has the label peer (its address); tern_peer_info has the description of the peer and is
// joined by that label:
//
//     tern_peer_flaps_total * on (instance, peer) group_left (description) tern_peer_info
//
// A thousand peers are some 70 000 series and 5.5 MB: 65 ms of one core to write, 11 ms to compress
// (exporter_demo_server --measure 1000, optimized). Families are made and written one after the
// other, so that the memory of a scrape is its text and one family.
#pragma once

#include <chrono>
#include <string>

#include "exporter/process_stats.h"
#include "exporter/snapshot.h"

namespace tern::exporter {

inline constexpr const char* kExpositionContentType = "text/plain; version=0.0.4; charset=utf-8";

// started: when collecting the snapshot began; tern_scrape_duration_seconds, the last line, is the
// time from then until everything else is written. Throws std::bad_alloc only.
[[nodiscard]] std::string expose(const Snapshot& snapshot, const ProcessStats& process,
                                 std::chrono::steady_clock::time_point started);

}  // namespace tern::exporter
