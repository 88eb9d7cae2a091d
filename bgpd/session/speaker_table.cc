// What a speaker does over the whole table, in slices: two jobs at most, whatever neighbors do. One
// sweeps stale routes of all neighbors; the other goes round for all who wait for another thing.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <cassert>
#include <utility>

#include "bgpd/pipeline/attribute_sets.h"
#include "bgpd/session/speaker_impl.h"

namespace tern::session {
namespace {

constexpr rib::DestId kSlice = 1024;            // destinations per step of a job
constexpr std::size_t kSlicePaths = 16 * 1024;  // and paths, where a few have many

// Destinations of a shard from `next` on until the slice is over; returns how many.
template <typename Fn>
rib::DestId slice(rib::Rib& rib, rib::DestId next, rib::DestId most, Fn&& visit) {
  const rib::DestId end = std::min({rib.end() - next, most, kSlice}) + next;
  std::size_t paths = 0;
  rib::DestId id = next;
  for (; id < end && paths < kSlicePaths; ++id) {
    paths += rib.destination(id).paths.size();
    visit(id);
  }
  return id - next;
}

bool is_of(const pipeline::HostAddresses& next_hops, const rib::Rib& rib, rib::AttrRef received) {
  return !next_hops.empty() &&
         next_hops.contains(pipeline::next_hop_of(rib.attributes()[received]));
}

}  // namespace

// ---- Stale routes leave

// Requires all shards. What became stale since the job came by is found when it comes round.
void Speaker::Impl::sweep_later() {
  sweeps_.resize(shards_.size());
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    if (shards_[shard].stale_paths() == 0) continue;
    sweeps_[shard].left = shards_[shard].end();
    if (!std::exchange(sweeping_, true)) loop_.add_job([this] { return sweep_slice(); });
  }
}

// The shards take turns, so that a shard whose routes become stale again and again does not keep
// the others waiting.
bool Speaker::Impl::sweep_slice() {
  const auto turn = sweeps_.begin() + static_cast<std::ptrdiff_t>(sweeps_next_);
  const auto to_do = [](const SweepProgress& at) { return at.left > 0; };
  auto found = std::find_if(turn, sweeps_.end(), to_do);
  if (found == sweeps_.end()) found = std::find_if(sweeps_.begin(), turn, to_do);
  if (found == sweeps_.end() || !to_do(*found)) {
    sweeping_ = false;
    return true;
  }
  const auto shard = static_cast<std::size_t>(found - sweeps_.begin());
  sweeps_next_ = (shard + 1) % sweeps_.size();
  pool_.recall(shard);
  rib::Rib& rib = shards_[shard];
  if (found->next >= rib.end()) found->next = 0;
  const rib::DestId visited =
      slice(rib, found->next, found->left, [&rib](rib::DestId id) { rib.sweep(id); });
  found->next += visited;
  found->left -= visited;
  if (rib.stale_paths() == 0) found->left = 0;
  distribute();
  return false;
}

// ---- Prefixes that are gone

// As long as a listing or a neighbor that catches up may name one, its id keeps it.
void Speaker::Impl::look_at_idle() {
  std::size_t idle = 0;
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    if (!pool_.away(shard)) idle += shards_[shard].idle();
  }
  if (idle <= settings_->most_kept_prefixes || freeing_idle_ || bounding_) return;
  bounding_ = true;
  loop_.post([this] {
    bounding_ = false;
    bound_idle();
  });
}

// Who is slow loses: listings first, for they can be asked for again.
void Speaker::Impl::bound_idle() {
  recall_shards();
  bool pinned = false;
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) pinned |= shards_[shard].pinned();
  if (!pinned) {
    if (!std::exchange(freeing_idle_, true)) loop_.add_job([this] { return free_idle_slice(); });
    return;
  }
  if (!shares_.empty()) {
    if (revoke_shares() && on_revoked_) on_revoked_();
    return;
  }
  for (Peer* peer : members()) {
    if (peer->exported() == nullptr || !peer->exported()->lagging(0)) continue;
    spdlog::warn("peer {}: takes its updates too slowly, {} prefixes that are gone are kept for it",
                 peer->settings().name, settings_->most_kept_prefixes);
    peer->reset(wire::cease::kOutOfResources, {});
  }
}

bool Speaker::Impl::revoke_shares() {
  bool revoked = false;
  for (TableShare* share : shares_) revoked |= !share->revoked_.exchange(true);
  if (revoked) {
    spdlog::warn(
        "a listing of routes is ended: its reader is slow, and {} prefixes that are gone "
        "are kept for it",
        settings_->most_kept_prefixes);
  }
  return revoked;
}

bool Speaker::Impl::free_idle_slice() {
  bool more = false;
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    pool_.recall(shard);
    shards_[shard].free_idle(kSlice);
    more |= shards_[shard].idle() > 0 && !shards_[shard].pinned();
  }
  if (!more) freeing_idle_ = false;
  return !more;
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

// What was admitted under the old rules is stored first, so that the round finds it.
void Speaker::Impl::host_addresses_changed(const pipeline::HostAddresses& changed) {
  recall_shards();
  for (const auto& peer : peers_) {
    if (peer) peer->host_addresses_changed();
  }
  next_round_.next_hops = pipeline::HostAddresses::both(next_round_.next_hops, changed);
  round_later();
}

void Speaker::Impl::round_later() {
  if (!std::exchange(rounding_, true)) loop_.add_job([this] { return round_slice(); });
}

bool Speaker::Impl::round_slice() {
  if (round_.empty()) round_ = std::exchange(next_round_, {});
  const std::uint64_t begin = steady_nanoseconds();
  // A limit is held to the paths of all shards, so all are here (Import::reevaluate()).
  const bool limits = !round_.judge.empty() || !round_.unblock.empty() || !round_.next_hops.empty();
  if (limits) {
    recall_shards();
  } else {
    pool_.recall(round_at_.shard);
  }
  rib::Rib& rib = shards_[round_at_.shard];
  round_at_.id += slice(rib, round_at_.id, kSlice, [&](rib::DestId id) { visit(rib, id); });
  distribute();
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
