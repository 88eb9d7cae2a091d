// The destinations of all shards that a prefix covers, in the order of their prefixes.
//
// Any thread, while the table is shared (rib/table_reader.h). The walk holds the ids of one list of
// the ordered index for each shard, so it can rest for as long as the table stays shared, and goes
// on with what the table has then: a destination that is there from the beginning to the end comes
// once; one that comes in between, if it is behind.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "rib/shards.h"
#include "rib/table_reader.h"

namespace tern::rib {

class OrderedWalk {
 public:
  // readers: by shard; they outlive the walk.
  OrderedWalk(std::span<const TableReader> readers, Family family, const Prefix& within);

  // The next destination, or nothing at the end. Not to be called in a section. The destination may
  // have no path any more.
  [[nodiscard]] std::optional<Found> next();

 private:
  // Of a shard: its next destinations, and where those behind them begin.
  struct Stretch {
    std::optional<IpAddress> from;
    std::vector<DestId> ids;
    std::size_t at = 0;
    [[nodiscard]] bool used_up() const { return at == ids.size(); }
  };
  void refill(const TableReader& reader, Stretch& stretch) const;

  std::span<const TableReader> readers_;
  Family family_;
  Prefix within_;
  std::vector<Stretch> stretches_;  // by shard
};

}  // namespace tern::rib
