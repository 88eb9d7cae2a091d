#include "bgpd/daemon/compose_costs.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "bgpd/daemon/probes.h"
#include "bgpd/session/loop.h"
#include "conf/small_file.h"

namespace tern::daemon {

std::chrono::seconds age_of(std::int64_t written) {
  const std::int64_t age = std::int64_t{session::unix_seconds()} - written;
  return std::chrono::seconds(std::max<std::int64_t>(age, 0));
}

policy::LiveCosts::FileValues file_values(const policy::Egress& egress,
                                          const std::vector<policy::RttSource>& rtts,
                                          std::int64_t written, std::int64_t order,
                                          std::string name) {
  return {egress.pairs_of(rtts), age_of(written), std::move(name), order};
}

session::CostSettings compose_costs(const conf::Config& config, const policy::Egress& egress) {
  const conf::proto::Costs& file = config.file.egress().costs();
  session::CostSettings settings;
  policy::CostRules& rules = settings.rules;
  if (file.has_weight()) rules.weight = file.weight();
  if (file.has_least_change_percent()) rules.least_share = file.least_change_percent() / 100;
  if (file.has_least_change_milliseconds()) {
    rules.least_microseconds =
        static_cast<EgressCost>(std::lround(file.least_change_milliseconds() * 1000));
  }
  if (file.has_dwell()) rules.dwell = std::chrono::seconds(file.dwell());
  rules.max_age = std::chrono::seconds(file.max_age());
  rules.use_implausible = file.implausible() == conf::proto::Costs::USE;
  const bool is_stale = config.rtt_file.name.empty();
  settings.file = file_values(egress, config.rtt_file.rtts, config.rtt_file.written,
                              is_stale ? 0 : config.rtt_file.mark.changed,
                              conf::relative_to(config.path, config.file.egress().rtt_file()));
  if (!config.file.egress().prefix_rtt_file().empty()) {
    settings.prefixes = {
        std::make_shared<const policy::PrefixRtts>(config.prefix_rtt_file.rtts, egress),
        age_of(config.prefix_rtt_file.written)};
  }
  settings.probes = compose_probe_rules(config);
  return settings;
}

std::vector<session::HealthRule> compose_health(const conf::Config& config,
                                                const policy::Egress& egress,
                                                std::chrono::seconds dwell) {
  constexpr double kAdded = 1000;  // milliseconds
  const auto microseconds = [](double value) {
    return static_cast<EgressCost>(std::lround(value * 1000));
  };
  std::vector<session::HealthRule> rules;
  for (const auto& [name, file] : config.file.health()) {
    session::HealthRule& rule = rules.emplace_back();
    rule.name = name;
    rule.group = file.group();
    if (file.has_down_percent()) rule.down_percent = file.down_percent();
    if (!file.rtt_to().empty()) {
      const std::string& pop = config.file.egress().pop();
      if (file.has_above_milliseconds()) {
        for (const auto& measured : egress.pairs_of({{pop, file.rtt_to(), 1}})) {
          rule.pairs.push_back(measured.pair);
        }
      }
      rule.above = microseconds(file.above_milliseconds());
      rule.probed = file.rtt_to();
      rule.loss_percent = file.probe_loss_percent();
    }
    rule.added = microseconds(file.has_add_milliseconds() ? file.add_milliseconds() : kAdded);
    rule.of_group = file.demotes() == conf::proto::HealthRule::GROUP;
    if (file.has_after()) rule.times.after = std::chrono::seconds(file.after());
    if (file.has_return_after()) {
      rule.times.return_after = std::chrono::seconds(file.return_after());
    }
    rule.times.least = dwell;
  }
  std::ranges::sort(rules, std::less{}, &session::HealthRule::name);
  return rules;
}

}  // namespace tern::daemon
