// Checks of the rules of `health`.
#pragma once

#include <cstddef>

#include "conf/report.h"
#include "conf/tern.pb.h"
#include "conf/yaml_document.h"

namespace tern::conf {

inline constexpr std::size_t kMostHealthRules = 64;

void check_health(const YamlDocument& document, const proto::Configuration& file, Report& report);

}  // namespace tern::conf
