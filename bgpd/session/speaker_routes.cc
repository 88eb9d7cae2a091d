// What a speaker does with routes: telling of changes, and walks for new clients.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio.hpp>

#include "bgpd/session/speaker_impl.h"

namespace tern::session {
// ---- What changed

void Speaker::Impl::stored(std::uint64_t read_time) {
  if (read_time != 0) times_.burst_handling.add(seconds_since(read_time));
  engine_.note_read(read_time);
}

void Speaker::Impl::store(PeerSlot slot, pipeline::JudgedRoutes& routes, std::uint64_t read_time,
                          bool flood) {
  const engine::Load load = flood ? engine::Load::Heavy : engine::Load::Light;
  bool done = false;
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    if (routes.shards[shard].empty()) continue;
    done |= engine_.store(shard, slot, routes.shards[shard], read_time, unix_seconds(), load);
  }
  routes.clear();
  if (done && read_time != 0) times_.burst_handling.add(seconds_since(read_time));
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
  engine_.set_flooded(flooded());
  engine_.advertise(load());
  pump_told();
  look_at_idle();
  // In a flood the readers are awake and look after it.
  if (!bulk_readers_.empty() && shards_.asks_for_memory()) bulk_readers_.front()->prepare_memory();
}

// ---- What the strands did

void Speaker::Impl::worked() {
  const std::uint64_t read_time = engine_.take_stored_read();
  if (read_time != 0) times_.burst_handling.add(seconds_since(read_time));
  pump_told();
  look_at_idle();
  for (const auto& reader : bulk_readers_) reader->go_on();
  std::vector<std::shared_ptr<Connection>> held_up;
  held_up.swap(held_up_);
  for (const auto& connection : held_up) connection->go_on();
}

bool Speaker::Impl::holds_up(Connection& connection) {
  if (!engine_.full()) return false;
  held_up_.push_back(connection.shared_from_this());
  return true;
}

// ---- Writing

void Speaker::Impl::pump_told() {
  if (!engine_.take_advertised()) return;
  for (const auto& peer : peers_) {
    if (!peer || !peer->established()) continue;
    if (peer->pump()) pump_later(*peer);
    keep_alive();
  }
  room_made();  // also where all of it was for others
}

void Speaker::Impl::walk_later() {
  if (std::exchange(walk_posted_, true)) return;
  loop_.post([this] { walk(); });
}

void Speaker::Impl::walk() {
  walk_posted_ = false;
  engine_.walk(load());
  pump_told();
}

void Speaker::Impl::walk_waiting_rules() {
  if (std::exchange(rules_wait_, false)) walk_later();
}

// The caller is writing: what goes on is written a turn later.
void Speaker::Impl::room_made() {
  if (engine_.go_on()) loop_.post([this] { pump_told(); });
}

void Speaker::Impl::resync(PeerSlot slot, pipeline::ShardBits shards) {
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    if (((shards >> shard) & 1U) != 0) engine_.resync(shard, slot, load());
  }
}

void Speaker::Impl::resynced(PeerSlot slot) {
  if (peers_[slot] && peers_[slot]->established()) pump_later(*peers_[slot]);
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

void Speaker::Impl::pump_all() {
  pump_posted_ = false;
  std::vector<PeerSlot> slots;
  slots.swap(to_pump_);
  for (const PeerSlot slot : slots) waits_to_pump_[slot] = false;
  for (const PeerSlot slot : slots) {
    if (peers_[slot] && peers_[slot]->pump()) pump_later(*peers_[slot]);
    keep_alive();
  }
  room_made();
}

void Speaker::Impl::end_of_rib(Peer& peer, Family family) {
  spdlog::debug("peer {}: End-of-RIB of {}", peer.settings().name, to_string(family));
  look_for_convergence();
}

// A neighbor that never came up does not count once it had the time of an attempt to connect.
void Speaker::Impl::look_for_convergence() {
  if (times_.convergence_seconds != 0) return;
  const double now = seconds_since(started_at_);
  std::uint32_t heard = 0;
  std::uint32_t absent = 0;
  for (const auto& peer : peers_) {
    if (!peer || peer->left() || peer->dynamic() || !peer->admin_up()) continue;
    if (peer->heard_end_of_rib()) {
      ++heard;
      continue;
    }
    const std::chrono::duration<double> wait = peer->settings().fsm.connect_retry;
    if (peer->was_established() || now < wait.count()) return;
    ++absent;
  }
  if (heard == 0) return;  // nobody has sent anything
  times_.convergence_seconds = now;
  times_.convergence_heard = heard;
  times_.convergence_absent = absent;
  spdlog::info("every neighbor sent its table{}: {:.3f} s after the start",
               absent == 0 ? "" : ", but " + std::to_string(absent) + " that never came up", now);
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

}  // namespace tern::session
