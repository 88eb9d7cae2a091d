// What a speaker does with routes: telling of changes, walks for new clients, and the jobs that go
// over the whole table.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio.hpp>

#include "bgpd/session/speaker_impl.h"

namespace tern::session {
namespace {

constexpr rib::DestId kSlice = 1024;  // destinations per step of a job

}  // namespace

// ---- What changed

void Speaker::Impl::stored(std::uint64_t read_time) {
  if (read_time != 0) times_.burst_handling.add(seconds_since(read_time));
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) pool_.note_read(shard, read_time);
}

void Speaker::Impl::store(PeerSlot slot, pipeline::JudgedRoutes& routes, std::uint64_t read_time,
                          bool flood) {
  const auto where = flood ? ShardPool::Where::There : ShardPool::Where::Here;
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    if (routes.shards[shard].empty()) continue;
    pool_.store(shard, slot, routes.shards[shard], read_time, unix_seconds(), where);
  }
  routes.clear();
}

bool Speaker::Impl::flooded() const {
  return std::ranges::any_of(bulk_readers_, [](const auto& reader) { return reader->busy(); });
}

std::uint64_t Speaker::Impl::loans() const {
  std::uint64_t loans = 0;
  for (const auto& reader : bulk_readers_) loans += reader->loans();
  return loans;
}

// When all that have neighbours to read came round.
void Speaker::Impl::round_ended(const BulkReader& reader) {
  const auto waits_for = [this](const BulkReader* other) {
    return std::ranges::find(rounds_ended_, other) == rounds_ended_.end();
  };
  if (waits_for(&reader)) rounds_ended_.push_back(&reader);
  for (const auto& other : bulk_readers_) {
    if (other->busy() && waits_for(other.get())) return;
  }
  rounds_ended_.clear();
  distribute_later();
}

// Behind whatever else is ready to be read: a flood packs itself, a lone UPDATE waits for nobody.
void Speaker::Impl::distribute_later() {
  if (std::exchange(distribute_posted_, true)) return;
  loop_.post([this] {
    distribute_posted_ = false;
    distribute();
  });
}

void Speaker::Impl::distribute() {
  held_back_ = false;
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) pool_.tell(shard, where(shard));
  pump_told();
  // In a flood the readers are awake and look after it.
  if (!bulk_readers_.empty() && shards_.asks_for_memory()) bulk_readers_.front()->prepare_memory();
}

void Speaker::Impl::shard_worked(std::size_t shard, const ShardOutcome& outcome) {
  const pipeline::ShardBits bit = pipeline::ShardBits{1} << shard;
  if (outcome.told) told_ |= bit;
  if (outcome.said_all) much_left_ &= ~bit;
  if (outcome.left || outcome.walking) much_left_ |= bit;
  held_back_ |= outcome.held_back;
  // In a flood with the next round: what waits meanwhile is told once instead of with each path.
  if (outcome.left && !flooded()) distribute_later();
  if (outcome.walking) walk_later();
  walk_held_back_ |= outcome.walk_held_back;
  if (outcome.stored_read != 0) times_.burst_handling.add(seconds_since(outcome.stored_read));
}

void Speaker::Impl::shards_back() {
  pump_told();
  for (const auto& reader : bulk_readers_) reader->go_on();
}

// The caller is in the middle of something: what was told meanwhile is written a turn later.
void Speaker::Impl::recall_shards() {
  if (pool_.idle()) return;
  pool_.recall();
  loop_.post([this] { pump_told(); });
}

void Speaker::Impl::pump_told() {
  const pipeline::ShardBits here = told_ & ~away();
  if (here == 0) return;
  told_ &= ~here;
  pump_established();
}

void Speaker::Impl::pump_established() {
  for (const auto& peer : peers_) {
    if (!peer || !peer->established()) continue;
    if (peer->pump()) pump_later(*peer);
    keep_alive();
  }
}

void Speaker::Impl::walk_later() {
  if (std::exchange(walk_posted_, true)) return;
  loop_.post([this] { walk(); });
}

void Speaker::Impl::walk() {
  walk_posted_ = walk_held_back_ = false;
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) pool_.walk(shard, where(shard));
  pump_told();
}

void Speaker::Impl::walk_waiting_rules() {
  if (std::exchange(rules_wait_, false)) walk_later();
}

void Speaker::Impl::room_made() {
  if (held_back_) distribute_later();
  if (walk_held_back_) walk_later();
}

void Speaker::Impl::pump_later(Peer& peer) {
  if (!waits_to_pump_[peer.slot()]) {
    waits_to_pump_[peer.slot()] = true;
    to_pump_.push_back(peer.slot());
  }
  if (pump_posted_) return;
  pump_posted_ = true;
  loop_.post([this] { pump_all(); });
}

// What shards on loan have for these clients is written when they are back.
void Speaker::Impl::pump_all() {
  pump_posted_ = false;
  told_ |= away();
  std::vector<PeerSlot> slots;
  slots.swap(to_pump_);
  for (const PeerSlot slot : slots) {
    waits_to_pump_[slot] = false;
    if (peers_[slot] && peers_[slot]->pump()) pump_later(*peers_[slot]);
    keep_alive();
  }
  room_made();
}

