#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

// Of commands that act; null: another command.
std::unique_ptr<View> act_view(const Command& command, const Screen& screen, std::ostream& out) {
  switch (command.id) {
    case CommandId::RttSet:
    case CommandId::RttClear:
      return rtt_view(command, out);
    case CommandId::LatencyReport:
    case CommandId::LatencyImport:
      return latency_report_view(command, screen, out);
    case CommandId::Reload:
      return reload_view(command, screen, out);
    case CommandId::Neighbor:
    case CommandId::Pop:
      return action_view(command, out);
    case CommandId::GuardList:
    case CommandId::GuardShow:
    case CommandId::GuardRelease:
    case CommandId::GuardBlock:
    case CommandId::GuardClear:
      return guard_view(command, screen, out);
    case CommandId::FilterList:
    case CommandId::FilterShow:
    case CommandId::FilterDiff:
    case CommandId::FilterAdd:
    case CommandId::FilterRemove:
    case CommandId::FilterSet:
    case CommandId::FilterReset:
      return filter_view(command, screen, out);
    case CommandId::RegistrationAdd:
    case CommandId::RegistrationSet:
    case CommandId::RegistrationRemove:
    case CommandId::RegistrationImport:
    case CommandId::RegistrationExport:
    case CommandId::RegistrationLog:
      return registration_writes_view(command, screen, out);
    case CommandId::IngressReport:
    case CommandId::IngressImport:
      return ingress_view(out);
    case CommandId::Originate:
    case CommandId::Withdraw:
      return originate_view(command, out);
    default:
      return nullptr;
  }
}

}  // namespace

std::unique_ptr<View> text_view(const Command& command, const Screen& screen, std::ostream& out) {
  if (auto view = act_view(command, screen, out)) return view;
  switch (command.id) {
    case CommandId::Version:
      return version_view(screen, out);
    case CommandId::ShowNeighbors:
      return neighbors_view(command, screen, out);
    case CommandId::ShowRoutes:
    case CommandId::ShowRoute:
      return routes_view(command, screen, out);
    case CommandId::ShowEgress:
      return egress_view(screen, out);
    case CommandId::ShowPlaces:
      return places_view(screen, out);
    case CommandId::ShowRpki:
      return rpki_view(screen, out);
    case CommandId::ShowRtts:
      return rtts_view(command, screen, out);
    case CommandId::ShowLatency:
      return latency_view(command, screen, out);
    case CommandId::ShowBaseline:
      return baseline_view(command, screen, out);
    case CommandId::ShowProbes:
      return probes_view(screen, out);
    case CommandId::ShowKernel:
      return kernel_view(command, screen, out);
    case CommandId::MonitorRoutes:
      return monitor_view(command, screen, out);
    case CommandId::Events:
      return events_view(command, screen, out);
    case CommandId::ShowWebhooks:
      return webhooks_view(screen, out);
    case CommandId::ShowDomains:
      return domains_view(screen, out);
    case CommandId::Explain:
      return explain_view(command, screen, out);
    case CommandId::ShowNextHops:
      return next_hops_view(screen, out);
    case CommandId::ShowRegistrations:
    case CommandId::RegistrationList:
      return registrations_view(command, screen, out);
    case CommandId::ShowCircuits:
      return circuits_view(command, screen, out);
    case CommandId::ShowOriginated:
      return originated_view(screen, out);
    case CommandId::ShowConditions:
      return conditions_view(screen, out);
    default:
      return status_view(screen, out);
  }
}

}  // namespace tern::ctl
