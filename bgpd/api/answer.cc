#include "bgpd/api/answer.h"

#include <unistd.h>

#include <fstream>
#include <utility>

#include "bgpd/session/peer.h"

namespace tern::api {
namespace {

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

session::ShutDownWithin shut_down_within(const proto::Drain& drain) {
  if (drain.shut_down_within_seconds() == 0) return std::nullopt;
  return std::chrono::seconds(drain.shut_down_within_seconds());
}

void show_done(const std::vector<std::string>& names, proto::Response& response) {
  auto& result = *response.mutable_neighbor_action();
  for (const std::string& name : names) result.add_neighbors(name);
}

// Whether a degradation may be; else sets the error.
bool may_degrade(const session::Speaker& speaker, std::uint32_t added, proto::Response& response) {
  if (added == 0) return true;  // an end, also of what an earlier configuration allowed
  if (!has_egress(speaker, response)) return false;
  if (added <= session::kMostAddedCost) return true;
  response.set_error("an added cost is at most " + std::to_string(session::kMostAddedCost / 1000) +
                     " ms");
  return false;
}

void act_on_pop(session::Speaker& speaker, const proto::PopActionRequest& request,
                proto::Response& response) {
  if (request.has_degrade_microseconds()) {
    const std::uint32_t added = request.degrade_microseconds();
    if (may_degrade(speaker, added, response)) show_done(speaker.degrade_pop(added), response);
    return;
  }
  show_done(
      request.drain() ? speaker.drain_pop(shut_down_within(request.how())) : speaker.undrain_pop(),
      response);
}

void act(session::Speaker& speaker, const proto::NeighborActionRequest& request,
         proto::Response& response) {
  using session::NeighborAction;
  const std::string none = "no neighbor or group '" + request.neighbor() + "'";
  if (request.action() == proto::NeighborActionRequest::DRAIN ||
      request.action() == proto::NeighborActionRequest::UNDRAIN) {
    const auto done = request.action() == proto::NeighborActionRequest::DRAIN
                          ? speaker.drain(request.neighbor(), shut_down_within(request.drain()))
                          : speaker.undrain(request.neighbor());
    if (done.empty()) return response.set_error(none);
    return show_done(done, response);
  }
  const bool restores = request.action() == proto::NeighborActionRequest::RESTORE;
  if (restores || request.action() == proto::NeighborActionRequest::DEGRADE) {
    const std::uint32_t added = restores ? 0 : request.microseconds();
    if (!restores && added == 0) return response.set_error("an added cost is at least 0.001 ms");
    if (!may_degrade(speaker, added, response)) return;
    const auto done = speaker.degrade(request.neighbor(), added);
    if (done.empty()) return response.set_error(none);
    return show_done(done, response);
  }
  std::optional<NeighborAction> action;
  switch (request.action()) {
    case proto::NeighborActionRequest::ENABLE:
      action = NeighborAction::Enable;
      break;
    case proto::NeighborActionRequest::DISABLE:
      action = NeighborAction::Disable;
      break;
    case proto::NeighborActionRequest::RESET:
      action = NeighborAction::Reset;
      break;
    case proto::NeighborActionRequest::REFRESH_IN:
      action = NeighborAction::RefreshIn;
      break;
    case proto::NeighborActionRequest::REFRESH_OUT:
      action = NeighborAction::RefreshOut;
      break;
    default:
      break;
  }
  if (!action) {
    response.set_error("unknown action");
    return;
  }
  const auto done = speaker.command(request.neighbor(), *action, request.message());
  if (done.empty()) {
    const bool refresh =
        *action == NeighborAction::RefreshIn || *action == NeighborAction::RefreshOut;
    response.set_error(none + (refresh ? " that is Established and can refresh" : ""));
    return;
  }
  show_done(done, response);
}

// Waits for a reload; ConfigThread reads the file beside the loop.
class ReloadAnswer final : public Answer {
 public:
  ReloadAnswer(const Backend& backend, const proto::ReloadRequest& request) {
    backend.reload(request, [state = state_](std::shared_ptr<proto::ReloadResult> result) {
      state->result = std::move(result);
      if (const auto wake = std::exchange(state->wake, nullptr)) wake();
    });
  }
  void when_ready(std::function<void()> wake) override {
    if (state_->result) return wake();
    state_->wake = std::move(wake);
  }
  Progress next(proto::Response& response) override {
    if (!state_->result) return Progress::Waiting;
    if (state_->result.use_count() == 1) {
      response.mutable_reload()->Swap(state_->result.get());
    } else {  // other clients share the result
      *response.mutable_reload() = *state_->result;
    }
    return Progress::Done;
  }

