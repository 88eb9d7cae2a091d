// An event as a line of JSON, and back: for the file of events.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bgpd/events/event.h"

namespace tern::events {

// An object of JSON, with a line feed behind it. Octets that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string to_line(const Event& event);
// An empty result: the line is no event. Texts and lists beyond the bounds of an event are cut,
// or left out.
[[nodiscard]] std::optional<Event> parse_line(std::string_view line);
// "origin-hijack began: 203.0.113.0/24 from AS 64666", for the log.
[[nodiscard]] std::string in_words(const Event& event, std::string_view what);

}  // namespace tern::events
