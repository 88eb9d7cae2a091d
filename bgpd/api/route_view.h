// Routes and places as the control API shows them. Internal to bgpd/api.
#pragma once

#include <string>

#include "bgpd/api/control.pb.h"
#include "bgpd/session/speaker.h"
#include "rib/rib.h"

namespace tern::api {

// Prefix, path and where it came from; attributes are added by show_attributes().
void show_path(const session::Speaker& speaker, const rib::Destination& destination,
               const rib::Path& path, proto::Route& route);
void show_attributes(const PathAttributes& attributes, bool detail, proto::Route& route);
void show_place(const policy::Egress& egress, const EgressInfo& place, proto::Route& route);

// "12.3 ms", "unknown"
[[nodiscard]] std::string cost_text(EgressCost cost);

}  // namespace tern::api
