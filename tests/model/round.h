// A job over the destinations of all shards, in slices of one shard.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "rib/rib.h"
#include "rib/shards.h"

namespace tern::model {

class Round {
 public:
  explicit Round(std::size_t shards) : next_(shards, rib::DestId{0}) {}

  // Calls fn(id) for up to `budget` more destinations of the shard. False: the shard was done
  // already.
  template <typename Fn>
  bool step(std::size_t shard, const rib::Rib& rib, std::size_t budget, Fn&& fn) {
    std::optional<rib::DestId>& next = next_[shard];
    if (!next) return false;
    for (; budget > 0 && *next < rib.end(); --budget) fn((*next)++);
    if (*next >= rib.end()) next.reset();
    return true;
  }
  [[nodiscard]] bool done() const {
    return std::ranges::none_of(next_, [](const auto& next) { return next.has_value(); });
  }

 private:
  std::vector<std::optional<rib::DestId>> next_;  // by shard
};

// Calls fn(rib, id) for the destinations in use of all shards.
template <typename Fn>
void for_each_destination(rib::Shards& shards, Fn&& fn) {
  for (std::size_t shard = 0; shard < shards.size(); ++shard) {
    rib::Rib& rib = shards[shard];
    for (rib::DestId id = 0; id < rib.end(); ++id) {
      if (rib.destination(id).in_use) fn(rib, id);
    }
  }
}

}  // namespace tern::model
