#include "bgpd/session/writer.h"

#include <algorithm>
#include <boost/asio.hpp>
#include <chrono>
#include <utility>

#include "bgpd/session/loop.h"
#include "bgpd/session/neighbors.h"
#include "bgpd/session/speaker_times.h"

namespace tern::session {
namespace {

// Octets written in one turn of the loop, to all neighbors together: about half a millisecond.
constexpr std::size_t kTurnOctets = std::size_t{512} * 1024;
constexpr std::uint64_t kMostPause = 25'000'000;  // nanoseconds

}  // namespace

Writer::Writer(Loop& loop, engine::Engine& engine, Neighbors& neighbors, SpeakerTimes& times)
    : loop_(loop),
      engine_(engine),
      neighbors_(neighbors),
      times_(times),
      pause_(loop.context(), [this] { advertised(); }) {}

// ---- For a neighbor

void Writer::later(PeerSlot slot) {
  enqueue(slot);
  turn_later();
}

void Writer::resync(PeerSlot slot, pipeline::ShardBits shards) {
  for (std::size_t shard = 0; shard < engine_.shards().size(); ++shard) {
    if (((shards >> shard) & 1U) != 0) engine_.resync(shard, slot, engine_.load());
  }
}

// The caller is writing: new messages are written a turn later.
void Writer::socket_took() {
  if (engine_.go_on()) loop_.post([this] { advertised(); });
}

void Writer::wrote(std::uint64_t read_time) {
  times_.update_propagation.add(seconds_since(read_time));
}

// ---- For the speaker

void Writer::advertised() {
  if (round_left_ > 0 || pause_.running() || !engine_.take_advertised()) return;
  round_began_ = steady_nanoseconds();
  std::size_t left = queue_.empty() ? kTurnOctets : 0;  // else this turn is others'
  for (const auto& peer : neighbors_.slots()) {
    if (!peer || !peer->established()) continue;
    if (left == 0) {
      ++round_left_;
      enqueue(peer->slot());
    } else {
      serve(*peer, left);
    }
  }
  end_turn();
}

void Writer::resynced(PeerSlot slot) {
  const Peer* const peer = neighbors_.at(slot);
  if (peer != nullptr && peer->established()) later(slot);
}

// ---- Turns

void Writer::enqueue(PeerSlot slot) {
  if (queued_.size() <= slot) queued_.resize(slot + std::size_t{1});
  if (queued_[slot]) return;
  queued_[slot] = true;
  queue_.push_back(slot);
}

void Writer::turn_later() {
  if (std::exchange(posted_, true)) return;
  loop_.post([this] {
    posted_ = false;
    turn();
  });
}

void Writer::turn() {
  std::size_t left = kTurnOctets;
  for (std::size_t count = queue_.size(); count > 0 && left > 0; --count) {
    const PeerSlot slot = queue_.front();
    queue_.pop_front();
    queued_[slot] = false;
    if (Peer* const peer = neighbors_.at(slot)) serve(*peer, left);
    if (round_left_ > 0 && --round_left_ == 0) {
      const std::uint64_t took = steady_nanoseconds() - round_began_;
      pause_.start(std::chrono::nanoseconds(std::min(took, kMostPause)));
    }
  }
  end_turn();
}

void Writer::serve(Peer& peer, std::size_t& left) {
  if (peer.pump(left)) enqueue(peer.slot());
  neighbors_.keep_alive();
}

void Writer::end_turn() {
  if (!queue_.empty()) turn_later();
  socket_took();  // also where all messages of a log were for other clients
}

}  // namespace tern::session
