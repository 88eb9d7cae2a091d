#include "bgpd/daemon/metrics.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "bgpd/rpki/rtr_client.h"
#include "bgpd/session/costs.h"
#include "bgpd/session/guard_orders.h"
#include "bgpd/session/health.h"
#include "bgpd/session/peer.h"
#include "bgpd/session/peer_rules.h"
#include "bgpd/session/route_filters.h"

namespace tern::daemon {
namespace {

// True: the daemon looks for the places of users of the neighbor's routes.
bool looks_for_places(const session::Speaker& speaker, const session::PeerSettings& settings) {
  return expects_places(settings.import, settings.kind) ||
         session::geofeed_for(settings, speaker.geofeed()) != nullptr;
}

template <std::size_t N>
exporter::Histogram histogram(const session::DurationHistogram<N>& from) {
  return {
      {from.bounds.begin(), from.bounds.end()}, {from.counts.begin(), from.counts.end()}, from.sum};
}

void sample_routes(const session::Speaker& speaker, const session::Peer& peer,
                   const session::PeerStatus& status, const session::PeerCounters& counters,
                   const rib::HeldPrefixes& held, exporter::PeerSample& sample) {
  const session::PeerSettings& settings = peer.settings();
  const rib::PeerCounts counts = speaker.shards().counts(peer.slot());
  for (const Family family : kFamilies) {
    const std::size_t i = index(family);
    exporter::PeerSample::FamilySample& to = sample.families[i];
    to.negotiated = status.negotiated && status.negotiated->families.contains(family);
    to.received = counts.families[i].received;
    to.accepted = counts.families[i].accepted;
    to.best = counts.families[i].best;
    to.rejected = to.received - to.accepted;
    to.advertised = peer.adj_rib_out() != nullptr ? held.of(peer.slot(), family) : 0;
    to.announce_in = counters.announced_in[i];
    to.withdraw_in = counters.withdrawn_in[i];
    to.announce_out = counters.announced_out[i];
    to.withdraw_out = counters.withdrawn_out[i];
    to.prefix_limit = settings.import.prefix_limit[i];
    to.location_tag_missing =
        expects_places(settings.import, settings.kind) ? counts.families[i].without_location : 0;
  }
  sample.paths_refused = counts.paths_refused;
}

// The sample counts the words of the peer's policies from the start, 0 included, like the named
// reasons.
void sample_rejections(const rib::ReasonWords& reasons, const policy::Chain& policies,
                       const ReasonCounts& rejected, exporter::PeerSample& sample) {
  for (std::size_t reason = 1; reason < kReasonCount; ++reason) {
    sample.rejected_total[reason] = rejected[reason];
  }
  for (const std::string_view word : policies.reject_reasons()) {
    if (reasons.counts_apart(word)) sample.rejected_by_word.try_emplace(std::string(word));
  }
  for (std::size_t reason = kReasonCount; reason < rejected.size(); ++reason) {
    if (rejected[reason] == 0) continue;
    sample.rejected_by_word[std::string(reasons.name(static_cast<Reason>(reason)))] =
        rejected[reason];
  }
}

void sample_location(const session::PeerCounters& counters, exporter::PeerSample& sample) {
  for (std::size_t i = 0; i < kLocationSourceCount; ++i) {
    const auto source = static_cast<LocationSource>(i);
    if (source == LocationSource::None) continue;
    sample.located[std::string(to_string(source))] = counters.located[i];
  }
  sample.contradictory_tags = counters.contradictory_tags;
}

void sample_route_filter(const session::RouteFilters& filters,
                         const session::PeerSettings& settings, exporter::PeerSample& sample) {
  const auto filter = filters.in_force(settings);
  if (filter == nullptr) return;
  const session::FilterEdits* const edits = filters.edits_of(sample.peer);
  sample.route_filter = {filter->communities().size(), edits == nullptr ? 0 : edits->edits.size()};
}

void sample_peer(const session::Speaker& speaker, const session::Peer& peer,
                 const rib::HeldPrefixes& held, exporter::PeerSample& sample) {
  const session::PeerSettings& settings = peer.settings();
  const session::PeerStatus status = peer.status();
  const session::PeerCounters counters = peer.counters();
  sample.peer = session::to_string(settings.whole_address());
  sample.name = settings.name;
  sample.description = settings.description;
  sample.group = settings.group;
  if (settings.fsm.local.role) sample.role = std::string(to_string(*settings.fsm.local.role));
  const auto& expected = settings.fsm.expected.asns;
  sample.remote_as =
      status.negotiated ? status.negotiated->peer_asn : (expected.empty() ? 0 : expected.front());
  sample.local_as = settings.fsm.local.asn;
  sample.state = static_cast<std::uint8_t>(status.state);
  sample.admin_up = status.admin_up;
  sample.drained = peer.is_drained();
  sample.added_seconds = peer.degradation_cost() * 1e-6;
  sample.demotion_seconds = peer.demotion_cost() * 1e-6;
  sample_route_filter(speaker.route_filters(), settings, sample);
  sample.established_timestamp_seconds = status.established_since;
  sample.flaps = status.flaps;
  if (status.negotiated) sample.hold_time_seconds = status.negotiated->hold_time_seconds;
  sample.last_error = status.last_error_kind;
  sample.messages_in = counters.messages_in;
  sample.messages_out = counters.messages_out;
  sample.bytes_in = counters.bytes_in;
  sample.bytes_out = counters.bytes_out;
  for (const auto& [key, count] : counters.notifications) {
    sample.notifications.push_back({key[0] != 0, key[1], key[2], count});
  }
  using pipeline::LimitAction;
  for (const auto& [action, name] :
       {std::pair{LimitAction::Warning, "warning"}, std::pair{LimitAction::Block, "block"},
        std::pair{LimitAction::Shutdown, "shutdown"}}) {
    sample.prefix_limit_hits[name] = counters.limit_hits[static_cast<std::size_t>(action)];
  }
  sample.update_errors_discard = counters.attributes_discarded;
  sample.update_errors_withdraw = counters.treated_as_withdraw;
  sample.out_queue_bytes = status.out_queue_bytes;
  sample.send_blocked_seconds = static_cast<double>(counters.send_blocked_nanoseconds) * 1e-9;
  sample.slow = status.slow;
  sample.rtt_seconds = status.round_trip_microseconds * 1e-6;
  sample_routes(speaker, peer, status, counters, held, sample);
  if (looks_for_places(speaker, settings)) sample_location(counters, sample);
  sample_guard(counters, sample);
  sample_rejections(speaker.shards().reasons(), settings.import.policies, counters.rejected,
                    sample);
}

void sample_conditions(const session::Speaker& speaker, exporter::Snapshot& snapshot) {
  for (session::ConditionStatus& status : speaker.conditions()) {
    snapshot.conditions.push_back(
        {std::move(status.name), status.holds.value_or(false), status.changes});
  }
}

void sample_rib(const rib::Shards& shards, exporter::Snapshot& snapshot) {
  for (const Family family : kFamilies) {
    const rib::TableCounts table = shards.table(family);
    snapshot.rib[index(family)] = {table.prefixes, table.paths, table.best_changes};
  }
  const rib::PeerCounts own = shards.counts(kOwnSlot);
  for (const Family family : kFamilies) {
    const rib::PeerCounts::PerFamily& of_family = own.families[index(family)];
    snapshot.own[index(family)] = {of_family.accepted, of_family.received - of_family.accepted};
  }
  const auto decisions = shards.decisions();
  for (std::size_t step = 0; step < rib::kStepCount; ++step) {
    snapshot.decisions_by_step.emplace_back(to_string(static_cast<rib::Step>(step)),
                                            decisions[step]);
  }
  snapshot.attributes_interned = shards.attributes().size();
  snapshot.attributes_interned_bytes = shards.attributes().bytes();
  const rib::RibMemory memory = shards.memory();
  snapshot.rib_bytes_by_part = {{"records", memory.records},
                                {"paths", memory.blocks},
                                {"index", memory.index + memory.ordered}};
  snapshot.advertiser.audiences = shards.audiences();
}

void sample_advertiser(const pipeline::Advertisers& advertisers, exporter::Snapshot& snapshot) {
  snapshot.advertiser.log_bytes = advertisers.log_bytes();
  snapshot.advertiser.catching_up = advertisers.lagging_count();
  snapshot.advertiser.classes = advertisers.group_count();
}

void sample_egress(const session::Speaker& speaker, exporter::Snapshot& snapshot) {
  const policy::Egress& egress = *speaker.settings().egress;
  snapshot.egress_enabled = egress.enabled();
  if (!egress.enabled()) return;
  const policy::EgressCosts& costs = *speaker.egress_costs();
  snapshot.own_pop = egress.pop(egress.own_pop()).name;
  const auto moves = speaker.shards().move_counts();
  for (std::size_t i = 0; i < moves.size(); ++i) {
    snapshot.egress_moves.emplace_back(to_string(static_cast<rib::MoveCause>(i)), moves[i]);
  }
  snapshot.egress_suboptimal_prefixes = speaker.shards().egress_suboptimal();
  snapshot.measured_pairs = speaker.costs().measured_pairs();
  for (const policy::CostSource source : policy::EgressCosts::kPrefixSources) {
    snapshot.measured_prefixes.emplace_back(to_string(source),
                                            speaker.costs().measured_prefixes(source));
  }
  snapshot.implausible_pairs = speaker.costs().implausible_pairs();
  const std::vector<std::uint32_t> digests = speaker.costs().digests();
  for (std::size_t pop = 0; pop < digests.size() && pop < egress.pop_count(); ++pop) {
    snapshot.cost_digests.emplace_back(egress.pop(static_cast<PopId>(pop)).name, digests[pop]);
  }
  snapshot.cost_changes_by_rtt = speaker.costs().counts().pairs;
  snapshot.cost_changes_by_age = speaker.costs().counts().by_age;
  for (PopId pop = 0; pop < egress.pop_count(); ++pop) {
    const EgressCost backbone = costs.backbone(egress.own_pop(), pop);
    if (backbone == kUnknownCost) continue;
    snapshot.pop_costs.push_back({snapshot.own_pop, egress.pop(pop).name, backbone * 1e-6});
  }
}

// The prefixes of users in the place that leave at the PoP, and what they cost. Of wider places,
// those that users are in.
void sample_exit(const session::Speaker& speaker, PopId pop, MetroId place,
                 exporter::Snapshot& snapshot) {
  const policy::Egress& egress = *speaker.settings().egress;
  const std::uint64_t prefixes = speaker.shards().egress_prefixes(place, pop);
  if (place >= egress.metro_count() && prefixes == 0) return;
  const EgressCost cost = speaker.egress_costs()->cost(pop, place);
  const bool known = cost != kUnknownCost;
  snapshot.egress.push_back({egress.pop(pop).name, egress.places().label(place), prefixes,
                             known ? cost * 1e-6 : 0, known});
}

exporter::RpkiSample::Vrps sample_count(const vrps::Count& count) { return {count.v4, count.v6}; }

std::optional<double> sample_time(std::optional<vrps::UnixTime> time) {
  if (!time) return std::nullopt;
  return static_cast<double>(*time);
}

exporter::RpkiSample::Cache sample_cache(const vrps::RpkiStatus::Cache& cache) {
  exporter::RpkiSample::Cache sample;
  sample.name = cache.name;
  sample.up = cache.up;
  sample.in_use = cache.in_use;
  sample.vrps = sample_count(cache.vrps);
  if (cache.has_data) sample.serial = cache.serial;
  sample.last_update_timestamp_seconds = sample_time(cache.updated);
  sample.expires_timestamp_seconds = sample_time(cache.expires);
  sample.connects = cache.connects;
  sample.pdus_in = cache.pdus_in;
  sample.pdus_out = cache.pdus_out;
  sample.error_reports_in = cache.error_reports_in;
  sample.error_reports_out = cache.error_reports_out;
  return sample;
}

}  // namespace

bool expects_places(const pipeline::LocationRules& rules, PeerKind kind) {
  if (rules.between_pops) return true;
  return !is_ibgp(kind) && (rules.dictionary || rules.location_default != kNoPlace);
}

void sample_geofeeds(const geofeeds::GeofeedStatus& status, exporter::Snapshot& snapshot) {
  for (const auto& file : status.files) {
    snapshot.geofeeds.push_back({file.path, file.state == vrps::FileState::Good, file.entries,
                                 file.placed, file.left_out, sample_time(file.read)});
  }
}

void sample_probes(const probes::ProbeStatus& status, exporter::Snapshot& snapshot) {
  for (const auto& target : status.targets) {
    exporter::Snapshot::Probe& sample = snapshot.probes.emplace_back();
    sample.target = target.settings.name;
    if (target.state == probes::TargetState::Answered) {
      sample.round_trip_seconds = target.round_trip * 1e-6;
    }
    sample.answered = target.answered;
    sample.lost = target.lost;
    sample.failed = target.failed;
  }
}

std::optional<exporter::RpkiSample> sample_rpki(const vrps::RpkiStatus& status) {
  if (status.caches.empty() && status.files.empty()) return std::nullopt;
  const vrps::RpkiStatus::Table& table = status.table;
  exporter::RpkiSample sample;
  sample.validated = table.validated;
  sample.vrps = sample_count(table.vrps);
  sample.table_bytes = table.memory;
  sample.changes = table.published;
  sample.sudden_drops = table.sudden_drops;
  sample.filtered = table.filtered;
  sample.added = table.added;
  sample.last_change_timestamp_seconds = static_cast<double>(table.since);
  std::set<std::string_view> seen;
  for (const auto& cache : status.caches) {
    if (seen.insert(cache.name).second) sample.caches.push_back(sample_cache(cache));
  }
  seen.clear();
  for (const auto& file : status.files) {
    if (!seen.insert(file.path).second) continue;
    sample.files.push_back({file.path, file.state == vrps::FileState::Good, sample_count(file.vrps),
                            sample_time(file.read)});
  }
  return sample;
}

SnapshotTaker::SnapshotTaker(session::Speaker& speaker, const api::DaemonFacts& facts)
    : speaker_(speaker), facts_(facts) {
  for (const session::Peer* peer : speaker_.peers()) peers_.push_back(peer->slot());
}

bool SnapshotTaker::next(exporter::Snapshot& snapshot) {
  if (shard_ < speaker_.shards().size()) {
    held_ += speaker_.shards()[shard_++].audiences().held();
    return false;
  }
  const policy::Egress& egress = *speaker_.settings().egress;
  snapshot.peers.reserve(peers_.size());
  const std::size_t last = std::min(peers_.size(), peer_ + kSlice);
  for (; peer_ < last; ++peer_) {
    const session::Peer* const peer = speaker_.peer(peers_[peer_]);
    if (peer == nullptr || peer->left()) continue;
    exporter::PeerSample& sample = snapshot.peers.emplace_back();
    sample_peer(speaker_, *peer, held_, sample);
    constexpr auto kUnresolved = static_cast<std::size_t>(Reason::NextHopUnresolved);
    constexpr auto kQuarantined = static_cast<std::size_t>(Reason::Quarantined);
    const rib::PeerCounts counts = speaker_.shards().counts(peers_[peer_]);
    snapshot.unresolved_routes += counts.rejected[kUnresolved];
    snapshot.quarantined_routes += counts.rejected[kQuarantined];
    snapshot.last_resorts.used += counts.best_last_resorts;
    snapshot.last_resorts.waiting += counts.last_resorts - counts.best_last_resorts;
    if (egress.enabled()) sample.pop = egress.pop(egress.own_pop()).name;
  }
  if (peer_ < peers_.size() || !next_exits(snapshot)) return false;
  end(snapshot);
  return true;
}

// True: the exits of all places are in the snapshot.
bool SnapshotTaker::next_exits(exporter::Snapshot& snapshot) {
  const SharedValue<policy::Egress> present = speaker_.settings().egress;
  if (!(present == egress_)) {
    snapshot.egress.clear();
    pop_ = place_ = 0;
  }
  egress_ = present;
  if (!egress_->enabled()) return true;
  for (std::size_t i = 0; i < kExitSlice && pop_ < egress_->pop_count();) {
    if (place_ == egress_->places().count()) {
      place_ = 0;
      ++pop_;
      continue;
    }
    sample_exit(speaker_, static_cast<PopId>(pop_), static_cast<MetroId>(place_++), snapshot);
    ++i;
  }
  return pop_ == egress_->pop_count();
}

void SnapshotTaker::end(exporter::Snapshot& snapshot) const {
  snapshot.version = facts_.version;
  snapshot.revision = facts_.revision;
  snapshot.start_time_seconds = static_cast<double>(facts_.start_time_seconds);
  snapshot.config_last_reload_success_timestamp_seconds =
      static_cast<double>(facts_.last_reload_seconds);
  snapshot.config_last_reload_successful = facts_.last_reload_ok;
  snapshot.config_generation = facts_.config_generation;
  snapshot.pop_drained = speaker_.pop_drained();
  snapshot.health_demoted = speaker_.health().rules();
  snapshot.pop_added_seconds = speaker_.pop_added_cost() * 1e-6;
  snapshot.config_stale_files = facts_.stale_files.size();
  snapshot.releases = speaker_.guard_orders().releases();
  snapshot.blocks = speaker_.guard_orders().blocks();
  sample_conditions(speaker_, snapshot);
  sample_rib(speaker_.shards(), snapshot);
  sample_advertiser(speaker_.advertisers(), snapshot);
  const session::SpeakerTimes& times = speaker_.times();
  snapshot.update_propagation = histogram(times.update_propagation);
  snapshot.bestpath_duration = histogram(times.burst_handling);
  snapshot.loop_stall = histogram(times.loop_stall);
  snapshot.reload_stall = histogram(times.reload_stall);
  snapshot.reevaluated_imports = times.reevaluated.imports;
  snapshot.reevaluated_exports = times.reevaluated.exports;
  snapshot.convergence_seconds = times.convergence_seconds;
  snapshot.convergence_heard = times.convergence_heard;
  snapshot.convergence_absent = times.convergence_absent;
  sample_egress(speaker_, snapshot);
  if (!facts_.rtt_file.path.empty()) {
    snapshot.rtt_file = {facts_.rtt_file.error.empty(), facts_.rtt_file.reads,
                         facts_.rtt_file.errors};
  }
  if (!facts_.prefix_rtt_file.path.empty()) {
    snapshot.prefix_rtt_file = {facts_.prefix_rtt_file.error.empty(), facts_.prefix_rtt_file.reads,
                                facts_.prefix_rtt_file.errors};
  }
  snapshot.bulk_reads = speaker_.bulk_reads();
  snapshot.hand_overs = speaker_.hand_overs();
  snapshot.connections_refused = speaker_.strangers();
  snapshot.ready = speaker_.ready();
}

}  // namespace tern::daemon
