// Defaults of the file that the daemon need not know: see config.h for the list.
#pragma once

#include "conf/tern.pb.h"
#include "conf/yaml_document.h"

namespace tern::conf {

// The tree tells an empty list from none.
void fill_defaults(const YamlNode& root, proto::Configuration& file);

}  // namespace tern::conf
