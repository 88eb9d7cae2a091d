// Walks the destinations of all shards that a prefix covers, in the order of their prefixes.
//
// Any thread may walk while the table is shared (rib/table_reader.h). The walk holds the ids of one
// list of the ordered index for each shard, so the caller may pause for as long as the table stays
// shared. A destination that the table has from the first call to the last is returned once. A
// destination added meanwhile is returned only when its prefix is after the ids that the walk
// holds.
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
  // readers: by shard; they outlive the walk. after: the walk begins behind this prefix; nullopt:
  // at the first prefix.
  OrderedWalk(std::span<const TableReader> readers, Family family, const Prefix& within,
              const std::optional<Prefix>& after = std::nullopt);

  // The next destination, or nothing at the end. The caller is not in a section. The destination
  // may have lost its paths.
  [[nodiscard]] std::optional<Found> next();

 private:
  // The next destinations of a shard.
  struct Stretch {
    std::optional<IpAddress> from;  // the first address behind them
    std::vector<DestId> ids;
    std::size_t at = 0;
    [[nodiscard]] bool used_up() const { return at == ids.size(); }
  };
  void refill(const TableReader& reader, Stretch& stretch) const;

  std::span<const TableReader> readers_;
  Family family_;
  Prefix within_;
  std::optional<Prefix> after_;
  std::vector<Stretch> stretches_;  // by shard
};

}  // namespace tern::rib
