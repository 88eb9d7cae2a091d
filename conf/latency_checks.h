// Checks of the latency over several fields: probes give enough round trips to conclude from.
#pragma once

#include "conf/report.h"
#include "conf/tern.pb.h"
#include "conf/yaml_document.h"

namespace tern::conf {

void check_latency(const YamlDocument& document, const proto::Configuration& file, Report& report);

}  // namespace tern::conf
