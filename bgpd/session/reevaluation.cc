#include "bgpd/session/reevaluation.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "bgpd/session/loop.h"
#include "bgpd/session/neighbors.h"
#include "bgpd/session/speaker_times.h"
#include "bgpd/session/timer.h"

namespace tern::session {

Reevaluation::Reevaluation(Loop& loop, engine::Engine& engine, Neighbors& neighbors,
                           SpeakerTimes& times,
                           const std::shared_ptr<const policy::EgressCosts>& costs,
                           const std::shared_ptr<pipeline::NextHopFinder>& next_hop_finder)
    : loop_(loop),
      engine_(engine),
      neighbors_(neighbors),
      times_(times),
      costs_(costs),
      next_hop_finder_(next_hop_finder),
      pause_(std::make_unique<Timer>(loop.context(), [this] { pause_over(); })) {}

Reevaluation::~Reevaluation() = default;

// ---- Requests

void Reevaluation::rules_changed(RulesChange&& rules) {
  next_round_.rules.add(std::move(rules));
  walk_asked_ |= std::exchange(next_round_.rules.walk, false);
  if (!next_round_.rules.empty()) begin();
  if (round_.rules.empty() && next_round_.rules.empty()) walk_if_asked();
}

void Reevaluation::rank(PeerSlot slot) {
  if (!engine_.shards().has_paths(slot)) return;
  next_round_.rank.insert(slot);
  begin();
}

void Reevaluation::unblock(PeerSlot slot) {
  next_round_.unblock.insert(slot);
  begin();
}

void Reevaluation::host_addresses_changed(const pipeline::HostAddresses& changed) {
  next_round_.host_addresses = pipeline::HostAddresses::both(next_round_.host_addresses, changed);
  begin();
}

pipeline::ChangedNextHops& Reevaluation::waiting_next_hops() {
  if (!next_round_.next_hops) next_round_.next_hops.emplace().answers = next_hop_finder_;
  return *next_round_.next_hops;
}

void Reevaluation::next_hops_changed(const pipeline::HostAddresses& changed) {
  if (next_hop_finder_ == nullptr) return;
  pipeline::ChangedNextHops& waiting = waiting_next_hops();
  waiting.addresses = pipeline::HostAddresses::both(waiting.addresses, changed);
  begin();
}

void Reevaluation::next_hops_forgotten() {
  if (next_hop_finder_ == nullptr) return;
  waiting_next_hops().all_waiting = true;
  begin();
}

// Changes that wait for the next round become one.
void Reevaluation::ranges_changed(std::vector<policy::PrefixRange> ranges,
                                  const rib::ClientSet& imports, const rib::ClientSet& exports,
                                  rib::MoveCause cause) {
  if (ranges.empty() || (imports.empty() && exports.empty())) return;
  ChangedPrefixes all{nullptr, imports, exports, cause};
  if (const auto& waiting = next_round_.ranges) {
    const auto& others = waiting->prefixes->ranges();
    ranges.insert(ranges.end(), others.begin(), others.end());
    all.imports |= waiting->imports;
    all.exports |= waiting->exports;
  }
  all.prefixes = policy::PrefixChange::of(std::move(ranges));
  next_round_.ranges = std::move(all);
  begin();
}

void Reevaluation::advertise_again(std::vector<policy::PrefixRange> ranges,
                                   std::function<void()> when_over) {
  rib::ClientSet clients;
  for (const Peer* peer : neighbors_.members()) {
    if (peer->established()) clients.insert(peer->slot());
  }
  if (ranges.empty() || clients.empty()) return when_over();
  next_round_.when_over.push_back(std::move(when_over));
  ranges_changed(std::move(ranges), {}, clients);
}

// Pairs of other places are no matter any more: their routes are judged again.
void Reevaluation::costs_changed(const policy::CostChange& change, bool for_vantages,
                                 rib::MoveCause cause) {
  std::optional<ChangedCosts>& waiting = next_round_.costs;
  if (!waiting || !waiting->places->same_places(*costs_)) waiting = ChangedCosts{};
  waiting->pairs.add(change);
  waiting->places = costs_;
  waiting->for_vantages |= for_vantages;
  waiting->cause = cause;
  for (const Peer* peer : neighbors_.members()) {
    const pipeline::Import* const import = peer->import();
    if (import != nullptr && import->rules().policies.reads_cost()) {
      waiting->readers.insert(peer->slot());
    }
  }
  begin();
}

// Posted before any route that is judged by the new costs.
void Reevaluation::costs_replaced() {
  if (!round_.costs) return;
  for (std::size_t shard = 0; shard < parts_.size(); ++shard) {
    engine_.post(shard, engine::Load::Light,
                 [part = parts_[shard], costs = costs_](auto&) { part->set_costs(costs); });
  }
}

void Reevaluation::slot_freed(PeerSlot slot) {
  round_.free(slot);
  next_round_.free(slot);
  if (slot < judged_by_.size()) judged_by_[slot] = {};
  for (const auto& part : parts_) part->free(slot);
}

void Reevaluation::walk_if_asked() {
  if (std::exchange(walk_asked_, false)) engine_.walk_later();
}

// ---- A round

void Reevaluation::begin() {
  if (!std::exchange(running_, true)) return begin_round();
  if (!next_round_.hurries()) return;
  hurries_.store(true, std::memory_order_relaxed);
  pause_->stop();
  pause_over();
}

// Begins in a turn of its own, behind the tasks that wait for the shards: routes that were judged
// by older rules are stored before.
void Reevaluation::begin_round() {
  loop_.post([this] {
    round_ = std::exchange(next_round_, {});
    hurries_.store(round_.hurries(), std::memory_order_relaxed);
    if (round_.next_hops) find_resolving(*round_.next_hops);
    round_.judge_once();
    judged_by_.assign(neighbors_.slots().size(), {});
    round_.judged(judged_by_.size()).for_each([this](PeerSlot slot) {
      if (slot < judged_by_.size()) judged_by_[slot] = judged_by(slot);
    });
    const std::size_t shards = engine_.shards().size();
    parts_left_ = shards;
    for (std::size_t shard = 0; shard < shards; ++shard) {
      parts_.push_back(
          std::make_shared<RoundPart>(engine_.shards(), shard, round_, judged_by_, costs_));
    }
    for (std::size_t shard = 0; shard < shards; ++shard) post_slice(shard);
  });
}

// Called when the round begins, and by the settings that neighbors have then. Between the request
// and the round, a reload may have set resolve_next_hop to false for a neighbor. By the settings at
// the time of the request, the round would reject the neighbor's paths to a lost next hop, and no
// later round would accept these paths. A neighbor counts whether its session is up or not: paths
// of a session that ended, and that are kept for a while, lose their next hops, too.
void Reevaluation::find_resolving(pipeline::ChangedNextHops& changed) const {
  changed.resolving = neighbors_.resolving();
  changed.resolving.for_each([&](PeerSlot slot) {
    if (neighbors_.at(slot)->settings().import.policies.sets_next_hop())
      changed.setting.insert(slot);
  });
}

void Reevaluation::post_slice(std::size_t shard) {
  engine_.post(shard, engine::Load::Heavy, [this](engine::Shard& of) { slice(of); });
}

// By the runner of the strand, which does not use the part after it posts.
void Reevaluation::slice(engine::Shard& shard) {
  RoundPart& part = *parts_[shard.number];
  const bool behind = !hurries_.load(std::memory_order_relaxed) && shard.rib.has_changes() &&
                      shard.advertiser.congested();
  if (part.take_pause(behind, steady_nanoseconds())) {
    return engine_.on_loop([this, number = shard.number] { pause(number); });
  }
  const bool over = part.slice();
  engine_.advertise_changes(shard);
  if (!part.for_visit().empty()) {
    return engine_.on_loop([this, number = shard.number, over] {
      engine_.visit_all([this, number, over] { visit_behind_slice(number, over); });
    });
  }
  if (over) return engine_.on_loop([this, number = shard.number] { part_over(number); });
  engine_.post_next(shard, [this](engine::Shard& of) { slice(of); });
}

void Reevaluation::pause(std::size_t shard) {
  paused_.push_back(shard);
  if (!pause_->running()) pause_->start(RoundPart::kPause);
}

void Reevaluation::pause_over() {
  for (const std::size_t shard : std::exchange(paused_, {})) post_slice(shard);
}

void Reevaluation::visit_behind_slice(std::size_t shard, bool over) {
  const std::uint64_t began = steady_nanoseconds();
  RoundPart& part = *parts_[shard];
  for (const RoundPart::ForVisit& path : part.for_visit()) judge_in_visit(path, part.rib());
  part.visited();
  for (JudgedBy& by : judged_by_) {
    if (by.session == nullptr || !by.session->replaced.load(std::memory_order_relaxed)) continue;
    by = judged_by(static_cast<PeerSlot>(&by - judged_by_.data()));
  }
  engine_.advertise_later();
  longest_ = std::max(longest_, seconds_since(began));
  over ? part_over(shard) : post_slice(shard);
}

void Reevaluation::judge_in_visit(const RoundPart::ForVisit& path, rib::Rib& rib) {
  pipeline::Import* const import = this->import(path.slot);
  if (import == nullptr) return;
  const rib::Rib::Because because(rib, path.cause);
  if (path.unblock) return import->unblock(rib, path.id);
  count_evaluated({import->reevaluate(rib, path.id), 0});
}

pipeline::Import* Reevaluation::import(PeerSlot slot) const {
  Peer* const peer = neighbors_.at(slot);
  return peer != nullptr ? peer->import() : nullptr;
}

JudgedBy Reevaluation::judged_by(PeerSlot slot) const {
  pipeline::Import* const import = this->import(slot);
  if (import == nullptr) return {};
  return {import->session_rules(), import->near_blocking_limit()};
}

void Reevaluation::count_evaluated(const RoundPart::Evaluated& evaluated) {
  times_.reevaluated.add(evaluated.imports, evaluated.exports);
  if (round_.rules.by_reload) times_.last_reload.add(evaluated.imports, evaluated.exports);
}

void Reevaluation::part_over(std::size_t shard) {
  count_evaluated(parts_[shard]->evaluated());
  if (round_.rules.holds != 0) {
    engine_.post(shard, engine::Load::Light,
                 [holds = round_.rules.holds](engine::Shard& of) { of.rib.release_moves(holds); });
  }
  if (!engine_.has_pool()) longest_ = std::max(longest_, parts_[shard]->longest());
  if (--parts_left_ == 0) end();
}

void Reevaluation::end() {
  rib::ClientSet starved;
  for (const auto& part : parts_) starved |= part->starved();
  round_.judged(judged_by_.size()).for_each([&](PeerSlot slot) {
    pipeline::Import* const import = this->import(slot);
    if (import != nullptr && !import->end_reevaluation()) starved.insert(slot);
  });
  starved.for_each([this](PeerSlot slot) {
    if (Peer* const peer = neighbors_.at(slot); peer != nullptr) peer->refuse_resources();
  });
  if (!round_.rules.empty() && round_.rules.by_reload) {
    times_.reload_stall.add(longest_);
    spdlog::info("reload: {} received and {} advertised routes were evaluated again",
                 times_.last_reload.imports, times_.last_reload.exports);
  }
  // Before the next round, because new rules may come faster than a round is done.
  if (!round_.rules.empty()) walk_if_asked();
  const auto when_over = std::move(round_.when_over);
  round_ = {};
  parts_.clear();
  judged_by_.clear();
  longest_ = 0;
  running_ = false;
  for (const auto& done : when_over) done();
  if (!next_round_.empty()) begin();
}

}  // namespace tern::session
