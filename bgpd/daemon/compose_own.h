// Settings of what this router originates, made from the configuration: networks, aggregates, and
// the conditions on which these depend.
#pragma once

#include <vector>

#include "bgpd/session/settings.h"
#include "conf/config.h"
#include "policy/egress.h"

namespace tern::daemon {

// The policies of these names, in order.
template <typename Names>
[[nodiscard]] policy::Chain chain(const conf::Config& config, const Names& names) {
  std::vector<std::shared_ptr<const policy::Program>> programs;
  for (const std::string& name : names) programs.push_back(config.policies.find(name));
  return policy::Chain(std::move(programs));
}

// Networks and aggregates, in the order of their prefixes. egress: of the settings.
[[nodiscard]] std::vector<session::OwnNetwork> compose_networks(const conf::Config& config,
                                                                const policy::Egress& egress);
[[nodiscard]] std::vector<session::ConditionSettings> compose_conditions(
    const conf::Config& config);

}  // namespace tern::daemon
