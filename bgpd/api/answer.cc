#include "bgpd/api/answer.h"

#include <unistd.h>

#include <fstream>
#include <utility>

#include "bgpd/session/peer.h"

namespace tern::api {
namespace {

constexpr char kNoEgress[] = "no egress: the configuration names no PoP";

class OneAnswer final : public Answer {
 public:
  explicit OneAnswer(proto::Response response) : response_(std::move(response)) {}
  Progress next(proto::Response& response) override {
    response.Swap(&response_);
    return Progress::Done;
  }

 private:
  proto::Response response_;
};

void show_version(const DaemonFacts& facts, proto::Version& version) {
  version.set_version(facts.version);
  version.set_revision(facts.revision);
  version.set_start_time_seconds(facts.start_time_seconds);
}

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

void show_status(const Backend& backend, proto::Status& status) {
  const DaemonFacts facts = backend.facts();
  const session::Speaker& speaker = backend.speaker;
  const rib::Shards& shards = speaker.shards();
  show_version(facts, *status.mutable_version());
  status.set_asn(speaker.settings().asn);
  status.set_router_id(IpAddress::v4(speaker.settings().identifier).to_string());
  status.set_domain(facts.domain);
  status.set_config_file(facts.config_file);
  status.set_config_generation(facts.config_generation);
  status.set_last_reload_seconds(facts.last_reload_seconds);
  status.set_last_reload_ok(facts.last_reload_ok);
  status.set_reload_note(facts.reload_note);
  status.set_reevaluated_imports(speaker.times().last_reload.imports);
  status.set_reevaluated_exports(speaker.times().last_reload.exports);
  for (const auto& file : facts.stale_files) status.add_stale_files(file.text);
  std::uint32_t established = 0;
  const auto peers = speaker.peers();
  std::uint32_t drained = 0;
  std::uint32_t degraded = 0;
  for (const session::Peer* peer : peers) {
    established += peer->established() ? 1U : 0U;
    drained += peer->is_drained() ? 1U : 0U;
    degraded += peer->own_added_cost() != 0 ? 1U : 0U;
  }
  status.set_pop_drained(speaker.pop_drained());
  status.set_drained_neighbors(drained);
  status.set_pop_added_us(speaker.pop_added_cost());
  status.set_degraded_neighbors(degraded);
  for (const session::Health::Demotion& demotion : speaker.health().demotions()) {
    proto::Status::Demotion& shown = *status.add_demotions();
    shown.set_rule(demotion.rule);
    shown.set_seconds(demotion.seconds);
    shown.set_added_us(demotion.added);
  }
  status.set_neighbors(static_cast<std::uint32_t>(peers.size()));
  status.set_established(established);
  for (const Family family : kFamilies) {
    const rib::TableCounts counts = shards.table(family);
    if (counts.paths == 0 && !row(family).always_shown) continue;
    proto::Status::Table& table = *status.add_tables();
    table.set_family(std::string(to_string(family)));
    table.set_prefixes(counts.prefixes);
    table.set_paths(counts.paths);
  }
  status.set_attribute_sets(shards.attributes().size());
  status.set_attribute_bytes(shards.attributes().bytes());
  status.set_resident_bytes(resident_bytes());
  const policy::Egress& egress = *speaker.settings().egress;
  if (egress.enabled()) status.set_pop(egress.pop(egress.own_pop()).name);
  status.set_ready(speaker.ready());
}

// Commands with an answer of many messages, or one that waits; null: another command.
std::unique_ptr<Answer> answer_in_parts(const Backend& backend, const proto::Request& request) {
  const auto egress = [&] { return backend.speaker.settings().egress->enabled(); };
  switch (request.command_case()) {
    case proto::Request::kNeighbors:
      return list_neighbors(backend.speaker, request.neighbors());
    case proto::Request::kRoutes:
      return list_routes(backend.speaker, request.routes());
    case proto::Request::kMonitor:
      return monitor_routes(backend.speaker, request.monitor());
    case proto::Request::kEgress:
      return egress() ? show_egress(backend.speaker) : error_answer(kNoEgress);
    case proto::Request::kPlaces:
      return egress() ? show_places(backend) : error_answer(kNoEgress);
    case proto::Request::kRtts:
      return list_rtts(backend, request.rtts());
    case proto::Request::kReload:
      return reload(backend, request.reload());
    case proto::Request::kNextHops:
      return list_next_hops(backend, request.next_hops());
    case proto::Request::kRegistrations:
      return list_registrations(backend, request.registrations());
    case proto::Request::kGuard:
      return list_guard_orders(backend.speaker, request.guard());
    case proto::Request::kFilters:
      return list_filters(backend.speaker, request.filters());
    case proto::Request::kOriginated:
      return list_originated(backend.speaker);
    case proto::Request::kEvents:
      return list_events(backend, request.events());
    case proto::Request::kCircuits:
      return list_circuits(backend, request.circuits());
    case proto::Request::kLatency:
      return show_latency(backend, request.latency());
    case proto::Request::kBaseline:
      return show_baseline(backend, request.baseline());
    case proto::Request::kLatencyReport:
      return report_latency(backend, request.latency_report());
    default:
      return nullptr;
  }
}

// Commands about stored registrations; null: another command.
std::unique_ptr<Answer> answer_about_registrations(const Backend& backend,
                                                   const proto::Request& request,
                                                   const Asker& asker) {
  switch (request.command_case()) {
    case proto::Request::kRegistrationWrite:
      return write_registrations(backend, request.registration_write(), asker.user);
    case proto::Request::kRegistrationImport:
      return import_registrations(backend, request.registration_import(), asker);
    case proto::Request::kRegistrationExport:
      return export_registrations(backend, request.registration_export());
    case proto::Request::kRegistrationLog:
      return list_registration_log(backend, request.registration_log());
    default:
      return nullptr;
  }
}

// Commands with an answer of one message.
void answer_at_once(const Backend& backend, const proto::Request& request, const Asker& asker,
                    proto::Response& response) {
  session::Speaker& speaker = backend.speaker;
  switch (request.command_case()) {
    case proto::Request::kVersion:
      return show_version(backend.facts(), *response.mutable_version());
    case proto::Request::kStatus:
      return show_status(backend, *response.mutable_status());
    case proto::Request::kExplain:
      return explain(backend, request.explain(), response);
    case proto::Request::kRttAction:
      return move_rtt(speaker, request.rtt_action(), response);
    case proto::Request::kWebhooks:
      return show_webhooks(backend, *response.mutable_webhooks());
    case proto::Request::kDomains:
      return show_domains(backend, response);
    case proto::Request::kProbes:
      return show_probes(backend.probe_status ? backend.probe_status() : probes::ProbeStatus{},
                         *response.mutable_probes());
    case proto::Request::kRpki:
      return show_rpki(backend, request.rpki(), response);
    case proto::Request::kKernel:
      return show_kernel(backend, request.kernel(), response);
    case proto::Request::kNeighborAction:
      return act_on_neighbor(speaker, request.neighbor_action(), response);
    case proto::Request::kPopAction:
      return act_on_pop(speaker, request.pop_action(), response);
    case proto::Request::kConditions:
      return show_conditions(speaker, *response.mutable_conditions());
    case proto::Request::kIngressReport:
      return report_ingress(backend, request.ingress_report(), response);
    case proto::Request::kGuardAction:
      return order_guard(speaker, request.guard_action(), to_string(asker.user), response);
    case proto::Request::kFilterAction:
      return edit_filter(speaker, request.filter_action(), to_string(asker.user), response);
    case proto::Request::kOriginate:
      return originate(speaker, request.originate(), response);
    case proto::Request::kWithdraw:
      return withdraw(speaker, request.withdraw(), response);
    default:
      response.set_error("unknown command: ternctl may be newer than ternd");
  }
}

}  // namespace

std::unique_ptr<Answer> error_answer(std::string text) {
  proto::Response response;
  response.set_error(std::move(text));
  return one_answer(std::move(response));
}

std::unique_ptr<Answer> answer(const Backend& backend, const proto::Request& request,
                               const Asker& asker) {
  if (auto made = answer_in_parts(backend, request)) return made;
  if (auto made = answer_about_registrations(backend, request, asker)) return made;
  proto::Response response;
  answer_at_once(backend, request, asker, response);
  return one_answer(std::move(response));
}

bool has_egress(const session::Speaker& speaker, proto::Response& response) {
  if (speaker.settings().egress->enabled()) return true;
  response.set_error(kNoEgress);
  return false;
}

std::unique_ptr<Answer> one_answer(proto::Response response) {
  return std::make_unique<OneAnswer>(std::move(response));
}

}  // namespace tern::api
