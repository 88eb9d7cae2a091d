// show egress: where the traffic for each metro leaves, and what each PoP would cost. show places:
// where users can be, and how the places of routes were found.
#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "bgpd/api/answer.h"
#include "bgpd/api/route_view.h"
#include "bgpd/session/costs.h"
#include "bgpd/session/moves.h"
#include "bgpd/session/peer.h"
#include "rib/types/hash.h"

namespace tern::api {
namespace {

std::string digest_text(const std::vector<std::uint32_t>& digests) {
  Hasher all;
  for (const std::uint32_t each : digests) all.add(each);
  std::array<char, 9> text{};
  (void)std::snprintf(text.data(), text.size(), "%08x",
                      static_cast<unsigned>(all.result() & 0xffffffffU));
  return text.data();
}

// A message ends behind so many look-ups of the prefixes or the cost of a place and a PoP, so that
// no turn of the loop takes long.
constexpr std::size_t kLooksPerMessage = 4096;

// An answer about places of the configuration, a message for each slice. Ends with an error where a
// reload changes the places, because later slices would skip or repeat places.
class SlicedAnswer : public Answer {
 public:
  Progress next(proto::Response& response) final {
    if (!same_places()) {
      response.set_error(kOtherPlaces);
      return Progress::Done;
    }
    looks_ = octets_ = 0;
    while (looks_ < kLooksPerMessage && octets_ < kMessageOctets) {
      if (!step(response)) return Progress::Done;
    }
    return Progress::Send;
  }

 protected:
  explicit SlicedAnswer(session::Speaker& speaker)
      : speaker_(speaker), egress_(speaker.settings().egress) {}

  // Adds to the response what belongs to the next place. False: the answer is complete.
  virtual bool step(proto::Response& response) = 0;

  // The best paths of users in the place by exit, in the order of PoPs.
  const std::vector<std::uint64_t>& prefixes_of(MetroId place) {
    prefixes_.clear();
    for (PopId pop = 0; pop < egress().pop_count(); ++pop) {
      prefixes_.push_back(speaker_.shards().egress_prefixes(place, pop));
    }
    // A path of another PoP of ours may have users and no exit that the configuration has.
    prefixes_.push_back(speaker_.shards().egress_prefixes(place, kNoPlace));
    count_looks(prefixes_.size());
    return prefixes_;
  }
  void count_looks(std::size_t looks) { looks_ += looks; }
  void count_octets(const google::protobuf::Message& part) { octets_ += part.ByteSizeLong(); }

  [[nodiscard]] const policy::Egress& egress() const { return *egress_; }
  [[nodiscard]] session::Speaker& speaker() { return speaker_; }

 private:
  bool same_places() {
    const SharedValue<policy::Egress>& present = speaker_.settings().egress;
    if (!(present == egress_)) return false;
    egress_ = present;
    return true;
  }

