// show probes: the targets of egress.probes, and what the probes to them found.
#include "bgpd/api/answer.h"

namespace tern::api {

void show_probes(const probes::ProbeStatus& status, proto::Probes& shown) {
  shown.set_interval_seconds(static_cast<std::uint32_t>(status.interval.count()));
  shown.set_timeout_milliseconds(static_cast<std::uint32_t>(status.timeout.count()));
  for (const probes::ProbeStatus::Target& target : status.targets) {
    proto::Probes::Target& row = *shown.add_targets();
    row.set_name(target.settings.name);
    row.set_address(target.settings.address.to_string());
    row.set_method(std::string(probes::to_string(target.settings.method)));
    row.set_port(target.settings.port);
    row.set_to(target.settings.to);
    row.set_state(std::string(probes::to_string(target.state)));
    row.set_since_seconds(static_cast<std::uint64_t>(target.since));
    if (target.state == probes::TargetState::Answered) row.set_rtt_us(target.round_trip);
    row.set_recent(target.recent);
    row.set_recently_lost(target.recently_lost);
    row.set_error(target.error);
    row.set_answered(target.answered);
    row.set_lost(target.lost);
    row.set_failed(target.failed);
  }
}

}  // namespace tern::api
