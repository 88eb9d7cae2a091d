// Nearest-edge egress: from a path's location tag to the cost of leaving at a PoP.
//
// A partner tags its customers' prefixes with communities; its dictionary maps each to a place
// (policy/location_tags.h). The costs of an Egress are those of the configuration
// (policy/egress_costs.h). Between PoPs large communities of our own AS carry the place of the
// users, the egress PoP and what the exit adds to the cost, so every router can read them.
// Immutable after construction, shared between threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/egress_costs.h"
#include "policy/location_tags.h"
#include "policy/places.h"
#include "policy/policy.h"
#include "rib/types/location.h"
#include "rib/types/path_attributes.h"
#include "rib/types/result.h"

namespace tern::policy {

struct GeoPoint {
  double latitude = 0;   // degrees, -90..90, north positive
  double longitude = 0;  // degrees, -180..180, east positive
  friend bool operator==(const GeoPoint&, const GeoPoint&) = default;
};

struct PopSource {
  std::string name;
  std::string title;       // for people: "Amsterdam"
  std::uint32_t code = 0;  // last field of the egress community
  GeoPoint location;
  std::string country = {};  // name; empty: not known
  friend bool operator==(const PopSource&, const PopSource&) = default;
};

struct MetroSource {
  std::string name;
  std::string title;
  std::uint32_t code = 0;  // last field of the location community
  GeoPoint location;
  std::string country = {};  // name; empty: not known
  friend bool operator==(const MetroSource&, const MetroSource&) = default;
};

struct CountrySource {
  std::string name;
  std::string title;
  std::uint32_t code = 0;   // last field of the country community
  std::string region = {};  // name; empty: not known
  friend bool operator==(const CountrySource&, const CountrySource&) = default;
};

struct RegionSource {
  std::string name;
  std::string title;
  std::uint32_t code = 0;  // last field of the region community
  friend bool operator==(const RegionSource&, const RegionSource&) = default;
};

struct TagSource {
  AnyCommunityPattern pattern;
  std::string place;  // name
  PlaceKind kind = PlaceKind::Metro;
  friend bool operator==(const TagSource&, const TagSource&) = default;
};

struct DictionarySource {
  std::string name;
  std::vector<TagSource> tags;  // in order: a community stands for the first that it matches
  friend bool operator==(const DictionarySource&, const DictionarySource&) = default;
};

struct RttSource {  // measured
  std::string pop;
  std::string to;  // a metro's name, or a PoP's for the backbone; for both if they share a name
  std::uint32_t microseconds = 0;
  friend bool operator==(const RttSource&, const RttSource&) = default;
};

struct EgressSource {
  std::string pop;  // the PoP this daemon runs in; empty: no nearest-edge egress
  CostMode mode = CostMode::LastMile;
  std::uint32_t backbone_percent = 100;  // of mode Weighted
  std::vector<PopSource> pops;
  std::vector<MetroSource> metros;
  std::vector<CountrySource> countries;
  std::vector<RegionSource> regions;
  std::vector<DictionarySource> dictionaries;
  std::vector<RttSource> rtts;
  Asn community_asn = 0;                // first field of all carried communities
  std::uint32_t location_function = 0;  // second field: community_asn:location_function:metro code
  std::uint32_t egress_function = 0;    // community_asn:egress_function:pop code
  // community_asn:added_cost_function:microseconds, on paths whose exit adds a cost; 0: not
  // carried.
  std::uint32_t added_cost_function = 0;
  // Second fields for wider places of users. Nothing: such a place is not carried.
  std::optional<std::uint32_t> pop_function = {};  // the PoP that the users are near to
  std::optional<std::uint32_t> country_function = {};
  std::optional<std::uint32_t> region_function = {};
  friend bool operator==(const EgressSource&, const EgressSource&) = default;
};

// The places of the source. Errors of build() are left out: a name that no place has is no place.
[[nodiscard]] Places places_of(const EgressSource& source);

// 2 × distance at two thirds of the speed of light, stretched by the detours of real cables:
// kRttMicrosecondsPerKm of round trip per great-circle kilometre, plus kLastMileMicroseconds.
// 5 µs per km of fibre one way (ITU-T G.114 annex A), 1.5 km of cable per km of air line (ITU-T
// G.826, routes below 1000 km): 2 × 5 × 1.5.
inline constexpr std::uint32_t kRttMicrosecondsPerKm = 15;
[[nodiscard]] double great_circle_km(GeoPoint a, GeoPoint b);
[[nodiscard]] EgressCost estimated_cost(GeoPoint a, GeoPoint b);

// The shortest round trip that light in fibre allows between places around two points:
// kLightMicrosecondsPerKm of round trip for each great-circle kilometre behind the first kPlaceKm,
// because a place is an area and its point is written roughly.
inline constexpr double kLightMicrosecondsPerKm = 9.79;  // group index 1.468 (ITU-T G.652 fibre)
inline constexpr double kPlaceKm = 100;
[[nodiscard]] EgressCost shortest_round_trip(GeoPoint a, GeoPoint b);

using DictionaryId = std::uint16_t;

class Egress {
 public:
  // No PoPs, no places: every path has an unknown cost.
  Egress() = default;
  // Returns all errors at once, such as "rtt: unknown pop 'amx'; did you mean 'ams'?". Enabled
  // needs community_asn and two different functions.
  [[nodiscard]] static Result<Egress, std::vector<std::string>> build(const EgressSource& source);

