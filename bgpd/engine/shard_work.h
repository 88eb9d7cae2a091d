// The work on one shard, a slice at a time. Pure; used by the runner of the shard's strand.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "bgpd/engine/shard.h"

namespace tern::engine {

// Most destinations of one slice of a sweep or a re-evaluation, and most paths, where some
// destinations have many.
inline constexpr rib::DestId kSliceDestinations = 1024;
inline constexpr std::size_t kSlicePaths = 16 * 1024;

enum class Progress : std::uint8_t {
  Done,
  More,      // another slice is left
  HeldBack,  // another slice is left, and waits until a client takes what its log has
};
struct Slice {
  Progress progress = Progress::Done;
  bool advertised = false;  // the logs have more
};

// Advertises up to `most` changed destinations. While no client takes what its log has, changes
// wait in the RIB, where a later one replaces an earlier one.
[[nodiscard]] Slice advertise_slice(Shard& shard, std::size_t most);
// Advertises a slice of the table to the clients that wait for it.
[[nodiscard]] Slice walk_slice(Shard& shard);
// Removes expired paths.
[[nodiscard]] Progress sweep_slice(Shard& shard);

// Calls visit(id) for destinations from `next` on until the slice is over; returns how many.
template <typename Fn>
rib::DestId for_slice(const rib::Rib& rib, rib::DestId next, rib::DestId most, Fn&& visit) {
  constexpr rib::DestId kAhead = 8;
  const rib::DestId end = std::min({rib.end() - next, most, kSliceDestinations}) + next;
  std::size_t paths = 0;
  rib::DestId id = next;
  for (; id < end && paths < kSlicePaths; ++id) {
    if (id + 2 * kAhead < end) rib.prefetch(id + 2 * kAhead);
    if (id + kAhead < end) rib.prefetch_paths(id + kAhead);
    paths += rib.path_count(id);
    visit(id);
  }
  return id - next;
}

}  // namespace tern::engine
