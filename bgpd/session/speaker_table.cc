// What a speaker does over the whole table, in slices: one round at a time, whatever neighbors do,
// for all whose routes are to be looked at anew.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <cassert>
#include <utility>

#include "bgpd/engine/shard_work.h"
#include "bgpd/pipeline/attribute_sets.h"
#include "bgpd/session/journal_subscription.h"
#include "bgpd/session/speaker_impl.h"

namespace tern::session {
namespace {

bool is_of(const pipeline::HostAddresses& next_hops, const rib::Rib& rib, rib::AttrRef received) {
  return !next_hops.empty() &&
         next_hops.contains(pipeline::next_hop_of(rib.attributes()[received]));
}

}  // namespace

// ---- Prefixes that are gone

// As long as a listing or a neighbor that catches up may name one, its id keeps it.
void Speaker::Impl::look_at_idle() {
  if (engine_.idle_prefixes() <= settings_->most_kept_prefixes || freeing_idle_) return;
  if (std::exchange(bounding_, true)) return;
  engine_.visit_all([this] {
    bounding_ = false;
    bound_idle();
  });
}

// Who is slow loses: listings and streams first, for they can be asked for again.
void Speaker::Impl::bound_idle() {
  bool pinned = false;
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) pinned |= shards_[shard].pinned();
  if (!pinned) {
    freeing_idle_ = true;
    return engine_.free_idle();
  }
  if (!shares_.empty() || !subscriptions_.empty()) {
    if (revoke_shares() && on_revoked_) on_revoked_();
    return;
  }
  for (Peer* peer : members()) {
    if (peer->exported() == nullptr || !peer->exported()->lagging()) continue;
    spdlog::warn("peer {}: takes its updates too slowly, {} prefixes that are gone are kept for it",
                 peer->settings().name, settings_->most_kept_prefixes);
    peer->reset(wire::cease::kOutOfResources, {});
  }
}

bool Speaker::Impl::revoke_shares() {
  bool revoked = false;
  for (TableShare* share : shares_) revoked |= !share->revoked_.exchange(true);
  for (JournalSubscription* each : subscriptions_) {
    revoked |= !std::exchange(each->revoked_, true);
  }
  if (revoked) {
    spdlog::warn(
        "a listing or a stream of routes is ended: its reader is slow, and {} prefixes that are "
        "gone are kept for it",
        settings_->most_kept_prefixes);
  }
  return revoked;
}

// ---- Rounds

void Speaker::Impl::rank_changed(PeerSlot slot) {
  if (!shards_.has_paths(slot)) return;
  next_round_.rank.insert(slot);
  round_later();
}

void Speaker::Impl::unblock_later(PeerSlot slot) {
  next_round_.unblock.insert(slot);
  round_later();
}

void Speaker::Impl::reevaluate(const std::vector<PeerSlot>& stale, bool rank_all) {
  for (const PeerSlot slot : stale) next_round_.judge.insert(slot);
  next_round_.rank_all |= rank_all;
  round_later();
}

// What was admitted under the old rules is stored before the round, which so finds it.
void Speaker::Impl::host_addresses_changed(const pipeline::HostAddresses& changed) {
  for (const auto& peer : peers_) {
    if (peer) peer->host_addresses_changed();
  }
  next_round_.next_hops = pipeline::HostAddresses::both(next_round_.next_hops, changed);
  round_later();
}

void Speaker::Impl::round_later() {
  if (!std::exchange(rounding_, true)) next_slice();
}

// Each in a turn of its own, behind what waits for the shards. A limit is held to the paths of all
// shards, so all are visited then (Import::reevaluate()).
void Speaker::Impl::next_slice() {
  loop_.post([this] {
    if (round_.empty()) round_ = std::exchange(next_round_, {});
    const bool limits =
        !round_.judge.empty() || !round_.unblock.empty() || !round_.next_hops.empty();
    const auto one = pipeline::ShardBits{1} << round_at_.shard;
    engine_.visit(limits ? engine_.all() : one, 0, [this] {
      if (!round_slice()) next_slice();
    });
  });
}

bool Speaker::Impl::round_slice() {
  const std::uint64_t begin = steady_nanoseconds();
  rib::Rib& rib = shards_[round_at_.shard];
  round_at_.id += engine::for_slice(rib, round_at_.id, engine::kSliceDestinations,
                                    [&](rib::DestId id) { visit(rib, id); });
  distribute_later();
  round_longest_ = std::max(round_longest_, seconds_since(begin));
  if (round_at_.id < rib.end()) return false;
  round_at_ = {round_at_.shard + 1, 0};
  if (round_at_.shard < shards_.size()) return false;
  end_round();
  rounding_ = !next_round_.empty();
  return !rounding_;
}

// Sorts the slots.
template <typename Fn>
void Speaker::Impl::for_each_import(std::vector<PeerSlot>& slots, Fn&& fn) {
  std::ranges::sort(slots);
  slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
  for (const PeerSlot slot : slots) {
    if (peers_[slot] && peers_[slot]->import()) fn(*peers_[slot]->import());
  }
}

// Judged by the rules of now, between which updates flow.
void Speaker::Impl::visit(rib::Rib& rib, rib::DestId id) {
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

void Speaker::Impl::end_round() {
  const auto give_back = [this](PeerSlot slot) {
    if (!peers_[slot] || !peers_[slot]->import()) return;
    if (!peers_[slot]->import()->end_reevaluation()) peers_[slot]->refuse_resources();
  };
  round_.judge.for_each(give_back);
  round_.unblock.for_each(give_back);
  if (!round_.next_hops.empty()) {
    for (PeerSlot slot = 0; slot < peers_.size(); ++slot) give_back(slot);
  }
  if (round_.is_reload()) {
    times_.reload_stall.add(round_longest_);
    // Not behind the next round: reloads may come faster than one is done.
    walk_waiting_rules();
  }
  round_ = {};
  round_at_ = {};
  round_longest_ = 0;
}

}  // namespace tern::session
