// Egress::build(): checks and resolves the places, dictionaries and measurements of a
// configuration, and makes tables of them.

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "policy/egress.h"
#include "policy/suggest.h"

namespace tern::policy {
namespace {

// Indices have 16 bits, and the last one is kNoPlace.
constexpr std::size_t kMostPlaces = kNoPlace;
// Pops × places cells of eight bytes: enough for 400 PoPs and 10 000 metros, and it stays in
// memory.
constexpr std::size_t kMostPairs = std::size_t{1} << 22U;

std::string quoted(const std::string& name) { return "'" + name + "'"; }

bool on_globe(GeoPoint point) {
  // Written so that NaN is nowhere.
  return std::fabs(point.latitude) <= 90 && std::fabs(point.longitude) <= 180;
}

using PatternKey = std::tuple<std::size_t, std::uint64_t, std::uint64_t, std::uint64_t>;

std::uint64_t joined(const NumberPattern& field) {
  return (std::uint64_t{field.low} << 32U) | field.high;
}

// The key of a pattern in an ordered set.
PatternKey key_of(const AnyCommunityPattern& pattern) {
  if (const auto* standard = std::get_if<CommunityPattern>(&pattern)) {
    return {0, joined(standard->fields[0]), joined(standard->fields[1]), 0};
  }
  if (const auto* large = std::get_if<LargeCommunityPattern>(&pattern)) {
    return {1, joined(large->fields[0]), joined(large->fields[1]), joined(large->fields[2])};
  }
  const auto* extended = std::get_if<ExtendedCommunityPattern>(&pattern);
  return {2, extended->value, extended->mask, joined(extended->local)};
}

// The name of the wider place that a place says it lies in.
const std::string& name_around(const CountrySource& country) { return country.region; }
template <typename Source>
const std::string& name_around(const Source& place) {
  return place.country;
}

}  // namespace

Places places_of(const EgressSource& source) {
  std::vector<Place> all;
  const auto add = [&](const auto& list, PlaceKind kind) {
    for (const auto& place : list) {
      all.push_back({kind, place.name, place.title, place.code, kNoPlace});
    }
  };
  add(source.metros, PlaceKind::Metro);
  add(source.pops, PlaceKind::Pop);
  add(source.countries, PlaceKind::Country);
  add(source.regions, PlaceKind::Region);
  const Places numbered(all);
  std::size_t next = 0;
  const auto lie_in = [&](const auto& list, PlaceKind around) {
    for (const auto& place : list) {
      all[next++].within = numbered.find(around, name_around(place)).value_or(kNoPlace);
    }
  };
  lie_in(source.metros, PlaceKind::Country);
  lie_in(source.pops, PlaceKind::Country);
  lie_in(source.countries, PlaceKind::Region);
  return Places(std::move(all));
}

class EgressBuilder {
 public:
  explicit EgressBuilder(const EgressSource& source) { egress_.source_ = source; }

  Result<Egress, std::vector<std::string>> build() {
    check_places(source().pops, "pop", names(PlaceKind::Pop));
    check_places(source().metros, "metro", names(PlaceKind::Metro));
    check_places(source().countries, "country", names(PlaceKind::Country));
    check_places(source().regions, "region", names(PlaceKind::Region));
    if (!too_large_ && place_count() > kMostPlaces) {
      too_large_ = true;
      fail("more than " + std::to_string(kMostPlaces) + " places");
    }
    if (source().pops.size() * place_count() > kMostPairs) {
      too_large_ = true;
      fail("more than " + std::to_string(kMostPairs) + " pairs of pop and place");
    }
    if (too_large_) return errors_;
    number_places();
    own_pop();
    functions();
    dictionaries();
    estimate();
    measurements();
    if (!errors_.empty()) return errors_;
    egress_.costs_ = std::make_shared<const EgressCosts>(
        egress_.own_pop_, weights_of(source().mode, source().backbone_percent), last_mile_,
        backbone_, wider_places());
    egress_.note_digests();
    return std::move(egress_);
  }

 private:
  struct Names {
    std::unordered_map<std::string, std::uint16_t> by_name;
    std::vector<std::string> list;
  };

  [[nodiscard]] const EgressSource& source() const { return egress_.source_; }
  void fail(std::string message) { errors_.push_back(std::move(message)); }

  Names& names(PlaceKind kind) { return names_[static_cast<std::size_t>(kind)]; }

  [[nodiscard]] std::size_t place_count() const {
    return source().metros.size() + source().pops.size() + source().countries.size() +
           source().regions.size();
  }

