#include "policy/geofeed.h"

#include <utility>

namespace tern::policy {

Geofeed::Geofeed(std::vector<Entry> entries, std::shared_ptr<const Places> places)
    : digest_(places->digest()) {
  table_ = std::make_shared<const Table>(
      Table{CoveringTable<Entry>(std::move(entries)), std::move(places)});
}

std::optional<MetroId> Geofeed::find(const Prefix& prefix) const {
  const Entry* const found = table_->entries.find(prefix);
  return found == nullptr ? std::nullopt : std::optional(number_of(found->place));
}

Geofeed Geofeed::renumbered(const Places& places) const {
  Geofeed other = *this;
  other.digest_ = places.digest();
  other.numbers_ = table_->places->renumbered(places);
  return other;
}

std::vector<PrefixRange> Geofeed::difference(const Geofeed& a, const Geofeed& b) {
  return CoveringTable<Entry>::difference(
      a.table_->entries, b.table_->entries,
      [&](const Prefix& prefix, const Entry* of_a, const Entry* of_b) {
        if (of_a == nullptr || of_b == nullptr) return a.find(prefix) != b.find(prefix);
        return a.number_of(of_a->place) != b.number_of(of_b->place);
      });
}

}  // namespace tern::policy
