#include "bgpd/session/writer.h"

#include <boost/asio.hpp>
#include <utility>

#include "bgpd/session/loop.h"
#include "bgpd/session/neighbors.h"
#include "bgpd/session/speaker_times.h"

namespace tern::session {

// ---- For a neighbor

void Writer::later(PeerSlot slot) {
  if (queued_.size() <= slot) queued_.resize(slot + std::size_t{1});
  if (!queued_[slot]) {
    queued_[slot] = true;
    queue_.push_back(slot);
  }
  if (std::exchange(posted_, true)) return;
  loop_.post([this] { write_all(); });
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
  if (!engine_.take_advertised()) return;
  for (const auto& peer : neighbors_.slots()) {
    if (!peer || !peer->established()) continue;
    if (peer->pump()) later(peer->slot());
    neighbors_.keep_alive();
  }
  socket_took();  // also where all messages of a log were for other clients
}

void Writer::resynced(PeerSlot slot) {
  const Peer* const peer = neighbors_.at(slot);
  if (peer != nullptr && peer->established()) later(slot);
}

void Writer::write_all() {
  posted_ = false;
  std::vector<PeerSlot> slots;
  slots.swap(queue_);
  for (const PeerSlot slot : slots) queued_[slot] = false;
  for (const PeerSlot slot : slots) {
    Peer* const peer = neighbors_.at(slot);
    if (peer != nullptr && peer->pump()) later(slot);
    neighbors_.keep_alive();
  }
  socket_took();
}

}  // namespace tern::session
