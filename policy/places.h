// The places of users, of four kinds: metros, the surroundings of our PoPs, countries, and regions
// (continents, mostly). A metro or a PoP may name the country that it lies in, a country its
// region.
//
// Places are numbered through: the metros first, each with its index in the configuration, then the
// PoPs, the countries and the regions. Immutable after construction, shared between threads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rib/types/location.h"

namespace tern::policy {

// From the most specific kind to the widest.
enum class PlaceKind : std::uint8_t { Metro, Pop, Country, Region };
inline constexpr std::size_t kPlaceKindCount = 4;
[[nodiscard]] std::string_view to_string(PlaceKind kind);  // "metro"

struct Place {
  PlaceKind kind = PlaceKind::Metro;
  std::string name;
  std::string title;
  std::uint32_t code = 0;     // last field of the community that carries the place
  MetroId within = kNoPlace;  // the place of the next wider kind that the place names
  friend bool operator==(const Place&, const Place&) = default;
};

class Places {
 public:
  Places() = default;
  // all: in the order of their kinds.
  explicit Places(std::vector<Place> all);

  [[nodiscard]] std::size_t count() const { return all_.size(); }
  // The first place of a kind; all others of the kind follow. count() for a kind behind the last.
  [[nodiscard]] MetroId first(PlaceKind kind) const {
    return first_[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] const Place& operator[](MetroId id) const;
  [[nodiscard]] std::optional<MetroId> find(PlaceKind kind, std::string_view name) const;
  // "london"; with its kind where that is no metro: "country gb".
  [[nodiscard]] std::string label(MetroId id) const;

  // The place itself, or the place of `kind` that it lies in. kNoPlace: not known, or a narrower
  // kind.
  [[nodiscard]] MetroId widened(MetroId id, PlaceKind kind) const;
  // Whether two places exclude each other: two of one kind, or two where the configuration says
  // that one does not lie in the other. A metro and a PoP do so where their countries differ.
  [[nodiscard]] bool contradict(MetroId a, MetroId b) const;

  // Equal for places with equal kinds, names and numbers.
  [[nodiscard]] std::uint64_t digest() const { return digest_; }

  // The number in `to` of each place: of the same kind and name, or else of the place that it lies
  // in here. kNoPlace: `to` has neither. Takes time by the number of places.
  [[nodiscard]] std::vector<MetroId> renumbered(const Places& to) const;

  friend bool operator==(const Places&, const Places&) = default;

  // The place that a community with this code carries. kNoPlace: there is none.
  [[nodiscard]] MetroId by_code(PlaceKind kind, std::uint32_t code) const;

 private:
  std::vector<Place> all_;
  std::array<MetroId, kPlaceKindCount + 1> first_{};
  std::uint64_t digest_ = 0;
  // Sorted by code, and by name.
  std::array<std::vector<std::pair<std::uint32_t, MetroId>>, kPlaceKindCount> codes_;
  std::array<std::vector<MetroId>, kPlaceKindCount> by_name_;
};

}  // namespace tern::policy
