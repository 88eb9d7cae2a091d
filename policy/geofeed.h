// Where the users of prefixes are, by what the holders of the prefixes publish (RFC 8805): the
// longest entry that covers a prefix decides.
//
// Immutable after construction, safe from any thread; find() does not allocate. An entry takes 32
// octets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "policy/covering_table.h"
#include "policy/places.h"
#include "policy/policy.h"
#include "rib/types/location.h"
#include "rib/types/prefix.h"

namespace tern::policy {

class Geofeed {
 public:
  struct Entry {
    Prefix prefix;
    // kNoPlace: the users are at a place that the configuration does not have, or the holder says
    // no place.
    MetroId place = kNoPlace;
  };

  Geofeed() = default;
  // Of entries of the same prefix the first counts. places: those that the entries name; not null.
  Geofeed(std::vector<Entry> entries, std::shared_ptr<const Places> places);

  // Places::digest() of the places whose numbers find() returns.
  [[nodiscard]] std::uint64_t places() const { return digest_; }

  // The place of the longest entry that covers the prefix, or kNoPlace (see Entry), which hides
  // wider entries. Nothing: no entry covers the prefix.
  [[nodiscard]] std::optional<MetroId> find(const Prefix& prefix) const;

  // The same entries with the numbers that the places have in `places` (Places::renumbered()).
  // Shares the entries, and takes time by the number of places.
  [[nodiscard]] Geofeed renumbered(const Places& places) const;

  // Ranges that have every prefix for which find() differs.
  [[nodiscard]] static std::vector<PrefixRange> difference(const Geofeed& a, const Geofeed& b);

 private:
  struct Table {
    CoveringTable<Entry> entries;
    std::shared_ptr<const Places> places = std::make_shared<const Places>();  // of the entries
  };
  [[nodiscard]] MetroId number_of(MetroId place) const {
    return place < numbers_.size() ? numbers_[place] : place;
  }

  std::shared_ptr<const Table> table_ = std::make_shared<const Table>();
  std::vector<MetroId> numbers_;  // of the places of the table; empty: as there
  std::uint64_t digest_ = table_->places->digest();
};

}  // namespace tern::policy
