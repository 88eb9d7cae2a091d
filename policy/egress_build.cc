// Egress::build(): checks and resolves the places, dictionaries and measurements of a
// configuration, and makes tables of them.

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>
#include <unordered_map>

#include "policy/egress.h"
#include "policy/suggest.h"

namespace tern::policy {
namespace {

// Indices have 16 bits, and the last one is kNoPlace.
constexpr std::size_t kMostPlaces = kNoPlace;
// Pops × metros cells of eight bytes: enough for 400 PoPs and 10 000 metros, and it stays in
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

}  // namespace

class EgressBuilder {
 public:
  explicit EgressBuilder(const EgressSource& source) { egress_.source_ = source; }

  Result<Egress, std::vector<std::string>> build() {
    places(source().pops, "pop", pops_, egress_.pop_codes_);
    places(source().metros, "metro", metros_, egress_.metro_codes_);
    if (source().pops.size() * source().metros.size() > kMostPairs) {
      too_large_ = true;
      fail("more than " + std::to_string(kMostPairs) + " pairs of pop and metro");
    }
    if (too_large_) return errors_;
    own_pop();
    dictionaries();
    estimate();
    measurements();
    if (!errors_.empty()) return errors_;
    return std::move(egress_);
  }

 private:
  struct Names {
    std::unordered_map<std::string, std::uint16_t> by_name;
    std::vector<std::string> list;
  };

  [[nodiscard]] const EgressSource& source() const { return egress_.source_; }
  void fail(std::string message) { errors_.push_back(std::move(message)); }

  template <typename Place>
  void places(const std::vector<Place>& list, const std::string& kind, Names& names,
              Egress::Codes& codes) {
    if (list.size() > kMostPlaces) {
      too_large_ = true;
      fail(kind + "s: more than " + std::to_string(kMostPlaces));
      return;
    }
    std::unordered_map<std::uint32_t, std::string> owners;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Place& place = list[i];
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
      codes.emplace_back(place.code, id);
      if (!on_globe(place.location)) {
        fail(start + "latitude is from -90 to 90, longitude from -180 to 180");
      }
    }
    std::sort(codes.begin(), codes.end());
  }

  void own_pop() {
    if (source().pop.empty()) return;
    const auto own = find(source().pop, pops_, "", "pop");
    if (own) egress_.own_pop_ = *own;
    if (source().community_asn == kAsZero) fail("community_asn: 0 is not an AS number (RFC 7607)");
    if (source().location_function == source().egress_function) {
      fail("location_function and egress_function are both " +
           std::to_string(source().egress_function) + "; they must differ");
    }
  }

  void dictionaries() {
    std::set<std::string> names;
    for (const DictionarySource& dictionary : source().dictionaries) {
      const std::string start = "dictionary " + quoted(dictionary.name) + ": ";
      if (dictionary.name.empty()) fail("dictionary: a name is missing");
      if (!names.insert(dictionary.name).second) fail(start + "defined twice");
      std::vector<AnyCommunityPattern> patterns;
      std::vector<MetroId> metros;
      std::set<PatternKey> seen;
      for (std::size_t i = 0; i < dictionary.tags.size(); ++i) {
        const auto& [pattern, metro] = dictionary.tags[i];
        if (!seen.insert(key_of(pattern)).second) {
          fail(start + "tag " + std::to_string(i + 1) + ", for " + quoted(metro) +
               ", repeats an earlier one");
        }
        patterns.push_back(pattern);
        metros.push_back(find(metro, metros_, start, "metro").value_or(kNoPlace));
      }
      egress_.dictionaries_.emplace_back(patterns);
      egress_.dictionary_metros_.push_back(std::move(metros));
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
    for (const PopSource& pop : source().pops) {
      for (const MetroSource& metro : source().metros) {
        const bool known = on_globe(pop.location) && on_globe(metro.location);
        egress_.last_mile_.push_back(
            {known ? estimated_cost(pop.location, metro.location) : kUnknownCost, false});
      }
    }
    for (const PopSource& from : source().pops) {
      for (const PopSource& to : source().pops) {
        const bool known = on_globe(from.location) && on_globe(to.location);
        // The floor of the last mile is not part of the backbone.
        egress_.backbone_.push_back(known ? estimated_cost(from.location, to.location) -
                                                kLastMileMicroseconds
                                          : kUnknownCost);
      }
    }
    for (std::size_t i = 0; i < source().pops.size(); ++i) egress_.backbone_[cell(i, i)] = 0;
  }

  [[nodiscard]] std::size_t cell(std::size_t from, std::size_t to) const {
    return from * source().pops.size() + to;
  }

  // A round trip is equal in both directions; if both are measured, each keeps its number.
  void measurements() {
    std::set<std::pair<std::string, std::string>> seen;
    for (const RttSource& rtt : source().rtts) {
      const auto pop = find(rtt.pop, pops_, "rtt: ", "pop");
      const auto metro = metros_.by_name.find(rtt.to);
      const auto peer = pops_.by_name.find(rtt.to);
      const std::string pair = "rtt: " + quoted(rtt.pop) + " to " + quoted(rtt.to);
      if (metro == metros_.by_name.end() && peer == pops_.by_name.end()) {
        std::vector<std::string> both = metros_.list;
        both.insert(both.end(), pops_.list.begin(), pops_.list.end());
        fail("rtt: unknown metro or pop " + quoted(rtt.to) + did_you_mean(rtt.to, both));
      } else if (metro == metros_.by_name.end() && rtt.pop == rtt.to) {
        fail(pair + ": a pop has no round trip to itself");
      }
      if (!seen.emplace(rtt.pop, rtt.to).second) fail(pair + ": measured twice");
      if (rtt.microseconds == 0 || rtt.microseconds == kUnknownCost) {
        fail(pair + ": " + std::to_string(rtt.microseconds) + " is not a round trip");
      }
      if (!errors_.empty()) continue;
      if (metro != metros_.by_name.end()) {
        egress_.last_mile_[*pop * source().metros.size() + metro->second] = {rtt.microseconds,
                                                                             true};
      }
      if (peer == pops_.by_name.end() || peer->second == *pop) continue;
      egress_.backbone_[cell(*pop, peer->second)] = rtt.microseconds;
      if (seen.count({rtt.to, rtt.pop}) == 0) {
        egress_.backbone_[cell(peer->second, *pop)] = rtt.microseconds;
      }
    }
  }

  Egress egress_;
  std::vector<std::string> errors_;
  Names pops_;
  Names metros_;
  bool too_large_ = false;
};

Result<Egress, std::vector<std::string>> Egress::build(const EgressSource& source) {
  return EgressBuilder(source).build();
}

}  // namespace tern::policy