  [[nodiscard]] bool enabled() const;
  [[nodiscard]] PopId own_pop() const;
  [[nodiscard]] CostMode mode() const { return source_.mode; }
  [[nodiscard]] std::size_t pop_count() const;
  [[nodiscard]] std::size_t metro_count() const;
  [[nodiscard]] const PopSource& pop(PopId id) const;
  [[nodiscard]] const MetroSource& metro(MetroId id) const;
  // All places of users; the metros come first.
  [[nodiscard]] const Places& places() const { return *places_; }
  [[nodiscard]] const std::shared_ptr<const Places>& shared_places() const { return places_; }
  [[nodiscard]] std::optional<DictionaryId> dictionary(std::string_view name) const;
  [[nodiscard]] std::optional<PopId> find_pop(std::string_view name) const;

  // For a prefix of ours whose users are in the metro: this PoP as the exit. Nothing of it is known
  // where there is no such metro, or no PoP of our own.
  [[nodiscard]] EgressInfo place_of(std::string_view metro) const;
  [[nodiscard]] std::optional<MetroId> find_metro(std::string_view name) const;
  // The pairs of places that the round trips are of: of each one or two, by its `to`. Round trips
  // between places that the Egress does not have are left out. In order.
  [[nodiscard]] std::vector<MeasuredPair> pairs_of(const std::vector<RttSource>& rtts) const;

  // shortest_round_trip() between the places of the pair.
  [[nodiscard]] EgressCost shortest_round_trip(const CostPair& pair) const;
  // For each PoP a number of its places and its costs of the configuration. PoPs with the same
  // configuration have the same numbers.
  [[nodiscard]] const std::vector<std::uint32_t>& digests() const { return digests_; }

  // The costs of the configuration; never null.
  [[nodiscard]] const std::shared_ptr<const EgressCosts>& costs() const { return costs_; }

  // For the path of a partner at this PoP: the place of its tags by the dictionary.
  [[nodiscard]] LocationTags::Reading read_tags(const PathAttributes& attributes,
                                                DictionaryId dictionary) const;
  // All tags of the path, for explain.
  [[nodiscard]] std::vector<LocationTags::Tag> list_tags(const PathAttributes& attributes,
                                                         DictionaryId dictionary) const;
  // Users in `place` whose traffic leaves at this PoP.
  [[nodiscard]] EgressInfo leaving_here(MetroId place) const;
  // For the path of another PoP of ours: both places, and the cost that the exit adds, from the
  // carried communities. Of several places of users the most specific counts.
  [[nodiscard]] EgressInfo from_pop(const PathAttributes& attributes) const;

  // Writes the carried communities of `info` and replaces present ones; for our PoPs, and for
  // neighbors that may read them. With a metro also its country and region are written.
  void carry(const EgressInfo& info, PathAttributes& attributes) const;
  // Removes carried communities: a partner must neither set nor see them.
  void scrub(PathAttributes& attributes) const;

  friend bool operator==(const Egress& a, const Egress& b) {
    return &a == &b || a.source_ == b.source_;
  }

 private:
  friend class EgressBuilder;

  // A function of carried communities; `kind` of the places in its last field.
  struct Function {
    PlaceKind kind = PlaceKind::Metro;
    std::uint32_t number = 0;
  };
  [[nodiscard]] MetroId carried_place(const PathAttributes& attributes,
                                      const Function& function) const;
  [[nodiscard]] EgressCost carried_cost(const PathAttributes& attributes) const;
  [[nodiscard]] bool is_carried(const LargeCommunity& community) const;
  void note_digests();

  EgressSource source_;
  PopId own_pop_ = kNoPlace;
  std::shared_ptr<const Places> places_ = std::make_shared<const Places>();
  std::shared_ptr<const EgressCosts> costs_ = std::make_shared<const EgressCosts>();
  std::vector<std::uint32_t> digests_;      // by PoP
  std::vector<LocationTags> dictionaries_;  // index as in source_.dictionaries
  std::vector<Function> functions_;         // that carry places of users, the narrowest kind first
};

}  // namespace tern::policy
