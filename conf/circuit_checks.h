// Checks of circuits: their neighbors are of one AS, and there are two for each address family.
#pragma once

#include "conf/report.h"
#include "conf/tern.pb.h"
#include "conf/yaml_document.h"

namespace tern::conf {

// After the settings of groups are merged.
void check_circuits(const YamlDocument& document, const proto::Configuration& file, Report& report);

}  // namespace tern::conf
