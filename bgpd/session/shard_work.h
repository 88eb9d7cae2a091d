// What is done with one shard, wherever it is done: on the loop when little is to do, on a thread
// of the ShardPool in a flood. Internal to bgpd/session.
#pragma once

#include <cstdint>

#include "bgpd/pipeline/fanouts.h"
#include "bgpd/pipeline/import.h"
#include "rib/shards.h"

namespace tern::session {

// A shard, and when that was read which is not told yet: steady nanoseconds, 0 for nothing.
struct Shard {
  rib::Rib& rib;
  pipeline::Fanout& fanout;
  std::uint64_t oldest_read = 0;
  std::uint64_t newest_read = 0;

  void note_read(std::uint64_t time) {
    if (time == 0) return;  // of a refresh, before which nothing waited
    if (oldest_read == 0) oldest_read = time;
    newest_read = time;
  }
};

struct ShardTask {
  enum class Kind : std::uint8_t {
    Store,  // routes of a neighbour
    Tell,   // clients of a slice of what changed
    Walk,   // a slice of the table to those that wait for it
  };
  Kind kind = Kind::Tell;
  // Of Store:
  PeerSlot peer = kNoPeerSlot;
  std::uint32_t now = 0;        // Unix seconds
  std::uint64_t read_time = 0;  // steady nanoseconds
  pipeline::RouteBatch routes;  // empty afterwards, with its memory
};

// What tasks left behind for the loop to see to.
struct ShardOutcome {
  bool told = false;       // the logs have more
  bool left = false;       // changes are left to be told
  bool held_back = false;  // for no client takes what was said
  bool walk_held_back = false;
  bool walking = false;           // and the walk goes on
  bool said_all = false;          // a Tell or a Walk left nothing for another
  std::uint64_t stored_read = 0;  // when the first routes that were stored were read

  ShardOutcome& operator|=(const ShardOutcome& other);
};

// slice: changed destinations to tell of, at most.
ShardOutcome perform(ShardTask& task, Shard& shard, std::size_t slice);

}  // namespace tern::session
