#include "conf/health_checks.h"

#include <algorithm>
#include <string>
#include <utility>

#include "conf/by_name.h"
#include "conf/place_checks.h"

namespace tern::conf {
namespace {

class HealthChecks {
 public:
  HealthChecks(const YamlDocument& document, const proto::Configuration& file, Report& report)
      : document_(document), file_(file), report_(report) {}

  void check() {
    const Path path = Path() / "health";
    if (file_.health().empty()) return;
    if (document_.find(Path() / "egress" / "pop") == nullptr) {
      report(path, "a demotion adds to costs, and there is no 'egress.pop'");
    }
    if (file_.health().size() > kMostHealthRules) {
      report(path, "at most " + std::to_string(kMostHealthRules) + " rules may stand here");
    }
    for (const auto& [name, rule] : by_name(file_.health())) check(path / name, *rule);
  }

 private:
  void report(const Path& at, std::string message) {
    report_.add(document_.place(at), at.to_string(), std::move(message));
  }

  void check(const Path& path, const proto::HealthRule& rule) {
    if (rule.group().empty() && rule.rtt_to().empty()) {
      report(path, "the rule has no part: 'group' or 'rtt_to' is missing");
    }
    const bool has_bound = rule.has_above_milliseconds() || rule.has_probe_loss_percent();
    if (rule.rtt_to().empty() && has_bound && !rule.group().empty()) {
      report(path, "'rtt_to' is missing");
    }
    if (!rule.rtt_to().empty() && !has_bound) {
      report(path, "'above_milliseconds' or 'probe_loss_percent' is missing beside 'rtt_to'");
    }
    if (rule.has_down_percent() && rule.group().empty()) {
      report(path / "down_percent", "'group' is missing");
    }
    if (rule.demotes() == proto::HealthRule::GROUP && rule.group().empty()) {
      report(path / "demotes", "'group' is missing");
    }
    for (const proto::DynamicPeers& range : file_.dynamic_peers()) {
      if (rule.group().empty() || range.group() != rule.group()) continue;
      report(path / "group",
             "dynamic_peers use the group: their neighbors are forgotten soon after they are down, "
             "and do not count as down");
      break;
    }
    const proto::Egress& egress = file_.egress();
    if (is_to_itself(egress, rule.rtt_to())) {
      report(path / "rtt_to", "a PoP has no round trip to itself");
    }
    const auto& targets = egress.probes().targets();
    const bool is_probed = std::any_of(targets.begin(), targets.end(), [&](const auto& target) {
      return target.second.to() == rule.rtt_to();
    });
    if (rule.has_probe_loss_percent() && !rule.rtt_to().empty() && !is_probed) {
      report(path / "probe_loss_percent",
             "no target of egress.probes is to " + in_quotes(rule.rtt_to()));
    }
  }

  const YamlDocument& document_;
  const proto::Configuration& file_;
  Report& report_;
};

}  // namespace

void check_health(const YamlDocument& document, const proto::Configuration& file, Report& report) {
  HealthChecks(document, file, report).check();
}

}  // namespace tern::conf
