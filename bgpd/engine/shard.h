// A shard: the RIB of a part of the prefix space and its Advertiser.
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

  // Read times of the changes that are not advertised yet: steady nanoseconds, 0: none.
  std::uint64_t oldest_read = 0;
  std::uint64_t newest_read = 0;
  // The sweep goes round the table: its next destination, and how many are left.
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
