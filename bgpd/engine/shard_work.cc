// The jobs of the shards: what a slice does, and the tasks of the Engine that do the slices.
#include "bgpd/engine/shard_work.h"

#include <utility>

#include "bgpd/engine/engine.h"

namespace tern::engine {
namespace {

constexpr std::size_t kWalkSlice = 4096;  // destinations
constexpr std::size_t kIdleSlice = 1024;  // prefixes freed by one task

}  // namespace

// ---- Slices

Slice advertise_slice(Shard& shard, std::size_t most) {
  if (!shard.rib.has_changes()) {
    shard.oldest_read = shard.newest_read = 0;
    return {};
  }
  if (shard.advertiser.congested()) return {Progress::HeldBack, false};
  const bool more = shard.advertiser.advertise(most, shard.oldest_read);
  // The changes left are as young as the newest, or somewhat older.
  shard.oldest_read = more ? shard.newest_read : 0;
  return {more ? Progress::More : Progress::Done, shard.advertiser.take_appended()};
}

Slice walk_slice(Shard& shard) {
  if (!shard.advertiser.walking()) return {};
  if (shard.advertiser.walk_congested()) return {Progress::HeldBack, false};
  shard.advertiser.walk(kWalkSlice);
  return {shard.advertiser.walking() ? Progress::More : Progress::Done, true};
}

// Paths that expire behind the sweep are removed by its next round.
Progress sweep_slice(Shard& shard) {
  rib::Rib& rib = shard.rib;
  if (rib.expired_paths() == 0) shard.sweep_left = 0;
  if (shard.sweep_left == 0) return Progress::Done;
  if (shard.sweep_next >= rib.end()) shard.sweep_next = 0;
  const rib::DestId visited =
      for_slice(rib, shard.sweep_next, shard.sweep_left, [&rib](rib::DestId id) { rib.sweep(id); });
  shard.sweep_next += visited;
  shard.sweep_left -= visited;
  return rib.expired_paths() == 0 ? Progress::Done : Progress::More;
}

bool Engine::note(Shard& shard, bool advertised) {
  const std::size_t idle = shard.rib.idle();
  const std::size_t before =
      states_[shard.number]->idle_prefixes.exchange(idle, std::memory_order_relaxed);
  if (advertised) advertised_.store(true);
  return advertised || idle > before;
}

// ---- Advertising

const Engine::Job Engine::kAdvertise{&Engine::advertise_posted_, &ShardState::advertise_waits,
                                     &Engine::advertise};
const Engine::Job Engine::kWalk{&Engine::walk_posted_, &ShardState::walk_waits, &Engine::walk};

void Engine::advertise_later() { later(kAdvertise); }

void Engine::walk_later() { later(kWalk); }

// The owner of the loop destroys the engine when the loop runs no more, so the function that is
// posted needs no guard.
void Engine::later(const Job& job) {
  if (std::exchange(this->*job.posted, true)) return;
  post_([this, &job] {
    this->*job.posted = false;
    run(job, load());
    sink_.advertised();
  });
}

void Engine::run(const Job& job, Load load) {
  for (const auto& state : states_) {
    if (takes(*state, load)) {
      (this->*job.slice)(state->shard);
      resume(state->shard.number);
    } else {
      post_slice(job, state->shard);
    }
  }
}

// Posts no second task while one waits.
void Engine::post_slice(const Job& job, Shard& shard) {
  if ((states_[shard.number].get()->*job.waits).exchange(true)) return;
  post_next(shard, [this, &job](Shard& of) {
    if ((this->*job.slice)(of)) notify_loop();
  });
}

void Engine::advertise(Load load) { run(kAdvertise, load); }

bool Engine::advertise(Shard& shard) {
  ShardState& state = *states_[shard.number];
  state.advertise_waits.exchange(false);  // also acquire: sees whether the flood was over by then
  const Slice slice = advertise_slice(shard, slice_);
  bool more = slice.progress == Progress::More && !flooded_.load(std::memory_order_relaxed);
  if (slice.progress == Progress::HeldBack) {
    held_back_.fetch_or(bit(shard.number), std::memory_order_acq_rel);
    more = !shard.advertiser.congested();  // see go_on()
  }
  if (more) post_slice(kAdvertise, shard);
  return note(shard, slice.advertised);
}

void Engine::advertise_changes(Shard& shard) {
  if (advertise(shard)) notify_loop();
}

void Engine::walk(Load load) { run(kWalk, load); }

bool Engine::walk(Shard& shard) {
  ShardState& state = *states_[shard.number];
  state.walk_waits.store(false);
  const Slice slice = walk_slice(shard);
  bool more = slice.progress == Progress::More;
  if (slice.progress == Progress::HeldBack) {
    walk_held_back_.fetch_or(bit(shard.number), std::memory_order_acq_rel);
    more = !shard.advertiser.walk_congested();  // see go_on()
  }
  if (more) post_slice(kWalk, shard);
  return note(shard, slice.advertised);
}

void Engine::resync(std::size_t shard, PeerSlot client, Load load) {
  ShardState& state = *states_[shard];
  if (takes(state, load)) {
    state.shard.advertiser.resync(client);
    return resume(shard);
  }
  post_next(state.shard, [this, client](Shard& of) {
    of.advertiser.resync(client);
    on_loop([this, client] { sink_.resynced(client); });
  });
}

// The loop moves a client's cursor, then takes the bits. A strand that holds back sets its bit,
// then looks at the cursors again. If the loop's exchange comes first, the strand acquires what the
// loop released, and sees the cursor; if the strand's comes first, the loop sees the bit.
bool Engine::go_on() {
  const bool changes = held_back_.exchange(0, std::memory_order_acq_rel) != 0;
  const bool walks = walk_held_back_.exchange(0, std::memory_order_acq_rel) != 0;
  if (changes) advertise(Load::Heavy);
  if (walks) walk(Load::Heavy);
  return changes || walks;
}

// ---- Routes and prefixes that are gone

void Engine::sweep() {
  post_each(Load::Light, [this](Shard& shard) {
    if (shard.rib.expired_paths() == 0) return;
    shard.sweep_left = shard.rib.end();
    if (!std::exchange(shard.sweeping, true)) {
      post_next(shard, [this](Shard& next) { sweep(next); });
    }
  });
}

void Engine::sweep(Shard& shard) {
  shard.sweeping = sweep_slice(shard) == Progress::More;
  advertise_changes(shard);
  if (shard.sweeping) post_next(shard, [this](Shard& next) { sweep(next); });
}

void Engine::free_idle() {
  post_each(Load::Light, [this](Shard& shard) {
    if (shard.rib.idle() == 0 || std::exchange(shard.freeing_idle, true)) return;
    free_idle(shard);
  });
}

void Engine::free_idle(Shard& shard) {
  shard.rib.free_idle(kIdleSlice);
  shard.freeing_idle = shard.rib.idle() > 0 && !shard.rib.pinned();
  note(shard, false);
  if (shard.freeing_idle) post_next(shard, [this](Shard& next) { free_idle(next); });
}

}  // namespace tern::engine
