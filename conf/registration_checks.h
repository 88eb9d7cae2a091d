// The section `registrations`: its checks, and its registrations and names for the daemon.
#pragma once

#include "conf/config.h"
#include "conf/report.h"
#include "conf/yaml_document.h"

namespace tern::conf {

// Fills Config::registrations, registration_names, transit_free, guard and fallback.
void build_registrations(const YamlDocument& document, Config& config, Report& report);

}  // namespace tern::conf
