// egress.prefix_rtt_file: measured round trips as lines of "pop,prefix,milliseconds".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conf/rtt_lines.h"
#include "policy/egress.h"
#include "policy/prefix_rtts.h"
#include "rib/types/result.h"

namespace tern::conf {

using PrefixRttFile = RttContent<policy::PrefixRttSource>;
// configured: the places of the configuration. More than policy::PrefixRtts::kMost round trips are
// an error.
[[nodiscard]] Result<PrefixRttFile, RttFault> read_prefix_rtt_file(
    const std::string& name, const policy::EgressSource& configured);
// The round trips of a text that was good before. Lines of PoPs that the configuration does not
// have are left out.
[[nodiscard]] std::vector<policy::PrefixRttSource> read_kept_prefix_rtts(
    std::string_view text, const policy::EgressSource& configured);

}  // namespace tern::conf
