// Settings of one session that contradict each other, and what a session cannot do without.
#pragma once

#include "conf/report.h"
#include "conf/tern.pb.h"
#include "conf/yaml_document.h"

namespace tern::conf {

// Peers with their groups merged, groups by themselves, and dynamic ranges with their group. What
// is wrong within a group is said at the group, once; what arises by merging is said at the peer.
void check_peers(const YamlDocument& document, const proto::Configuration& file, Report& report);

}  // namespace tern::conf