  template <typename Source>
  void check_places(const std::vector<Source>& list, const std::string& kind, Names& names) {
    if (list.size() > kMostPlaces) {
      too_large_ = true;
      fail("more than " + std::to_string(kMostPlaces) + " places of kind " + kind);
      return;
    }
    std::unordered_map<std::uint32_t, std::string> owners;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Source& place = list[i];
      const auto id = static_cast<std::uint16_t>(i);
      const std::string start = kind + " " + quoted(place.name) + ": ";
      if (place.name.empty()) fail(kind + " " + std::to_string(i + 1) + ": a name is missing");
      if (!names.by_name.emplace(place.name, id).second) fail(start + "defined twice");
      names.list.push_back(place.name);
      const auto [owner, fresh] = owners.emplace(place.code, place.name);
      if (!fresh) {
        fail(start + "code " + std::to_string(place.code) + " is taken by " +
             quoted(owner->second));
      }
      if constexpr (requires { place.location; }) {
        if (!on_globe(place.location)) {
          fail(start + "latitude is from -90 to 90, longitude from -180 to 180");
        }
      }
    }
  }

  // The number of a place by its kind and its index in the configuration.
  [[nodiscard]] MetroId number_of(PlaceKind kind, std::size_t index) const {
    if (kind > PlaceKind::Metro) index += source().metros.size();
    if (kind > PlaceKind::Pop) index += source().pops.size();
    if (kind > PlaceKind::Country) index += source().countries.size();
    return static_cast<MetroId>(index);
  }

  std::optional<MetroId> find_place(const std::string& name, PlaceKind kind,
                                    const std::string& where) {
    const auto index = find(name, names(kind), where, std::string(to_string(kind)));
    return index ? std::optional(number_of(kind, *index)) : std::nullopt;
  }

  void number_places() {
    const auto check = [&](const auto& list, PlaceKind around) {
      for (const auto& place : list) {
        const std::string& name = name_around(place);
        if (!name.empty()) (void)find_place(name, around, quoted(place.name) + ": ");
      }
    };
    check(source().metros, PlaceKind::Country);
    check(source().pops, PlaceKind::Country);
    check(source().countries, PlaceKind::Region);
    egress_.places_ = std::make_shared<const Places>(places_of(source()));
  }

  void own_pop() {
    if (source().pop.empty()) return;
    const auto own = find(source().pop, names(PlaceKind::Pop), "", "pop");
    if (own) egress_.own_pop_ = *own;
    if (source().community_asn == kAsZero) fail("community_asn: 0 is not an AS number (RFC 7607)");
  }

  void functions() {
    std::map<std::uint32_t, std::string> owners;
    const auto take = [&](std::optional<std::uint32_t> number, const std::string& name) {
      if (!number || source().pop.empty()) return;
      const auto [owner, is_new] = owners.emplace(*number, name);
      if (is_new) return;
      fail(owner->second + " and " + name + " are both " + std::to_string(*number) +
           "; they must differ");
    };
    const auto carry = [&](PlaceKind kind, std::optional<std::uint32_t> number,
                           const std::string& name) {
      take(number, name);
      if (number) egress_.functions_.push_back({kind, *number});
    };
    carry(PlaceKind::Metro, source().location_function, "location_function");
    take(source().egress_function, "egress_function");
    if (source().added_cost_function != 0) {
      take(source().added_cost_function, "added_cost_function");
    }
    carry(PlaceKind::Pop, source().pop_function, "pop_function");
    carry(PlaceKind::Country, source().country_function, "country_function");
    carry(PlaceKind::Region, source().region_function, "region_function");
  }

  void dictionaries() {
    std::set<std::string> names;
    for (const DictionarySource& dictionary : source().dictionaries) {
      const std::string start = "dictionary " + quoted(dictionary.name) + ": ";
      if (dictionary.name.empty()) fail("dictionary: a name is missing");
      if (!names.insert(dictionary.name).second) fail(start + "defined twice");
      std::vector<AnyCommunityPattern> patterns;
      std::vector<MetroId> places;
      std::set<PatternKey> seen;
      for (std::size_t i = 0; i < dictionary.tags.size(); ++i) {
        const auto& [pattern, place, kind] = dictionary.tags[i];
        if (!seen.insert(key_of(pattern)).second) {
          fail(start + "tag " + std::to_string(i + 1) + ", for " + quoted(place) +
               ", repeats an earlier one");
        }
        patterns.push_back(pattern);
        places.push_back(find_place(place, kind, start).value_or(kNoPlace));
      }
      egress_.dictionaries_.emplace_back(patterns, std::move(places));
    }
    if (source().dictionaries.size() > kMostPlaces) fail("more dictionaries than ids");
  }

  std::optional<std::uint16_t> find(const std::string& name, const Names& names,
                                    const std::string& where, const std::string& kind) {
    const auto place = names.by_name.find(name);
    if (place != names.by_name.end()) return place->second;
    fail(where + "unknown " + kind + " " + quoted(name) + did_you_mean(name, names.list));
    return std::nullopt;
  }

