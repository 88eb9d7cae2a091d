#include "bgpd/daemon/probes.h"

#include <algorithm>
#include <utility>

#include "bgpd/session/costs.h"
#include "conf/probe_checks.h"

namespace tern::daemon {
namespace {

constexpr int kLastsIntervals = 5;  // as the schema says

Prefix probed_prefix(const conf::proto::ProbeTarget& target) {
  return *Prefix::parse(target.prefix());
}

}  // namespace

probes::ProbeSettings compose_probes(const conf::Config& config) {
  const conf::proto::Probes& file = config.file.egress().probes();
  probes::ProbeSettings settings;
  settings.interval = std::chrono::seconds(conf::probe_interval(file));
  settings.timeout = std::chrono::milliseconds(conf::probe_timeout(file));
  for (const auto& [name, target] : file.targets()) {
    probes::TargetSettings& to = settings.targets.emplace_back();
    to.name = name;
    to.to = target.prefix().empty() ? target.to() : probed_prefix(target).to_string();
    to.address = *IpAddress::parse(target.address());
    const bool tcp = target.method() == conf::proto::ProbeTarget::TCP;
    to.method = tcp ? probes::Method::Tcp : probes::Method::Icmp;
    to.port = static_cast<std::uint16_t>(target.port());
  }
  std::ranges::sort(settings.targets, std::less{}, &probes::TargetSettings::name);
  return settings;
}

session::ProbeRules compose_probe_rules(const conf::Config& config) {
  const conf::proto::Probes& file = config.file.egress().probes();
  session::ProbeRules rules;
  for (const auto& [name, target] : file.targets()) {
    if (target.prefix().empty()) {
      rules.places.insert(target.to());
    } else {
      const Prefix prefix = probed_prefix(target);
      rules.prefixes.emplace(prefix.to_string(), prefix);
    }
  }
  rules.lasts = kLastsIntervals * std::chrono::seconds(conf::probe_interval(file));
  return rules;
}

void Probes::apply(probes::ProbeSettings settings) {
  if (!thread_ && settings.targets.empty()) return;
  if (!thread_) {
    thread_ = std::make_unique<probes::ProbeThread>([this](auto places) {
      loop_.post([this, places = std::move(places)] {
        speaker_.costs().take_probes(places);
        latency_.take_probes(places);
      });
    });
  }
  thread_->reconfigure(std::move(settings));
}

probes::ProbeStatus Probes::status() const {
  return thread_ ? thread_->status() : probes::ProbeStatus{};
}

}  // namespace tern::daemon
