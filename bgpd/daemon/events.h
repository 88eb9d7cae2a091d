// The settings of events, of the section `events`.
#pragma once

#include "bgpd/events/event_stage.h"
#include "conf/config.h"

namespace tern::daemon {

// With defaults, and paths resolved.
[[nodiscard]] events::EventSettings compose_events(const conf::Config& config);

}  // namespace tern::daemon
