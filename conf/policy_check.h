// Policies and egress tables of a file, compiled; what their compilers find wrong, at its place.
#pragma once

#include <string>

#include "conf/report.h"
#include "conf/tern.pb.h"
#include "conf/yaml_document.h"
#include "policy/egress.h"
#include "policy/policy.h"

namespace tern::conf {

// Both report only what was not already said of the same entry.
[[nodiscard]] policy::PolicySet compile_policies(const YamlDocument& document,
                                                 const proto::Configuration& file, Report& report);

// Reads egress.rtt_file, seen from the folder of `file_name`.
[[nodiscard]] policy::Egress build_egress(const YamlDocument& document,
                                          const std::string& file_name,
                                          const proto::Configuration& file, Report& report);

}  // namespace tern::conf
