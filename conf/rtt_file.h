// egress.rtt_file: measured round trips as lines of "pop,metro-or-pop,milliseconds".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conf/rtt_lines.h"
#include "policy/egress.h"
#include "rib/types/result.h"

namespace tern::conf {

using RttFile = RttContent<policy::RttSource>;
// configured: the places of the configuration, and its `rtts`, which the file must not repeat. More
// than policy::LiveCosts::kMostPairs pairs of places are an error. A line has two pairs if its
// second name is the name of a metro and of a PoP.
[[nodiscard]] Result<RttFile, RttFault> read_rtt_file(const std::string& name,
                                                      const policy::EgressSource& configured);
// The round trips of a text that was good before. Lines of places that the configuration does not
// have are left out.
[[nodiscard]] std::vector<policy::RttSource> read_kept_rtts(std::string_view text,
                                                            const policy::EgressSource& configured);

}  // namespace tern::conf
