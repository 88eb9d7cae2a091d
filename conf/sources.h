// The configuration in the words of policy/: texts parsed, names kept.
//
// A text that is not of its form is left out; the loader has reported it. Named things are in the
// order of their names, so that equal files give equal numbers to metros and PoPs.
#pragma once

#include <string>
#include <vector>

#include "conf/tern.pb.h"
#include "policy/egress.h"
#include "policy/policy.h"

namespace tern::conf {

[[nodiscard]] policy::Sources policy_sources(const proto::Configuration& file);

// Without what egress.rtt_file says.
[[nodiscard]] policy::EgressSource egress_source(const proto::Configuration& file);

}  // namespace tern::conf
