// Rules over several fields of the sections `networks` and `aggregates`.
#pragma once

#include <cstddef>

#include "conf/report.h"
#include "conf/tern.pb.h"
#include "conf/yaml_document.h"

namespace tern::conf {

inline constexpr std::size_t kMostNetworks = 100'000;
inline constexpr std::size_t kMostAggregates = 64;

// The lengths of the lists; aggregates of a single address; prefixes given twice or in space that
// no table has; policies that set a next hop; metros without a PoP.
void check_networks(const YamlDocument& document, const proto::Configuration& file, Report& report);

}  // namespace tern::conf
