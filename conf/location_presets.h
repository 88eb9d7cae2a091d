// Dictionaries of location tags that networks publish, in the places of a configuration.
//
// A preset has tags for places that the configuration has: countries by their ISO code, regions and
// metros by their name or title. The tags stand behind those that the dictionary itself has.
#pragma once

#include <string>
#include <vector>

#include "conf/tern.pb.h"
#include "policy/egress.h"

namespace tern::conf {

struct PresetTags {
  std::vector<policy::TagSource> tags;
  // Tags of the preset for whose place the configuration has none: "12076:51014 (Brazil South)".
  std::vector<std::string> without_place;
};
[[nodiscard]] PresetTags preset_tags(const proto::Egress& egress,
                                     const proto::Dictionary& dictionary);

}  // namespace tern::conf