  void estimate() {
    const std::size_t metros = source().metros.size();
    const std::size_t pops = source().pops.size();
    for (const PopSource& from : source().pops) {
      const auto estimate = [&](const auto& to, EgressCost without) {
        const bool known = on_globe(from.location) && on_globe(to.location);
        return EgressCosts::Cell{
            known ? estimated_cost(from.location, to.location) - without : kUnknownCost,
            CostSource::Distance};
      };
      EgressCosts::Row& last_mile = last_mile_.emplace_back();
      last_mile.reserve(metros);
      for (const MetroSource& to : source().metros) last_mile.push_back(estimate(to, 0));
      EgressCosts::Row& backbone = backbone_.emplace_back();
      backbone.reserve(pops);
      // The floor of the last mile is not part of the backbone.
      for (const PopSource& to : source().pops) {
        backbone.push_back(estimate(to, kLastMileMicroseconds));
      }
      backbone[last_mile_.size() - 1] = {0, CostSource::Distance};
    }
  }

  // A round trip is equal in both directions; if both are measured, each keeps its number.
  void measurements() {
    std::set<std::pair<std::string, std::string>> seen;
    for (const RttSource& rtt : source().rtts) {
      const Names& pops = names(PlaceKind::Pop);
      const Names& metros = names(PlaceKind::Metro);
      const auto pop = find(rtt.pop, pops, "rtt: ", "pop");
      const auto metro = metros.by_name.find(rtt.to);
      const auto peer = pops.by_name.find(rtt.to);
      const std::string pair = "rtt: " + quoted(rtt.pop) + " to " + quoted(rtt.to);
      if (metro == metros.by_name.end() && peer == pops.by_name.end()) {
        std::vector<std::string> both = metros.list;
        both.insert(both.end(), pops.list.begin(), pops.list.end());
        fail("rtt: unknown metro or pop " + quoted(rtt.to) + did_you_mean(rtt.to, both));
      } else if (metro == metros.by_name.end() && rtt.pop == rtt.to) {
        fail(pair + ": a pop has no round trip to itself");
      }
      if (!seen.emplace(rtt.pop, rtt.to).second) fail(pair + ": measured twice");
      if (rtt.microseconds == 0 || rtt.microseconds == kUnknownCost) {
        fail(pair + ": " + std::to_string(rtt.microseconds) + " is not a round trip");
      }
      if (!errors_.empty()) continue;
      if (metro != metros.by_name.end()) {
        last_mile_[*pop][metro->second] = {rtt.microseconds, CostSource::Configuration};
      }
      if (peer == pops.by_name.end() || peer->second == *pop) continue;
      const EgressCosts::Cell measured{rtt.microseconds, CostSource::Configuration};
      backbone_[*pop][peer->second] = measured;
      if (seen.count({rtt.to, rtt.pop}) == 0) backbone_[peer->second][*pop] = measured;
    }
  }

  // PoPs as places of users, countries and regions. A country or region is what its metros are, or
  // its PoPs where it has no metro; a country without both is as far as its region. Otherwise a tag
  // of the country would hide a tag of the region, and the path would have no cost.
  std::vector<EgressCosts::WiderPlace> wider_places() {
    std::vector<EgressCosts::WiderPlace> wider;
    for (std::size_t near = 0; near < source().pops.size(); ++near) {
      wider.push_back({static_cast<PopId>(near), {}});
    }
    const auto by_metros = members(PlaceKind::Metro);
    const auto by_pops = members(PlaceKind::Pop);
    const Places& places = egress_.places();
    const std::size_t first_area = places.first(PlaceKind::Country);
    for (std::size_t i = 0; i < by_metros.size(); ++i) {
      const MetroId region = places[static_cast<MetroId>(first_area + i)].within;
      const bool is_empty = by_metros[i].empty() && by_pops[i].empty() && region != kNoPlace;
      const std::size_t as = is_empty ? region - first_area : i;
      wider.push_back({kNoPlace, by_metros[as].empty() ? by_pops[as] : by_metros[as]});
    }
    return wider;
  }

  // The places of a kind in each country and then in each region.
  std::vector<std::vector<MetroId>> members(PlaceKind kind) {
    const Places& places = egress_.places();
    const std::size_t first_area = places.first(PlaceKind::Country);
    std::vector<std::vector<MetroId>> found(places.count() - first_area);
    for (MetroId id = 0; id < first_area; ++id) {
      if (places[id].kind != kind) continue;
      for (MetroId area = places[id].within; area != kNoPlace; area = places[area].within) {
        found[area - first_area].push_back(id);
      }
    }
    return found;
  }

  Egress egress_;
  std::vector<std::string> errors_;
  std::array<Names, kPlaceKindCount> names_;  // by PlaceKind
  std::vector<EgressCosts::Row> last_mile_;   // to the metros
  std::vector<EgressCosts::Row> backbone_;
  bool too_large_ = false;
};

Result<Egress, std::vector<std::string>> Egress::build(const EgressSource& source) {
  return EgressBuilder(source).build();
}

}  // namespace tern::policy