template <typename Fn>
bool Speaker::Impl::slice_over_table(Progress& at, Fn&& visit) {
  pool_.recall(at.shard);
  rib::Rib& rib = shards_[at.shard];
  const rib::DestId end = std::min(rib.end(), at.next + kSlice);
  for (; at.next < end; ++at.next) visit(rib, at.next);
  distribute();
  if (at.next < rib.end()) return false;
  at.next = 0;
  return ++at.shard == shards_.size();
}

void Speaker::Impl::over_table(Visit visit, std::function<void(double)> done) {
  struct State {
    Visit visit;
    std::function<void(double)> done;
    Progress at;
    double longest = 0;
  };
  auto state = std::make_shared<State>(State{std::move(visit), std::move(done), {}, 0});
  loop_.add_job([this, state] {
    const std::uint64_t begin = steady_nanoseconds();
    const bool last = slice_over_table(state->at, state->visit);
    state->longest = std::max(state->longest, seconds_since(begin));
    if (last && state->done) state->done(state->longest);
    return last;
  });
}

void Speaker::Impl::session_ended(Peer& peer) {
  const PeerSlot slot = peer.slot();
  ++sweeping_[slot];
  over_table([slot, fresh = shards_.generations(slot)](
                 rib::Rib& rib, rib::DestId id) { rib.sweep(id, slot, fresh); },
             [this, slot](double) { --sweeping_[slot]; });
}

void Speaker::Impl::rank_changed(PeerSlot slot) {
  const rib::PeerCounts counts = shards_.counts(slot);
  const bool empty = std::all_of(counts.families.begin(), counts.families.end(),
                                 [](const auto& family) { return family.received == 0; });
  if (empty) return;
  over_table([slot](rib::Rib& rib, rib::DestId id) { rib.rank(id, slot); }, nullptr);
}

// One job for a slot and family, however often a neighbour asks: a new demand starts it over.
void Speaker::Impl::sweep(PeerSlot slot, Family family) {
  RefreshSweep& sweep = refresh_sweeps_[{slot, family}];
  sweep.fresh = shards_.generations(slot);
  sweep.at = {};
  if (std::exchange(sweep.running, true)) return;
  ++sweeping_[slot];
  loop_.add_job([this, slot, family] {
    RefreshSweep& state = refresh_sweeps_[{slot, family}];
    const bool last = slice_over_table(
        state.at, [&](rib::Rib& rib, rib::DestId id) { rib.sweep(id, slot, state.fresh, family); });
    if (!last) return false;
    refresh_sweeps_.erase({slot, family});
    --sweeping_[slot];
    return true;
  });
}

void Speaker::Impl::end_of_rib(Peer& peer, Family family) {
  spdlog::debug("peer {}: End-of-RIB of {}", peer.settings().name, to_string(family));
  if (times_.convergence_seconds != 0) return;
  for (const auto& other : peers_) {
    if (other && !other->dynamic() && other->admin_up() && !other->heard_end_of_rib()) return;
  }
  times_.convergence_seconds = seconds_since(started_at_);
  spdlog::info("every neighbour sent its table: {:.3f} s after the start",
               times_.convergence_seconds);
  if (!announcing_) open_announcements();
}

void Speaker::Impl::open_announcements() {
  if (announcing_) return;
  announcing_ = true;
  startup_.stop();
  for (const auto& peer : peers_) {
    if (peer) peer->begin_announcing();
  }
}

// ---- Over the whole table

// Judges again what the stale peers sent, in slices between which updates flow. A limit is held to
// the paths of all shards, so all are here (Import::reevaluate()).
void Speaker::Impl::reevaluate(std::vector<bool> stale, bool rank_all) {
  const auto visit = [this, rank_all, stale = std::move(stale), peers = std::vector<PeerSlot>{}](
                         rib::Rib& rib, rib::DestId id) mutable {
    if (away() != 0) recall_shards();
    peers.clear();
    for (const rib::Path& path : rib.destination(id).paths) {
      if (path.peer() < stale.size() && stale[path.peer()]) peers.push_back(path.peer());
    }
    std::sort(peers.begin(), peers.end());
    peers.erase(std::unique(peers.begin(), peers.end()), peers.end());
    for (const PeerSlot slot : peers) {
      if (peers_[slot] && peers_[slot]->import()) peers_[slot]->import()->reevaluate(rib, id);
    }
    if (rank_all) rib.rank(id);
  };
  ++judging_;
  over_table(visit, [this](double longest) {
    for (const auto& peer : peers_) {
      if (peer && peer->import()) peer->import()->end_reevaluation();
    }
    times_.reload_stall.add(longest);
    // Not behind all jobs: reloads may come faster than one is done.
    --judging_;
    walk_waiting_rules();
  });
}

}  // namespace tern::session
