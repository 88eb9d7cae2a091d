// Policies and egress tables of a file, compiled; what their compilers find wrong, at its place.
#pragma once

#include "conf/config.h"
#include "conf/report.h"
#include "conf/tern.pb.h"
#include "conf/yaml_document.h"
#include "policy/policy.h"

namespace tern::conf {

// Both report only what was not said of the same entry before.
[[nodiscard]] policy::PolicySet compile_policies(const YamlDocument& document,
                                                 const proto::Configuration& file, Report& report);

// Sets config.egress from config.file; config.rtt_file and config.prefix_rtt_file from the files,
// seen from the folder of config.path; and, where the options allow it, config.stale.
void build_egress(const YamlDocument& document, const LoadOptions& options, Config& config,
                  Report& report);

}  // namespace tern::conf
