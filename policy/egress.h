// Nearest-edge egress: from a path's location tag to the cost of leaving at a PoP.
//
// A partner tags its customers' prefixes with communities; its dictionary maps each to a metro.
// cost(PoP, metro) is a measured round-trip time if the table has one, else an estimate from the
// great-circle distance; mode Total adds the backbone from this PoP to the egress PoP. Between PoPs
// large communities of our own AS carry the metro and the egress PoP, so every router can read
// them. Immutable after construction, shared between threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/community_match.h"
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
  friend bool operator==(const PopSource&, const PopSource&) = default;
};

struct MetroSource {
  std::string name;
  std::string title;
  std::uint32_t code = 0;  // last field of the location community
  GeoPoint location;
  friend bool operator==(const MetroSource&, const MetroSource&) = default;
};

struct DictionarySource {
  std::string name;
  // In order: the first pattern that a path has decides.
  std::vector<std::pair<AnyCommunityPattern, std::string>> tags;  // to metro name
  friend bool operator==(const DictionarySource&, const DictionarySource&) = default;
};

struct RttSource {  // measured
  std::string pop;
  std::string to;  // a metro's name, or a PoP's for the backbone; for both if they share a name
  std::uint32_t microseconds = 0;
  friend bool operator==(const RttSource&, const RttSource&) = default;
};

enum class CostMode : std::uint8_t {
  LastMile,  // cold potato: PoP to user; every PoP of the network chooses the same exit
  Total,     // plus the backbone from this PoP to the egress PoP
};

struct EgressSource {
  std::string pop;  // the PoP this daemon runs in; empty: no nearest-edge egress
  CostMode mode = CostMode::LastMile;
  std::vector<PopSource> pops;
  std::vector<MetroSource> metros;
  std::vector<DictionarySource> dictionaries;
  std::vector<RttSource> rtts;
  Asn community_asn = 0;                // first field of both carried communities
  std::uint32_t location_function = 0;  // second field: community_asn:location_function:metro code
  std::uint32_t egress_function = 0;    // community_asn:egress_function:pop code
  friend bool operator==(const EgressSource&, const EgressSource&) = default;
};

// 2 × distance at two thirds of the speed of light, stretched by the detours of real cables:
// kRttMicrosecondsPerKm of round trip per great-circle kilometre, plus a floor for the last mile.
// 5 µs per km of fibre one way (ITU-T G.114 annex A), 1.5 km of cable per km of air line (ITU-T
// G.826, routes below 1000 km): 2 × 5 × 1.5.
inline constexpr std::uint32_t kRttMicrosecondsPerKm = 15;
// Access lines and metropolitan rings cost about a millisecond however near the user is. Equal for
// every PoP, so it never decides between two estimates; it makes estimates comparable with
// measurements.
inline constexpr EgressCost kLastMileMicroseconds = 1000;
[[nodiscard]] double great_circle_km(GeoPoint a, GeoPoint b);
[[nodiscard]] EgressCost estimated_cost(GeoPoint a, GeoPoint b);

using DictionaryId = std::uint16_t;

class Egress {
 public:
  // No PoPs, no metros: every path has an unknown cost.
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
  [[nodiscard]] std::optional<DictionaryId> dictionary(std::string_view name) const;
  [[nodiscard]] std::optional<PopId> find_pop(std::string_view name) const;

  // For a prefix of ours whose users are in the metro: this PoP as the exit. Nothing of it is known
  // where there is no such metro, or no PoP of our own.
  [[nodiscard]] EgressInfo place_of(std::string_view metro) const;

  // The cost from PoP to metro by the mode; kUnknownCost for kNoPlace.
  [[nodiscard]] EgressCost cost(PopId pop, MetroId metro) const;
  // True: cost() is a measurement. False: cost() is an estimate.
  [[nodiscard]] bool measured(PopId pop, MetroId metro) const;
  [[nodiscard]] EgressCost backbone(PopId from, PopId to) const;
  // For traffic that enters the network at `vantage`: the backbone to the exit plus the last mile
  // from the exit, whatever the mode. kUnknownCost if either is unknown.
  [[nodiscard]] EgressCost cost_from(PopId vantage, PopId exit, MetroId metro) const;

  // For the path of a partner at this PoP: the metro of its tag by the dictionary, and this PoP as
  // the exit.
  [[nodiscard]] EgressInfo from_partner(const PathAttributes& attributes,
                                        DictionaryId dictionary) const;
  // For the path of another PoP of ours: both places from the carried communities.
  [[nodiscard]] EgressInfo from_pop(const PathAttributes& attributes) const;
  // The community that decided from_partner, for explain: "65010:120".
  [[nodiscard]] std::optional<std::string> tag_of(const PathAttributes& attributes,
                                                  DictionaryId dictionary) const;

  // Writes the carried communities of `info` and replaces present ones; towards our PoPs.
  void carry(const EgressInfo& info, PathAttributes& attributes) const;
  // Removes carried communities: a partner must neither set nor see them.
  void scrub(PathAttributes& attributes) const;

  friend bool operator==(const Egress& a, const Egress& b) {
    return &a == &b || a.source_ == b.source_;
  }

 private:
  friend class EgressBuilder;

  struct LastMile {
    EgressCost cost = kUnknownCost;
    bool measured = false;
  };

  // Sorted by code.
  using Codes = std::vector<std::pair<std::uint32_t, std::uint16_t>>;
  [[nodiscard]] std::uint16_t carried_place(const PathAttributes& attributes,
                                            std::uint32_t function, const Codes& codes) const;
  [[nodiscard]] bool is_carried(const LargeCommunity& community) const;
  [[nodiscard]] const LastMile* last_mile(PopId pop, MetroId metro) const;

  EgressSource source_;
  PopId own_pop_ = kNoPlace;
  std::vector<LastMile> last_mile_;             // pop × metro, the row of a PoP contiguous
  std::vector<EgressCost> backbone_;            // pop × pop
  std::vector<CommunityMatcher> dictionaries_;  // index as in source_.dictionaries
  std::vector<std::vector<MetroId>> dictionary_metros_;  // metro of each tag, likewise
  Codes pop_codes_;
  Codes metro_codes_;
};

}  // namespace tern::policy
