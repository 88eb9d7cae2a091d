// Rules over several fields of the section `conditions`.
#pragma once

#include <cstddef>

#include "conf/report.h"
#include "conf/tern.pb.h"
#include "conf/yaml_document.h"

namespace tern::conf {

inline constexpr std::size_t kMostConditions = 256;
inline constexpr std::size_t kMostRequirements = 32;    // of a condition
inline constexpr std::size_t kMostRouteQuestions = 64;  // different ones, of all conditions
inline constexpr std::size_t kMostInterfaces = 64;      // the same

// The numbers of conditions, requirements, routes and interfaces; conditions with both lists or
// none; requirements with several fields or none.
void check_conditions(const YamlDocument& document, const proto::Configuration& file,
                      Report& report);

}  // namespace tern::conf
