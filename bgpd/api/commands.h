// What requests are: looks or changes, and how they read in the log. Pure. Internal to bgpd/api.
#pragma once

#include <string>

#include "bgpd/api/control.pb.h"

namespace tern::api {

// Whether a request may change something, or costs the daemon as if it did. Whatever commands.cc
// does not name is a change.
[[nodiscard]] bool changes(const proto::Request& request);

// A request in the words of ternctl, on one line whatever it contains: "neighbor edge reset".
[[nodiscard]] std::string in_words(const proto::Request& request);

}  // namespace tern::api
