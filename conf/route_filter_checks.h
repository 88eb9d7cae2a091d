// Rules over `route_filter` of peers and groups.
#pragma once

#include "conf/report.h"
#include "conf/tern.pb.h"
#include "conf/yaml_document.h"

namespace tern::conf {

// The length of each list, communities given twice, and filters for which neither the peer nor its
// group has a list. file: with the groups merged into the peers.
void check_route_filters(const YamlDocument& document, const proto::Configuration& file,
                         Report& report);

}  // namespace tern::conf
