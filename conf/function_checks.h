// The functions of carried places: large communities router.asn:FUNCTION:code, which the daemon
// writes on routes to our PoPs and removes from routes of all others. Their numbers must differ,
// and nothing else should use them.
#pragma once

#include "conf/report.h"
#include "conf/tern.pb.h"
#include "conf/yaml_document.h"

namespace tern::conf {

// Requires a file with `egress`, its defaults filled in.
void check_functions(const YamlDocument& document, const proto::Configuration& file,
                     Report& report);

}  // namespace tern::conf
