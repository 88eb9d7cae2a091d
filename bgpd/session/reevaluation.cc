#include "bgpd/session/reevaluation.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "bgpd/engine/shard_work.h"
#include "bgpd/pipeline/attribute_sets.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/neighbors.h"
#include "bgpd/session/speaker_times.h"

namespace tern::session {
namespace {

bool is_of(const pipeline::HostAddresses& next_hops, const rib::Rib& rib, rib::AttrRef received) {
  return !next_hops.empty() &&
         next_hops.contains(pipeline::next_hop_of(rib.attributes()[received]));
}

}  // namespace

Reevaluation::Reevaluation(Loop& loop, engine::Engine& engine, Neighbors& neighbors,
                           SpeakerTimes& times)
    : loop_(loop), engine_(engine), neighbors_(neighbors), times_(times) {}

// ---- Requests

void Reevaluation::RulesChange::add(PeerSlot slot, const SettingsChange& change) {
  if (change.imports.everything) judge.insert(slot);
  walk |= change.exports.everything;
  const auto of = [this](const std::shared_ptr<const policy::PrefixChange>& program) -> auto& {
    const auto known = std::ranges::find(sets, program, &ChangedPrefixes::prefixes);
    return known != sets.end() ? *known : sets.emplace_back(ChangedPrefixes{program, {}, {}});
  };
  for (const auto& program : change.imports.programs) of(program).imports.insert(slot);
  for (const auto& program : change.exports.programs) of(program).exports.insert(slot);
}

void Reevaluation::RulesChange::add(RulesChange&& other) {
  by_reload |= other.by_reload && !other.empty();
  std::ranges::move(other.sets, std::back_inserter(sets));
  judge |= other.judge;
  rank_all |= other.rank_all;
  walk |= other.walk;
}

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

void Reevaluation::next_hops_changed(const pipeline::HostAddresses& changed) {
  next_round_.next_hops = pipeline::HostAddresses::both(next_round_.next_hops, changed);
  begin();
}

// Changes that wait for the next round become one.
void Reevaluation::ranges_changed(std::vector<policy::PrefixRange> ranges,
                                  const rib::ClientSet& imports, const rib::ClientSet& exports) {
  if (ranges.empty() || (imports.empty() && exports.empty())) return;
  ChangedPrefixes all{nullptr, imports, exports};
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
                                   std::function<void()> visited) {
  rib::ClientSet clients;
  for (const Peer* peer : neighbors_.members()) {
    if (peer->established()) clients.insert(peer->slot());
  }
  if (clients.empty()) return visited();
  next_round_.visited.push_back(std::move(visited));
  ranges_changed(std::move(ranges), {}, clients);
}

void Reevaluation::walk_if_asked() {
  if (std::exchange(walk_asked_, false)) engine_.walk_later();
}

// ---- A round

void Reevaluation::begin() {
  if (!std::exchange(running_, true)) next_slice();
}

// Each slice runs in a turn of its own, behind the tasks that wait for the shards.
void Reevaluation::next_slice() {
  loop_.post([this] {
    if (round_.empty()) round_ = std::exchange(next_round_, {});
    const auto one = engine::ShardBits{1} << at_.shard;
    engine_.visit(round_.needs_all_shards() ? engine_.all() : one, 0, [this] {
      if (!slice()) next_slice();
    });
  });
}

// True when no round is left.
bool Reevaluation::slice() {
  const std::uint64_t begin = steady_nanoseconds();
  const bool in_changes = change_at_.change < round_.changed();
  const bool done = in_changes ? slice_of_changes() && !round_.visits_all() : slice_of_table();
  engine_.advertise_later();
  longest_ = std::max(longest_, seconds_since(begin));
  if (!done) return false;
  end();
  running_ = !next_round_.empty();
  return !running_;
}

// The destinations that changed prefixes concern. True when they are done.
bool Reevaluation::slice_of_changes() {
  std::size_t left = engine::kSliceDestinations;
  auto& [change, shard, walk] = change_at_;
  while (change < round_.changed()) {
    const ChangedPrefixes& changed = round_.changed(change);
    rib::Rib& rib = engine_.shards()[shard];
    const std::size_t looks = walk.slice(rib, changed.prefixes->ranges(), left,
                                         [&](rib::DestId id) { visit(rib, id, changed); });
    if (looks >= left) return false;
    left -= looks;
    const bool last = shard + 1 == engine_.shards().size();
    change_at_ = last ? ChangeAt{change + 1, 0, {}} : ChangeAt{change, shard + 1, {}};
  }
  return true;
}

// All destinations. True when they are done.
bool Reevaluation::slice_of_table() {
  rib::Rib& rib = engine_.shards()[at_.shard];
  at_.id += engine::for_slice(rib, at_.id, engine::kSliceDestinations,
                              [&](rib::DestId id) { visit(rib, id); });
  if (at_.id < rib.end()) return false;
  at_ = {at_.shard + 1, 0};
  return at_.shard == engine_.shards().size();
}

void Reevaluation::count_evaluated(std::size_t imports, std::size_t exports) {
  times_.reevaluated.add(imports, exports);
  if (round_.rules.by_reload) times_.last_reload.add(imports, exports);
}

// Sorts the slots.
template <typename Fn>
void Reevaluation::for_each_import(std::vector<PeerSlot>& slots, Fn&& fn) {
  std::ranges::sort(slots);
  slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
  for (const PeerSlot slot : slots) {
    Peer* const peer = neighbors_.at(slot);
    if (peer != nullptr && peer->import() != nullptr) fn(*peer->import());
  }
}

// Judges by the present rules; UPDATEs are stored between the slices.
void Reevaluation::visit(rib::Rib& rib, rib::DestId id) {
  concerned_.clear();
  blocked_.clear();
  const rib::Destination destination = rib.destination(id);
  for (std::size_t i = 0; i < destination.paths.size(); ++i) {
    const PeerSlot slot = destination.paths[i].peer();
    if (round_.rules.judge.contains(slot) ||
        is_of(round_.next_hops, rib, destination.received(i))) {
      concerned_.push_back(slot);
    } else if (round_.unblock.contains(slot)) {
      blocked_.push_back(slot);
    }
  }
  judge_concerned(rib, id);
  for_each_import(blocked_, [&](pipeline::Import& import) { import.unblock(rib, id); });
  if (round_.rules.rank_all) rib.rank(id);
  if (!round_.rank.empty()) rib.rank(id, round_.rank);
}

// The clients have their new rules already.
void Reevaluation::visit(rib::Rib& rib, rib::DestId id, const ChangedPrefixes& changed) {
  if (!changed.prefixes->touches(rib.prefix(id))) return;
  const rib::Destination destination = rib.destination(id);
  concerned_.clear();
  for (const rib::Path& path : destination.paths) {
    if (changed.imports.contains(path.peer())) concerned_.push_back(path.peer());
  }
  if (!changed.exports.empty() && destination.accepted > 0) {
    rib.note_changed(id);
    count_evaluated(0, changed.exports.size());
  }
  judge_concerned(rib, id);
}

void Reevaluation::judge_concerned(rib::Rib& rib, rib::DestId id) {
  for_each_import(concerned_, [&](pipeline::Import& import) {
    count_evaluated(import.reevaluate(rib, id), 0);
  });
}

void Reevaluation::end() {
  const auto give_back = [this](PeerSlot slot) {
    Peer* const peer = neighbors_.at(slot);
    if (peer == nullptr || peer->import() == nullptr) return;
    if (!peer->import()->end_reevaluation()) peer->refuse_resources();
  };
  round_.rules.judge.for_each(give_back);
  for (std::size_t i = 0; i < round_.changed(); ++i) round_.changed(i).imports.for_each(give_back);
  round_.unblock.for_each(give_back);
  if (!round_.next_hops.empty()) {
    for (PeerSlot slot = 0; slot < neighbors_.slots().size(); ++slot) give_back(slot);
  }
  if (!round_.rules.empty() && round_.rules.by_reload) {
    times_.reload_stall.add(longest_);
    spdlog::info("reload: {} received and {} advertised routes were evaluated again",
                 times_.last_reload.imports, times_.last_reload.exports);
  }
  // Before the next round, because new rules may come faster than a round is done.
  if (!round_.rules.empty()) walk_if_asked();
  const auto visited = std::move(round_.visited);
  round_ = {};
  change_at_ = {};
  at_ = {};
  longest_ = 0;
  for (const auto& done : visited) done();
}

}  // namespace tern::session
