// A shard of the table: the routes of a part of the prefix space and the advertisements they cause.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bgpd/pipeline/advertisers.h"
#include "rib/shards.h"

namespace tern::engine {

// Used by the runner of its strand.
struct Shard {
  const std::size_t number;
  rib::Rib& rib;
  pipeline::Advertiser& advertiser;

  // When that was read which is not advertised yet: steady nanoseconds, 0 for nothing.
  std::uint64_t oldest_read = 0;
  std::uint64_t newest_read = 0;
  // Of the sweep, which goes round and round: the next destination, and how many are left.
  rib::DestId sweep_next = 0;
  rib::DestId sweep_left = 0;
  bool sweeping = false;
  bool freeing_idle = false;

  // 0: the time is not known, as of a refresh.
  void note_read(std::uint64_t time) {
    if (time == 0) return;
    if (oldest_read == 0) oldest_read = time;
    newest_read = time;
  }
};

}  // namespace tern::engine
