// Checks of the section `next_hops` over several fields.
#pragma once

#include <cstddef>

#include "conf/report.h"
#include "conf/tern.pb.h"
#include "conf/yaml_document.h"

namespace tern::conf {

inline constexpr std::size_t kMostStaticNextHops = 1000;

// Reports a list that is too long, prefixes given twice, unreachable entries with other settings,
// and a first hold time that is longer than the longest. Warns of `resolve_next_hop` of peers and
// groups without the section.
void check_next_hops(const YamlDocument& document, const proto::Configuration& file,
                     Report& report);

}  // namespace tern::conf
