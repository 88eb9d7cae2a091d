// Checks of the baseline over several fields: an origin is not forgotten before it is usual.
#pragma once

#include "conf/report.h"
#include "conf/tern.pb.h"
#include "conf/yaml_document.h"

namespace tern::conf {

void check_baseline(const YamlDocument& document, const proto::Configuration& file, Report& report);

}  // namespace tern::conf
