// Checks of the fields that name a place of users: exactly one place, which routes to other PoPs
// can carry.
#pragma once

#include <cstddef>
#include <string>

#include "conf/report.h"
#include "conf/tern.pb.h"
#include "conf/yaml_document.h"

namespace tern::conf {

inline constexpr std::size_t kMostGeofeeds = 16;

// True: `to` is the name of this PoP, and of no metro.
[[nodiscard]] bool is_to_itself(const proto::Egress& egress, const std::string& to);

// Dictionaries, geofeeds, and location_default of peers and groups.
void check_places(const YamlDocument& document, const proto::Configuration& file, Report& report);

}  // namespace tern::conf
