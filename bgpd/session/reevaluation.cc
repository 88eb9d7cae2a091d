#include "bgpd/session/reevaluation.h"

#include <algorithm>
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

void Reevaluation::reload(const Reload& reload) {
  for (const PeerSlot slot : reload.judge) next_round_.judge.insert(slot);
  next_round_.rank_all |= reload.rank_all;
  walk_asked_ |= reload.walk;
  if (!reload.judge.empty() || reload.rank_all) begin();
  if (!round_.is_reload() && !next_round_.is_reload()) walk_if_asked();
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

void Reevaluation::walk_if_asked() {
  if (std::exchange(walk_asked_, false)) engine_.walk_later();
}

// ---- A round

void Reevaluation::begin() {
  if (!std::exchange(running_, true)) next_slice();
}

// Each slice in a turn of its own, behind what waits for the shards. A limit is held to the paths
// of all shards, so all are visited then (Import::reevaluate()).
void Reevaluation::next_slice() {
  loop_.post([this] {
    if (round_.empty()) round_ = std::exchange(next_round_, {});
    const bool limits =
        !round_.judge.empty() || !round_.unblock.empty() || !round_.next_hops.empty();
    const auto one = engine::ShardBits{1} << at_.shard;
    engine_.visit(limits ? engine_.all() : one, 0, [this] {
      if (!slice()) next_slice();
    });
  });
}

// True when no round is left.
bool Reevaluation::slice() {
  const std::uint64_t begin = steady_nanoseconds();
  rib::Rib& rib = engine_.shards()[at_.shard];
  at_.id += engine::for_slice(rib, at_.id, engine::kSliceDestinations,
                              [&](rib::DestId id) { visit(rib, id); });
  engine_.advertise_later();
  longest_ = std::max(longest_, seconds_since(begin));
  if (at_.id < rib.end()) return false;
  at_ = {at_.shard + 1, 0};
  if (at_.shard < engine_.shards().size()) return false;
  end();
  running_ = !next_round_.empty();
  return !running_;
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

// Judges by the rules of now: updates flow between the slices.
void Reevaluation::visit(rib::Rib& rib, rib::DestId id) {
  concerned_.clear();
  blocked_.clear();
  const rib::Destination destination = rib.destination(id);
  for (std::size_t i = 0; i < destination.paths.size(); ++i) {
    const PeerSlot slot = destination.paths[i].peer();
    if (round_.judge.contains(slot) || is_of(round_.next_hops, rib, destination.received(i))) {
      concerned_.push_back(slot);
    } else if (round_.unblock.contains(slot)) {
      blocked_.push_back(slot);
    }
  }
  for_each_import(concerned_, [&](pipeline::Import& import) { import.reevaluate(rib, id); });
  for_each_import(blocked_, [&](pipeline::Import& import) { import.unblock(rib, id); });
  if (round_.rank_all) rib.rank(id);
  if (!round_.rank.empty()) rib.rank(id, round_.rank);
}

void Reevaluation::end() {
  const auto give_back = [this](PeerSlot slot) {
    Peer* const peer = neighbors_.at(slot);
    if (peer == nullptr || peer->import() == nullptr) return;
    if (!peer->import()->end_reevaluation()) peer->refuse_resources();
  };
  round_.judge.for_each(give_back);
  round_.unblock.for_each(give_back);
  if (!round_.next_hops.empty()) {
    for (PeerSlot slot = 0; slot < neighbors_.slots().size(); ++slot) give_back(slot);
  }
  if (round_.is_reload()) {
    times_.reload_stall.add(longest_);
    // Not behind the next round: reloads may come faster than a round is done.
    walk_if_asked();
  }
  round_ = {};
  at_ = {};
  longest_ = 0;
}

}  // namespace tern::session