  session::Speaker& speaker_;
  SharedValue<policy::Egress> egress_;
  std::vector<std::uint64_t> prefixes_;
  std::size_t looks_ = 0;   // of this message
  std::size_t octets_ = 0;  // of this message
};

std::uint64_t sum_of(const std::vector<std::uint64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

void show_row(const policy::Egress& egress, const policy::EgressCosts& costs, MetroId metro,
              const std::vector<std::uint64_t>& prefixes, proto::EgressTable::Row& row) {
  row.set_metro(egress.places().label(metro));
  row.set_title(egress.places()[metro].title);
  EgressCost nearest = kUnknownCost;
  for (PopId pop = 0; pop < egress.pop_count(); ++pop) {
    nearest = std::min(nearest, costs.cost(pop, metro));
  }
  for (PopId pop = 0; pop < egress.pop_count(); ++pop) {
    proto::EgressTable::Row::Cell& cell = *row.add_cells();
    const EgressCost cost = costs.cost(pop, metro);
    cell.set_pop(egress.pop(pop).name);
    cell.set_prefixes(prefixes[pop]);
    if (cost != kUnknownCost) cell.set_cost_us(cost);
    cell.set_measured(costs.measured(pop, metro));
    cell.set_nearest(cost == nearest && cost != kUnknownCost);
  }
}

void show_move(const policy::Egress& egress, const session::Moves::Last& last,
               proto::EgressTable::Move& shown) {
  const auto name = [&](PopId pop) {
    return pop < egress.pop_count() ? egress.pop(pop).name : std::string();
  };
  shown.set_from(name(last.move.from));
  shown.set_to(name(last.move.to));
  shown.set_prefixes(last.prefixes);
  shown.set_cause(std::string(to_string(last.move.cause)));
  shown.set_seconds_ago((session::steady_nanoseconds() - last.at) / 1'000'000'000);
}

// The exit where most best paths of the metro leave; none without prefixes.
void show_own_exit(const session::Speaker& speaker, MetroId metro,
                   const std::vector<std::uint64_t>& by_pop, proto::EgressTable& table) {
  const policy::Egress& egress = *speaker.settings().egress;
  PopId exit = kNoPlace;
  std::uint64_t most = 0;
  for (PopId pop = 0; pop < egress.pop_count(); ++pop) {
    if (by_pop[pop] > most) std::tie(exit, most) = std::tuple(pop, by_pop[pop]);
  }
  const session::Moves::Last* const last = speaker.moves().last(metro);
  if (exit == kNoPlace && last == nullptr) return;
  proto::EgressTable::Exit& shown = *table.add_exits();
  shown.set_vantage(egress.pop(egress.own_pop()).name);
  shown.set_metro(egress.places().label(metro));
  if (last != nullptr) show_move(egress, *last, *shown.mutable_last_move());
  shown.set_prefixes(most);
  if (exit == kNoPlace) return;
  const policy::EgressCosts& costs = *speaker.egress_costs();
  shown.set_pop(egress.pop(exit).name);
  const EgressCost cost = costs.cost(exit, metro);
  if (cost != kUnknownCost) shown.set_cost_us(cost);
  shown.set_cost_source(std::string(to_string(costs.cell({exit, metro, false}).source)));
}

// Shows the nearest exit from the vantage. The routes that its clients are advertised depend on the
// paths of each prefix: explain PREFIX to NEIGHBOR.
void show_nearest(const session::Speaker& speaker, PopId vantage, MetroId metro,
                  proto::EgressTable& table) {
  const policy::Egress& egress = *speaker.settings().egress;
  const policy::EgressCosts& costs = *speaker.egress_costs();
  PopId nearest = kNoPlace;
  EgressCost least = kUnknownCost;
  for (PopId pop = 0; pop < egress.pop_count(); ++pop) {
    const EgressCost cost = costs.cost_from(vantage, {metro, pop});
    if (cost < least) std::tie(nearest, least) = std::tuple(pop, cost);
  }
  if (nearest == kNoPlace) return;
  proto::EgressTable::Exit& shown = *table.add_exits();
  shown.set_vantage(egress.pop(vantage).name);
  shown.set_metro(egress.places().label(metro));
  shown.set_pop(egress.pop(nearest).name);
  shown.set_cost_us(least);
  shown.set_cost_source(std::string(to_string(costs.cell({nearest, metro, false}).source)));
}

// The vantages of neighbors. show_own_exit() shows the exits from this PoP.
std::set<PopId> vantages(const session::Speaker& speaker) {
  std::set<PopId> all;
  for (const session::Peer* peer : speaker.peers()) all.insert(peer->settings().exported.vantage);
  all.erase(kNoPlace);
  all.erase(speaker.settings().egress->own_pop());
  return all;
}

constexpr int kNeighborRows = 1024;           // of one answer
constexpr std::size_t kLooksOfNeighbor = 32;  // a neighbor takes as long as so many look-ups

std::uint64_t located_by(const session::PeerCounters& counters, LocationSource source) {
  return counters.located[static_cast<std::size_t>(source)];
}

// Whether the daemon looked for the places of the neighbor's routes.
bool was_located(const session::PeerCounters& counters) {
  return std::any_of(counters.located.begin() + 1, counters.located.end(),
                     [](std::uint64_t routes) { return routes != 0; });
}

void show_neighbor(const session::Peer& peer, const session::PeerCounters& counters,
                   proto::Places::Neighbor& row) {
  const session::PeerSettings& settings = peer.settings();
  row.set_address(session::to_string(settings.whole_address()));
  row.set_name(settings.name);
  row.set_dictionary(settings.location_dictionary);
  const policy::Places& places = settings.import.egress->places();
  if (settings.import.location_default < places.count()) {
    row.set_location_default(places.label(settings.import.location_default));
  }
  row.set_by_tag(located_by(counters, LocationSource::Tag));
  row.set_by_geofeed(located_by(counters, LocationSource::Geofeed));
  row.set_by_default(located_by(counters, LocationSource::Default));
  row.set_by_pop(located_by(counters, LocationSource::Pop));
  row.set_unknown(located_by(counters, LocationSource::Unknown));
  row.set_contradictory(counters.contradictory_tags);
}

void show_geofeed(const geofeeds::GeofeedStatus::File& file, proto::Places::Geofeed& row) {
  row.set_path(file.path);
  row.set_state(std::string(to_string(file.state)));
  row.set_entries(file.entries);
  row.set_placed(file.placed);
  row.set_left_out(file.left_out);
  row.set_error(file.error);
  if (file.read) row.set_read_seconds(static_cast<std::uint64_t>(*file.read));
}

class PlacesAnswer final : public SlicedAnswer {
 public:
  explicit PlacesAnswer(const Backend& backend) : SlicedAnswer(backend.speaker), backend_(backend) {
    for (const session::Peer* peer : speaker().peers()) neighbors_.push_back(peer->slot());
  }

 private:
  bool step(proto::Response& response) override {
    proto::Places& shown = *response.mutable_places();
    if (next_ < egress().places().count()) {
      show_place(next_++, *shown.add_places());
      return true;
    }
    if (next_neighbor_ < neighbors_.size()) {
      show_next_neighbor(shown);
      return true;
    }
    if (left_out_ != 0) shown.set_left_out(left_out_);
    const auto status =
        backend_.geofeed_status ? backend_.geofeed_status() : geofeeds::GeofeedStatus{};
    for (const auto& file : status.files) show_geofeed(file, *shown.add_geofeeds());
    return false;
  }

  void show_place(MetroId id, proto::Places::Place& row) {
    const policy::Places& places = egress().places();
    const policy::Place& place = places[id];
    row.set_kind(std::string(to_string(place.kind)));
    row.set_name(place.name);
    row.set_title(place.title);
    row.set_code(place.code);
    if (place.within != kNoPlace) row.set_within(places[place.within].name);
    row.set_prefixes(sum_of(prefixes_of(id)));
    count_octets(row);
  }

  void show_next_neighbor(proto::Places& shown) {
    const session::Peer* const peer = speaker().peer(neighbors_[next_neighbor_++]);
    if (peer == nullptr || peer->left()) return;
    count_looks(kLooksOfNeighbor);
    const session::PeerCounters counters = peer->counters();
    if (!was_located(counters)) return;
    if (neighbor_rows_ == kNeighborRows) {
      ++left_out_;
      return;
    }
    ++neighbor_rows_;
    proto::Places::Neighbor& row = *shown.add_neighbors();
    show_neighbor(*peer, counters, row);
    count_octets(row);
  }

  const Backend& backend_;
  MetroId next_ = 0;
  std::vector<PeerSlot> neighbors_;  // when the answer began, in order of address
  std::size_t next_neighbor_ = 0;    // index in neighbors_
  int neighbor_rows_ = 0;
  std::uint64_t left_out_ = 0;  // neighbors
};

// Rows and the exits of this PoP, and then the exits of each vantage.
class EgressAnswer final : public SlicedAnswer {
 public:
  explicit EgressAnswer(session::Speaker& speaker)
      : SlicedAnswer(speaker), vantages_(vantages(speaker)), vantage_(vantages_.begin()) {}

 private:
  bool step(proto::Response& response) override {
    proto::EgressTable& table = *response.mutable_egress();
    if (next_ == 0) show_header(table);
    if (next_ < egress().places().count()) {
      show_place(next_++, table);
      return true;
    }
    if (vantage_ != vantages_.end() && next_exit_ == shown_.size()) {
      ++vantage_;
      next_exit_ = 0;
    }
    if (vantage_ == vantages_.end() || shown_.empty()) return false;
    show_nearest(speaker(), *vantage_, shown_[next_exit_++], table);
    count_looks(egress().pop_count());
    if (!table.exits().empty()) count_octets(*table.exits().rbegin());
    return true;
  }

  void show_header(proto::EgressTable& table) {
    table.set_own_pop(egress().pop(egress().own_pop()).name);
    table.set_pop_added_us(speaker().pop_added_cost());
    table.set_pop_demotion_us(speaker().health().pop_demotion_cost());
    table.set_mode(std::string(policy::to_string(egress().mode())));
    table.set_digest(digest_text(speaker().costs().digests()));
    for (PopId pop = 0; pop < egress().pop_count(); ++pop) {
      table.add_pops(egress().pop(pop).name);
    }
    table.set_untagged_prefixes(sum_of(prefixes_of(kNoPlace)));
  }

  void show_place(MetroId place, proto::EgressTable& table) {
    const std::vector<std::uint64_t>& prefixes = prefixes_of(place);
    if (place >= egress().metro_count() && sum_of(prefixes) == 0) return;
    shown_.push_back(place);
    proto::EgressTable::Row& row = *table.add_rows();
    show_row(egress(), *speaker().egress_costs(), place, prefixes, row);
    count_octets(row);
    show_own_exit(speaker(), place, prefixes, table);
  }

  std::vector<MetroId> shown_;  // places with a row
  const std::set<PopId> vantages_;
  MetroId next_ = 0;
  std::set<PopId>::const_iterator vantage_;  // whose exits come next
  std::size_t next_exit_ = 0;                // index in shown_
};

}  // namespace

std::unique_ptr<Answer> show_places(const Backend& backend) {
  return std::make_unique<PlacesAnswer>(backend);
}

std::unique_ptr<Answer> show_egress(session::Speaker& speaker) {
  return std::make_unique<EgressAnswer>(speaker);
}

}  // namespace tern::api
