// Settings of the costs of places and of the rules of health, made from the configuration.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "bgpd/session/settings.h"
#include "conf/config.h"
#include "policy/egress.h"

namespace tern::daemon {

// Of a content that was written then, in Unix seconds.
[[nodiscard]] std::chrono::seconds age_of(std::int64_t written);
// written: when the content was written, in Unix seconds. order, name: LiveCosts::FileValues.
[[nodiscard]] policy::LiveCosts::FileValues file_values(const policy::Egress& egress,
                                                        const std::vector<policy::RttSource>& rtts,
                                                        std::int64_t written, std::int64_t order,
                                                        std::string name);
// egress: of the settings, as below.
[[nodiscard]] session::CostSettings compose_costs(const conf::Config& config,
                                                  const policy::Egress& egress);
// In the order of their names. dwell: the least time of a demotion.
[[nodiscard]] std::vector<session::HealthRule> compose_health(const conf::Config& config,
                                                              const policy::Egress& egress,
                                                              std::chrono::seconds dwell);

}  // namespace tern::daemon
