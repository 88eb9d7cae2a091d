// Writes what the export logs have for the neighbors to their sockets.
//
// A round is for all neighbors: they stand in a queue, and each writes once. The loop writes at
// most 512 KiB in a turn, so that OPENs, KEEPALIVEs and UPDATEs are read between two turns; a
// neighbor with more to write goes to the end of the queue. Behind a round that took several turns
// comes a pause as long as the round: a round that began at once would find a few messages for each
// neighbor, and a system call costs as much for these as for many. Internal to bgpd/session; loop
// thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "bgpd/engine/engine.h"
#include "bgpd/session/timer.h"

namespace tern::session {

class Loop;
class Neighbors;
class Peer;
struct SpeakerTimes;

class Writer {
 public:
  Writer(Loop& loop, engine::Engine& engine, Neighbors& neighbors, SpeakerTimes& times);
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

  // Begins a round if the logs have more.
  void advertised();
  void resynced(PeerSlot slot);

 private:
  void enqueue(PeerSlot slot);
  void turn_later();
  void turn();
  void serve(Peer& peer, std::size_t& left);
  void end_turn();

  Loop& loop_;
  engine::Engine& engine_;
  Neighbors& neighbors_;
  SpeakerTimes& times_;
  std::deque<PeerSlot> queue_;
  std::vector<bool> queued_;       // by slot
  bool posted_ = false;            // a turn for the queue
  std::size_t round_left_ = 0;     // neighbors that the round has left for later turns
  std::uint64_t round_began_ = 0;  // steady nanoseconds
  Timer pause_;                    // behind a round
};

}  // namespace tern::session