 private:
  // State outlives a client that leaves before the reload ends.
  struct State {
    std::shared_ptr<proto::ReloadResult> result;
    std::function<void()> wake;
  };
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace

std::unique_ptr<Answer> answer(const Backend& backend, const proto::Request& request,
                               const User& user) {
  proto::Response response;
  switch (request.command_case()) {
    case proto::Request::kNeighbors:
      return list_neighbors(backend.speaker, request.neighbors());
    case proto::Request::kRoutes:
      return list_routes(backend.speaker, request.routes());
    case proto::Request::kMonitor:
      return monitor_routes(backend.speaker, request.monitor());
    case proto::Request::kVersion:
      show_version(backend.facts(), *response.mutable_version());
      break;
    case proto::Request::kStatus:
      show_status(backend, *response.mutable_status());
      break;
    case proto::Request::kExplain:
      explain(backend, request.explain(), response);
      break;
    case proto::Request::kEgress:
      if (has_egress(backend.speaker, response)) return show_egress(backend.speaker);
      break;
    case proto::Request::kRtts:
      return list_rtts(backend, request.rtts());
    case proto::Request::kRttAction:
      move_rtt(backend.speaker, request.rtt_action(), response);
      break;
    case proto::Request::kPlaces:
      if (has_egress(backend.speaker, response)) return show_places(backend);
      break;
    case proto::Request::kProbes:
      show_probes(backend.probe_status ? backend.probe_status() : probes::ProbeStatus{},
                  *response.mutable_probes());
      break;
    case proto::Request::kRpki:
      show_rpki(backend, request.rpki(), response);
      break;
    case proto::Request::kKernel:
      show_kernel(backend, request.kernel(), response);
      break;
    case proto::Request::kReload:
      return std::make_unique<ReloadAnswer>(backend, request.reload());
    case proto::Request::kNeighborAction:
      act(backend.speaker, request.neighbor_action(), response);
      break;
    case proto::Request::kPopAction:
      act_on_pop(backend.speaker, request.pop_action(), response);
      break;
    case proto::Request::kConditions:
      show_conditions(backend.speaker, *response.mutable_conditions());
      break;
    case proto::Request::kNextHops:
      return list_next_hops(backend, request.next_hops());
    case proto::Request::kRegistrations:
      return list_registrations(backend, request.registrations());
    case proto::Request::kGuard:
      return list_guard_orders(backend.speaker, request.guard());
    case proto::Request::kGuardAction:
      order_guard(backend.speaker, request.guard_action(), to_string(user), response);
      break;
    case proto::Request::kRegistrationWrite:
      return write_registrations(backend, request.registration_write(), user);
    case proto::Request::kRegistrationImport:
      return import_registrations(backend, request.registration_import(), user);
    case proto::Request::kRegistrationExport:
      return export_registrations(backend, request.registration_export());
    case proto::Request::kRegistrationLog:
      return list_registration_log(backend, request.registration_log());
    case proto::Request::kEvents:
      return list_events(backend, request.events());
    case proto::Request::kOriginated:
      return list_originated(backend.speaker);
    case proto::Request::kOriginate:
      originate(backend.speaker, request.originate(), response);
      break;
    case proto::Request::kWithdraw:
      withdraw(backend.speaker, request.withdraw(), response);
      break;
    case proto::Request::COMMAND_NOT_SET:
      response.set_error("unknown command: ternctl may be newer than ternd");
      break;
  }
  return one_answer(std::move(response));
}

bool has_egress(const session::Speaker& speaker, proto::Response& response) {
  if (speaker.settings().egress->enabled()) return true;
  response.set_error("no egress: the configuration names no PoP");
  return false;
}

std::unique_ptr<Answer> one_answer(proto::Response response) {
  return std::make_unique<OneAnswer>(std::move(response));
}

}  // namespace tern::api
