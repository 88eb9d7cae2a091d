#include "bgpd/daemon/event_levels.h"

#include <utility>

#include "bgpd/session/costs.h"
#include "bgpd/session/health.h"
#include "bgpd/session/peer.h"
#include "policy/egress.h"

namespace tern::daemon {
namespace {

using EventKind = events::Kind;
using events::Report;
using events::Severity;

constexpr const char* kPop = events::kPopKey;
constexpr char kLastGood[] = "the last good content";

void add_level(EventLevels& levels, Report report) {
  report.what = Report::What::Begin;
  std::string key = events::event_key(report.kind, report.key);
  levels.emplace(std::move(key), std::move(report));
}

std::string microseconds_text(EgressCost cost) { return std::to_string(cost) + " us"; }

// in_use: what stays in use; null: nothing.
void add_bad_file(EventLevels& levels, const std::string& path, const std::string& what,
                  const std::string& error, const char* in_use) {
  Report report{.kind = EventKind::BadFile, .key = path};
  report.subject.source = path;
  report.summary = what + ": " + (error.empty() ? path + " is bad" : error);
  report.evidence["in use"] = in_use == nullptr ? "nothing" : in_use;
  if (in_use == nullptr) report.severity = Severity::Critical;
  add_level(levels, std::move(report));
}

template <typename File>
void add_file(EventLevels& levels, const File& file, const std::string& what) {
  if (file.state == vrps::FileState::Good || file.state == vrps::FileState::Unread) return;
  add_bad_file(levels, file.path, what, file.error,
               file.state == vrps::FileState::Stale ? kLastGood : nullptr);
}

void add_limit_level(const session::Peer& peer, const session::LimitShutdown& limit,
                     EventLevels& levels) {
  Report report = about(peer, EventKind::PrefixLimit, Report::What::Begin);
  report.summary = "neighbor " + peer.settings().name + " sent more than " +
                   std::to_string(limit.limit) + " prefixes of " +
                   std::string(to_string(limit.family));
  report.evidence = {{"family", std::string(to_string(limit.family))},
                     {"limit", std::to_string(limit.limit)},
                     {"paths", std::to_string(limit.count)}};
  add_level(levels, std::move(report));
}

// A neighbor that an operator disabled is not a fault, but explains a missing route.
void add_down_level(const session::Peer& peer, const session::PeerStatus& status, bool pop_drained,
                    EventLevels& levels) {
  Report report = about(peer, EventKind::SessionDown, Report::What::Begin);
  const std::string& name = peer.settings().name;
  const bool by_operator = !status.admin_up || peer.drain().shut_down;
  report.summary = "neighbor " + name + " has no session" +
                   (status.last_error.empty() ? "" : ": " + status.last_error);
  report.evidence["state"] = std::string(to_string(status.state));
  report.evidence["flaps"] = std::to_string(status.flaps);
  if (!status.last_error.empty()) report.evidence["error"] = status.last_error;
  if (by_operator) report.severity = Severity::Info;
  if (peer.drain().shut_down) {
    report.cause = pop_drained ? events::event_key(EventKind::PopDrained, kPop)
                               : events::event_key(EventKind::NeighborDrained, report.key);
  }
  add_level(levels, std::move(report));
}

std::optional<EventKind> kind_of(states::CircuitState state) {
  switch (state) {
    case states::CircuitState::SingleHomed:
      return EventKind::SingleHomed;
    case states::CircuitState::PairDegraded:
      return EventKind::PairDegraded;
    case states::CircuitState::Down:
      return EventKind::CircuitDown;
    default:
      return std::nullopt;
  }
}

}  // namespace

// Maintenance is no fault. An operator who names a circuit wants two connections; a partner with a
// single session may be meant so.
void add_circuit_level(const states::CircuitBook& book,
                       const states::CircuitBook::Circuits::value_type& of, bool pop_drained,
                       EventLevels& levels) {
  const auto& [key, circuit] = of;
  const states::CircuitFinding& finding = circuit.finding;
  const auto kind = kind_of(finding.state);
  if (!kind) return;
  Report report{.kind = *kind, .key = key};
  report.subject.source = key;
  report.subject.partner = circuit.partner;
  report.subject.neighbor = finding.missing;
  report.summary =
      "circuit " + key + " is " + std::string(to_string(finding.state)) + ": " + finding.evidence;
  report.evidence = {{"connections", std::to_string(finding.connections)},
                     {"in service", std::to_string(finding.in_service)},
                     {"by", finding.maintenance ? "maintenance" : "fault"}};
  for (const PeerSlot slot : circuit.sessions) {
    const states::CircuitSession& session = *book.session(slot);
    report.evidence.emplace("session " + session.name, state_word(session));
    if (report.evidence.size() == events::kMostEvidence) break;
  }
  const bool by_design = finding.state == states::CircuitState::SingleHomed;
  if (by_design) report.evidence["by"] = "configuration";
  if (finding.maintenance || (by_design && !circuit.configured)) {
    report.severity = Severity::Info;
  }
  if (finding.maintenance && pop_drained) {
    report.cause = events::event_key(EventKind::PopDrained, kPop);
  }
  add_level(levels, std::move(report));
}

Report about(const session::Peer& peer, EventKind kind, Report::What what) {
  Report report{.what = what, .kind = kind};
  report.key = to_string(peer.settings().whole_address());
  report.subject.neighbor = peer.settings().name;
  report.subject.partner = peer.settings().import.peer.asn;
  return report;
}

void add_neighbor_levels(const session::Peer& peer, bool pop_drained, bool unheard,
                         EventLevels& levels) {
  if (peer.drain().on) {
    Report report = about(peer, EventKind::NeighborDrained, Report::What::Begin);
    report.summary = "neighbor " + peer.settings().name + " is drained";
    add_level(levels, std::move(report));
  }
  if (peer.own_added_cost() != 0) {
    Report report = about(peer, EventKind::NeighborDegraded, Report::What::Begin);
    report.summary = "the paths of neighbor " + peer.settings().name + " cost " +
                     microseconds_text(peer.own_added_cost()) + " more";
    report.evidence["added"] = microseconds_text(peer.own_added_cost());
    add_level(levels, std::move(report));
  }
  if (peer.established() || peer.dynamic() || peer.settings().shutdown) return;
  if (!peer.was_established() && !unheard && !peer.held_by_limit()) return;
  const session::PeerStatus status = peer.status();
  if (status.limit_shutdown) return add_limit_level(peer, *status.limit_shutdown, levels);
  add_down_level(peer, status, pop_drained, levels);
}

void add_pop_levels(const session::Speaker& speaker, EventLevels& levels) {
  const policy::Egress& egress = *speaker.settings().egress;
  const std::string pop = egress.enabled() ? egress.pop(egress.own_pop()).name : std::string();
  const auto add = [&](EventKind kind, const std::string& key, std::string summary,
                       events::Evidence evidence) {
    Report report{.kind = kind, .key = key};
    report.subject.pop = pop;
    if (key != kPop) report.subject.source = key;
    report.summary = std::move(summary);
    report.evidence = std::move(evidence);
    add_level(levels, std::move(report));
  };
  if (speaker.pop_drained()) add(EventKind::PopDrained, kPop, "this PoP is drained", {});
  if (const EgressCost cost = speaker.pop_added_cost(); cost != 0) {
    add(EventKind::PopDegraded, kPop,
        "the exits of this PoP cost " + microseconds_text(cost) + " more",
        {{"added", microseconds_text(cost)}});
  }
  for (const session::Health::Demotion& one : speaker.health().demotions()) {
    add(EventKind::Demotion, one.rule, "the rule " + one.rule + " of health demotes",
        {{"added", microseconds_text(one.added)}});
  }
  if (const std::size_t pairs = speaker.costs().implausible_pairs(); pairs != 0) {
    add(EventKind::ImplausibleRtt, kPop,
        std::to_string(pairs) + " measured round trips are shorter than light allows",
        {{"pairs", std::to_string(pairs)}, {"shown by", "ternctl show rtts"}});
  }
}

// A cache is missed once a connection has failed: at the start, each is without one.
void add_rpki_levels(const vrps::RpkiStatus& status, EventLevels& levels) {
  for (const vrps::RpkiStatus::Cache& cache : status.caches) {
    if (cache.up || cache.last_error.empty()) continue;
    Report report{.kind = EventKind::RpkiCacheLost, .key = cache.name};
    report.subject.source = cache.name;
    report.summary = "no connection to the cache " + cache.name + ": " + cache.last_error;
    report.evidence = {{"address", cache.address.to_string()},
                       {"port", std::to_string(cache.port)},
                       {"data", cache.has_data ? "kept until they expire" : "expired or none"}};
    if (!cache.has_data) report.severity = Severity::Error;
    add_level(levels, std::move(report));
  }
  for (const auto& file : status.files) add_file(levels, file, "VRPs");
  for (const auto& file : status.slurm) add_file(levels, file, "local exceptions");
  const bool has_source = !status.caches.empty() || !status.files.empty();
  if (!has_source || status.table.published == 0 || status.table.validated) return;
  Report report{.kind = EventKind::RpkiUnvalidated, .key = "table"};
  report.summary = "no source has VRPs: the origins of routes are not validated";
  add_level(levels, std::move(report));
}

void add_geofeed_levels(const geofeeds::GeofeedStatus& status, EventLevels& levels) {
  for (const auto& file : status.files) add_file(levels, file, "geofeed");
}

void add_registration_levels(const registrations::RegistrationStatus& status, EventLevels& levels) {
  for (const auto& file : status.files) {
    add_file(levels, file, "registrations");
    if (file.state != vrps::FileState::Good || file.left_out == 0) continue;
    add_bad_file(levels, file.path, "registrations", file.error, kLastGood);
  }
  for (const auto& file : status.irr) add_file(levels, file, "route objects");
  const registrations::StoredStatus& stored = status.stored;
  if (!stored.exists() || stored.good()) return;
  const std::string& error = !stored.error.empty()     ? stored.error
                             : !stored.aside.empty()   ? stored.aside.front()
                             : !stored.overlap.empty() ? stored.overlap
                                                       : stored.fault;
  add_bad_file(levels, stored.path, "stored registrations", error,
               stored.in_force() ? "the registrations in memory" : nullptr);
}

void add_configuration_levels(const api::DaemonFacts& facts, EventLevels& levels) {
  if (!facts.last_reload_ok) {
    add_bad_file(levels, facts.config_file, "configuration", facts.reload_note, kLastGood);
  }
  for (const auto* file : {&facts.rtt_file, &facts.prefix_rtt_file}) {
    if (file->path.empty() || file->error.empty()) continue;
    add_bad_file(levels, file->path, "round trips", file->error, kLastGood);
  }
}

}  // namespace tern::daemon
