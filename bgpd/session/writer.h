// Writes what the export logs have for the neighbors to their sockets, in turns of the loop. A
// neighbor with more than it should write in one turn waits in a queue for the next turn. Internal
// to bgpd/session; loop thread only.
#pragma once

#include <cstdint>
#include <vector>

#include "bgpd/engine/engine.h"

namespace tern::session {

class Loop;
class Neighbors;
struct SpeakerTimes;

class Writer {
 public:
  Writer(Loop& loop, engine::Engine& engine, Neighbors& neighbors, SpeakerTimes& times)
      : loop_(loop), engine_(engine), neighbors_(neighbors), times_(times) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // ---- For a neighbor

  // Calls Peer::pump() in a later turn.
  void later(PeerSlot slot);
  // Has these shards make messages for a client that left their logs
  // (AdjRibOut::take_resync_requests()). If a shard cannot do so at once, a pump() follows.
  void resync(PeerSlot slot, pipeline::ShardBits shards);
  // A socket took octets: advertising that waited for that goes on.
  void socket_took();
  // An UPDATE was written. read_time: of the UPDATE that caused it, steady nanoseconds.
  void wrote(std::uint64_t read_time);

  // ---- For the speaker

  // Writes if the logs have more.
  void advertised();
  void resynced(PeerSlot slot);

 private:
  void write_all();

  Loop& loop_;
  engine::Engine& engine_;
  Neighbors& neighbors_;
  SpeakerTimes& times_;
  std::vector<PeerSlot> queue_;
  std::vector<bool> queued_;  // by slot
  bool posted_ = false;       // a turn for the queue
};

}  // namespace tern::session
