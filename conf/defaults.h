// Defaults of the file that the daemon need not know: see config.h for the list.
#pragma once

#include <cstdint>

#include "conf/tern.pb.h"
#include "conf/yaml_document.h"

namespace tern::conf {

// The default of egress.added_cost_function, unless another function has the number.
inline constexpr std::uint32_t kAddedCostFunction = 12;

// The tree tells an empty list from none.
void fill_defaults(const YamlNode& root, proto::Configuration& file);

}  // namespace tern::conf
