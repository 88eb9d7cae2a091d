#include "rib/ordered_walk.h"

#include <algorithm>

namespace tern::rib {

OrderedWalk::OrderedWalk(std::span<const TableReader> readers, Family family, const Prefix& within,
                         const std::optional<Prefix>& after)
    : readers_(readers),
      family_(family),
      within_(within),
      after_(after),
      stretches_(readers.size()) {
  for (Stretch& stretch : stretches_) stretch.from = (after ? *after : within).address();
}

void OrderedWalk::refill(const TableReader& reader, Stretch& stretch) const {
  stretch.ids.clear();
  stretch.at = 0;
  {
    const TableReader::Section section(reader);
    stretch.from = reader.next(family_, *stretch.from, stretch.ids);
  }
  if (stretch.from && !within_.contains(*stretch.from)) stretch.from.reset();
  std::erase_if(stretch.ids, [&](DestId id) {
    const Prefix prefix = reader.prefix(id);
    return !within_.covers(prefix) || (after_ && !(*after_ < prefix));
  });
  std::ranges::sort(stretch.ids, {}, [&](DestId id) { return reader.prefix(id); });
}

std::optional<Found> OrderedWalk::next() {
  std::optional<Found> first;
  for (std::uint32_t shard = 0; shard < readers_.size(); ++shard) {
    Stretch& stretch = stretches_[shard];
    while (stretch.used_up() && stretch.from) refill(readers_[shard], stretch);
    if (stretch.used_up()) continue;
    const Found found{shard, stretch.ids[stretch.at]};
    if (!first || readers_[shard].prefix(found.id) < readers_[first->shard].prefix(first->id)) {
      first = found;
    }
  }
  if (first) ++stretches_[first->shard].at;
  return first;
}

}  // namespace tern::rib
