// An event as a line of the daemon's log. Internal to bgpd/events.
#pragma once

#include <string_view>

#include "bgpd/events/event.h"

namespace tern::events {

// change: "began", "again", "ended" or "happened".
void log_event(const Event& event, std::string_view change);

}  // namespace tern::events
