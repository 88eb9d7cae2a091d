// The reports of which the event `latency-degraded` is made. Internal to bgpd/latency.
#pragma once

#include "bgpd/events/event.h"
#include "bgpd/latency/subject.h"
#include "bgpd/latency/track.h"

namespace tern::latency {

// Of a track that is degraded; without the PoP.
[[nodiscard]] events::Report degraded_report(const Subject& subject, const Track& track);
[[nodiscard]] events::Report ended_report(const Subject& subject);

}  // namespace tern::latency
