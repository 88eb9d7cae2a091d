// Keys of sessions that stand in files of their own.
#pragma once

#include "conf/config.h"
#include "conf/report.h"
#include "conf/yaml_document.h"

namespace tern::conf {

// Reads each md5_password_file of peers, groups and RPKI caches into md5_password;
// before merge_groups().
void read_secrets(const YamlDocument& document, const LoadOptions& options, Config& config,
                  Report& report);

}  // namespace tern::conf
