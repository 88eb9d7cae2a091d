// Tags of location dictionaries that can never decide, as one before them covers them.
#pragma once

#include "conf/report.h"
#include "conf/tern.pb.h"
#include "conf/yaml_document.h"

namespace tern::conf {

// The first tag that a path carries decides, so a narrow one stands before a wide one. n log n in
// the tags of a dictionary, but for patterns with ranges or stars in front of their last field:
// each tag is compared with all of those.
void check_dictionaries(const YamlDocument& document, const proto::Configuration& file,
                        Report& report);

}  // namespace tern::conf
