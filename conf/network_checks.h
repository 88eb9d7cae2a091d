// What must hold between entries of the file: nothing defined twice, no neighbours that overlap.
#pragma once

#include "conf/report.h"
#include "conf/tern.pb.h"
#include "conf/yaml_document.h"

namespace tern::conf {

void check_network(const YamlDocument& document, const proto::Configuration& file, Report& report);

}  // namespace tern::conf
