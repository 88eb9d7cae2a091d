#include "bgpd/engine/shard_work.h"

namespace tern::engine {
namespace {

constexpr std::size_t kWalkSlice = 4096;  // destinations

}  // namespace

Slice advertise_slice(Shard& shard, std::size_t most) {
  if (!shard.rib.has_changes()) {
    shard.oldest_read = shard.newest_read = 0;
    return {};
  }
  if (shard.advertiser.congested()) return {Progress::HeldBack, false};
  const bool more = shard.advertiser.advertise(most, shard.oldest_read);
  // The changes left are as young as the newest, or somewhat older.
  shard.oldest_read = more ? shard.newest_read : 0;
  return {more ? Progress::More : Progress::Done, shard.advertiser.take_appended()};
}

Slice walk_slice(Shard& shard) {
  if (!shard.advertiser.walking()) return {};
  if (shard.advertiser.walk_congested()) return {Progress::HeldBack, false};
  shard.advertiser.walk(kWalkSlice);
  return {shard.advertiser.walking() ? Progress::More : Progress::Done, true};
}

// Paths that expire behind the sweep are removed by its next round.
Progress sweep_slice(Shard& shard) {
  rib::Rib& rib = shard.rib;
  if (rib.expired_paths() == 0) shard.sweep_left = 0;
  if (shard.sweep_left == 0) return Progress::Done;
  if (shard.sweep_next >= rib.end()) shard.sweep_next = 0;
  const rib::DestId visited =
      for_slice(rib, shard.sweep_next, shard.sweep_left, [&rib](rib::DestId id) { rib.sweep(id); });
  shard.sweep_next += visited;
  shard.sweep_left -= visited;
  return rib.expired_paths() == 0 ? Progress::Done : Progress::More;
}

}  // namespace tern::engine
