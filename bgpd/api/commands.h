// Whether requests are looks or changes, what they need, and their text in the log. Pure. Internal
// to bgpd/api.
#pragma once

#include <string>

#include "bgpd/api/control.pb.h"

namespace tern::api {

// Whether a request may change something, or costs the daemon as much as a change. A request that
// commands.cc does not list is a change.
[[nodiscard]] bool changes(const proto::Request& request);

// Whether an answer may read the table of routes, and so is made in a visit of all shards, which
// waits for each of them. A file of registrations comes in more than a thousand requests.
[[nodiscard]] bool needs_table(const proto::Request& request);

// Whether a change stands in the log of the API. Of registrations, only checks do: writes are
// logged where they are carried out.
[[nodiscard]] bool is_logged(const proto::Request& request);

// Whether RefusedLog has a line where a change is refused: a change of route filters, of the guard
// or of registrations, which is_logged() leaves to those who carry it out.
[[nodiscard]] bool is_logged_if_refused(const proto::Request& request);

// A request in the words of ternctl, on one line whatever it contains: "neighbor edge reset".
[[nodiscard]] std::string in_words(const proto::Request& request);

}  // namespace tern::api
