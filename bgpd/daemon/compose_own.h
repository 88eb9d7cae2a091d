// Settings of what this router originates, made from the configuration: networks, aggregates, and
// the conditions on which these depend.
#pragma once

#include <vector>

#include "bgpd/session/settings.h"
#include "conf/config.h"
#include "policy/egress.h"

namespace tern::daemon {

// Networks and aggregates, in the order of their prefixes. egress: of the settings.
[[nodiscard]] std::vector<session::OwnNetwork> compose_networks(const conf::Config& config,
                                                                const policy::Egress& egress);
[[nodiscard]] std::vector<session::ConditionSettings> compose_conditions(
    const conf::Config& config);

}  // namespace tern::daemon
