// Settings that a peer takes from its group.
#pragma once

#include <string_view>

#include "conf/tern.pb.h"
#include "conf/yaml_document.h"

namespace tern::conf {

// What identifies a peer rather than sets something: not allowed in a group, never taken from one.
[[nodiscard]] bool belongs_to_peer_alone(std::string_view field);

// Each peer takes each setting that it does not write from its group. A list replaces the group's
// list, also an empty one; a map is merged field by field. Of settings that exclude each other
// (md5_password and md5_password_file, gtsm_hops and multihop, the places of location_default) a
// peer that writes one takes none.
void merge_groups(const YamlNode& root, proto::Configuration& file);

}  // namespace tern::conf
