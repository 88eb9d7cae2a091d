// show routes: one destination, or a walk over the destinations that a prefix covers, in order and
// in slices. RoutesAnswer reads the table beside the threads that change it (rib/table_reader.h).
// The lister's thread runs a walk, the loop's thread looks up one destination.
#include <algorithm>
#include <optional>
#include <utility>

#include "bgpd/api/advertised_source.h"
#include "bgpd/api/answer.h"
#include "bgpd/api/route_view.h"
#include "bgpd/api/routes_query.h"
#include "bgpd/session/peer.h"
#include "bgpd/wire/attribute_set.h"
#include "rib/ordered_walk.h"
#include "rib/table_reader.h"

namespace tern::api {
namespace {

using Table = proto::RoutesRequest;

constexpr int kRoutesPerMessage = 256;
constexpr char kListingLost[] =
    "too much of the table has changed while this listing waited for its reader; ask again";
constexpr std::size_t kEmitSlice = 1024;  // destinations shown or counted in one turn
// The octets after which a message, and the sets copied for it, end: an AS path may take 64 kB, and
// several times that as text. The last route is shown whole, which stays far below the 16 MiB of a
// frame.

// A route copied out of the table, so that no section is open while it is turned into text.
struct Row {
  PathFacts path;  // of an advertised route: with the path id as advertised
  EgressInfo place;
  std::vector<std::byte> octets;    // of the set
  std::vector<std::byte> received;  // of the set as received, where the query asks for a location
};

class RoutesAnswer final : public Answer {
 public:
  RoutesAnswer(session::Speaker& speaker, RoutesQuery query)
      : query_(std::move(query)),
        speaker_(speaker),
        share_(speaker),
        shards_(speaker.shards()),
        egress_(speaker.settings().egress),
        vrps_(speaker.vrps()) {
    for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
      readers_.emplace_back(shards_[shard]);
    }
    prepare();
    if (query_.for_one()) {
      find_each();
    } else {
      begin_walk();
    }
  }

  [[nodiscard]] bool beside() const override { return !query_.for_one(); }

  // The shards know the ranks of all neighbors that were members at the last look.
  [[nodiscard]] bool looks() const override {
    return !beside() || membership_ != speaker_.membership();
  }

  // The slot of a neighbor that left may have a new owner.
  void prepare() override {
    if (query_.request.table() == Table::ADVERTISED) {
      advertised_source_.note(speaker_, *query_.slot);
    }
    if (membership_ == speaker_.membership()) return;
    membership_ = speaker_.membership();
    sources_.clear();
    note_sources(speaker_, sources_);
    if (!query_.slot) return;
    const bool known = *query_.slot < sources_.size() && sources_[*query_.slot];
    const std::string address = known ? sources_[*query_.slot]->address : std::string();
    if (!asked_for_) asked_for_ = address;
    left_ = address != *asked_for_;
  }

  [[nodiscard]] const char* lost() const override {
    return share_.revoked() ? kListingLost : nullptr;
  }

  Progress next(proto::Response& response) override {
    if (left_) return Progress::Done;
    if (share_.revoked()) {
      response.set_error(kListingLost);
      return Progress::Done;
    }
    return emit(response);
  }

 private:
  // An exact or longest match in each family that the query asks for.
  void find_each() {
    for (const Family family : kFamilies) {
      if (!query_.wants(family)) continue;
      if (const auto found = find(family)) matches_.push_back(*found);
    }
  }

  std::optional<rib::Found> find(Family family) {
    const Prefix& asked = *query_.prefix;
    const bool longest = query_.request.match() == Table::LONGEST;
    for (int length = asked.length(); length >= 0; --length) {
      const Prefix covering(asked.address(), static_cast<std::uint8_t>(length));
      const auto found = shards_.find({covering, family});
      if (found && (!longest || has_rows(*found))) return found;
      if (!longest) break;
    }
    return std::nullopt;
  }

  // Whether the query asks for a route of the destination.
  bool has_rows(const rib::Found& found) {
    entry_ = 0;
    do {
      copy(found);
      for (std::size_t i = 0; i < row_count_; ++i) {
        if (!read(rows_[i])) continue;
        entry_ = 0;
        return true;
      }
    } while (entry_ != 0);
    return false;
  }

  // Begins the walk over the next family that the query asks for.
  void begin_walk() {
    for (; family_ < kFamilyCount && !walk_; ++family_) {
      const Family family = kFamilies[family_];
      if (!query_.wants(family)) continue;
      walk_.emplace(readers_, family, query_.prefix.value_or(default_route(row(family).version)));
    }
  }

  std::optional<rib::Found> next_destination() {
    if (query_.for_one()) {
      if (next_match_ == matches_.size()) return std::nullopt;
      return matches_[next_match_++];
    }
    while (walk_) {
      if (const auto found = walk_->next()) return found;
      walk_.reset();
      begin_walk();
    }
    return std::nullopt;
  }

  Progress emit(proto::Response& response) {
    proto::Routes& routes = *response.mutable_routes();
    octets_ = 0;
    for (std::size_t looked = 0; looked < kEmitSlice; ++looked) {
      if (entry_ == 0) at_ = next_destination();
      if (limit_reached() || !at_) {
        if (query_.request.count_only()) routes.set_count(shown_);
        return Progress::Done;
      }
      copy(*at_);
      for (std::size_t i = 0; i < row_count_ && !limit_reached(); ++i) {
        show(rows_[i], routes);
      }
      if (routes.routes_size() >= kRoutesPerMessage || octets_ >= kMessageOctets) {
        return Progress::Send;
      }
    }
    return routes.routes_size() > 0 ? Progress::Send : Progress::Working;
  }

  [[nodiscard]] bool limit_reached() const {
    return query_.request.limit() > 0 && shown_ >= query_.request.limit();
  }

  // ---- Out of the table

  // Copies the rows from entry_ on, until they fill a message. The rest of a destination with
  // hundreds of long paths is copied for the next message, in its state at that time.
  void copy(const rib::Found& found) {
    const rib::TableReader& reader = readers_[found.shard];
    row_count_ = 0;
    copied_ = 0;
    const rib::TableReader::Section section(reader);
    const rib::Destination destination = reader.destination(found.id);
    nlri_ = destination.nlri();
    const bool advertised = query_.request.table() == Table::ADVERTISED;
    const std::size_t end = advertised ? destination.advertised.size() : destination.paths.size();
    for (; entry_ < end && copied_ < kMessageOctets; ++entry_) {
      if (advertised) {
        copy_advertised(reader, destination, entry_);
      } else {
        copy_path(destination, entry_);
      }
    }
    if (entry_ >= end) entry_ = 0;
  }

  void copy_path(const rib::Destination& destination, std::size_t i) {
    const rib::Path& path = destination.paths[i];
    if (!wanted(destination, path)) return;
    const bool received = query_.request.table() == Table::RECEIVED || !path.accepted();
    Row& row =
        add_row(facts_of(destination, i), received ? destination.received(i) : path.effective());
    if (!query_.by_location()) return;
    const auto octets = shards_.attributes()[destination.received(i)].octets();
    row.received.assign(octets.begin(), octets.end());
    copied_ += row.received.size();
  }

  void copy_advertised(const rib::TableReader& reader, const rib::Destination& destination,
                       std::size_t i) {
    if (!query_.advertised || !reader.contains(destination.advertised[i].audience, *query_.slot)) {
      return;
    }
    const auto [path, place] = query_.request.count_only()
                                   ? AdvertisedSource::without_path(destination, i)
                                   : advertised_source_.route(shards_.attributes(), destination, i);
    Row& row = add_row(path, destination.advertised[i].set);
    if (path.peer != kNoPeerSlot) row.place = place;
  }

  Row& add_row(const PathFacts& path, rib::AttrRef ref) {
    if (row_count_ == rows_.size()) rows_.emplace_back();
    Row& row = rows_[row_count_++];
    row.path = path;
    if (query_.request.count_only() && !query_.by_attributes()) return row;
    const rib::InternedSet& set = shards_.attributes()[ref];
    row.place = set.egress();
    row.octets.assign(set.octets().begin(), set.octets().end());
    copied_ += row.octets.size();
    return row;
  }

  [[nodiscard]] bool wanted(const rib::Destination& destination, const rib::Path& path) const {
    if (query_.slot && path.peer() != *query_.slot) return false;
    if (query_.reason &&
        (path.accepted() || shards_.reasons().name(path.reason()) != *query_.reason)) {
      return false;
    }
    switch (query_.request.table()) {
      case Table::BEST:
        return &path == destination.best();
      case Table::ACCEPTED:
        return path.accepted();
      case Table::REJECTED:
        return !path.accepted();
      default:
        return true;
    }
  }

  // ---- Into the answer

  // Reads attributes_ and state_ if the query needs them. False: the query does not ask for the
  // route.
  bool read(const Row& row) {
    const bool counts = query_.request.count_only();
    if (counts && !query_.by_attributes()) return true;
    if (query_.by_location() && !wants_location(row)) return false;
    wire::decode_set(row.octets, attributes_);
    if (query_.by_attributes() && !query_.wants(attributes_)) return false;
    if (counts && !query_.rpki) return true;
    state_ = rpki_state(vrps_.get(), nlri_.prefix, attributes_, source_of(row));
    return !query_.rpki || state_ == *query_.rpki;
  }

  bool wants_location(const Row& row) {
    const auto& from = source_of(row);
    if (!from) return false;
    wire::decode_set(row.received, attributes_);
    return query_.wants(pipeline::locate(nlri_.prefix, attributes_, from->kind, from->location));
  }

  [[nodiscard]] const std::optional<Neighbor>& source_of(const Row& row) const {
    static const std::optional<Neighbor> kNobody;
    return row.path.peer < sources_.size() ? sources_[row.path.peer] : kNobody;
  }

  void show(const Row& row, proto::Routes& routes) {
    if (!read(row)) return;
    ++shown_;
    if (query_.request.count_only()) return;
    proto::Route& route = *routes.add_routes();
    show_path(nlri_, row.path, source_of(row), shards_, route);
    show_rpki(state_, route);
    show_attributes(attributes_, query_.request.detail(), route);
    show_place(*egress_, row.place, route);
    octets_ += route.ByteSizeLong();
  }

  const RoutesQuery query_;
  const session::Speaker& speaker_;  // on the loop
  const session::TableShare share_;
  const rib::Shards& shards_;
  const std::shared_ptr<const policy::Egress> egress_;
  const std::shared_ptr<const policy::VrpTable> vrps_;
  std::vector<rib::TableReader> readers_;         // by shard
  std::vector<std::optional<Neighbor>> sources_;  // by slot
  std::uint64_t membership_ = 0;                  // when sources_ was noted
  std::optional<std::string> asked_for_;          // the address of the neighbor in query_.slot
  bool left_ = false;                             // that neighbor left
  std::vector<rib::Found> matches_;               // of an exact or longest match
  std::size_t next_match_ = 0;                    // of them, to show
  std::size_t family_ = 0;                        // index of the next family to walk
  std::optional<rib::OrderedWalk> walk_;          // none: the walk has ended
  std::uint64_t shown_ = 0;
  std::size_t octets_ = 0;  // of the message
  AdvertisedSource advertised_source_;
  std::optional<rib::Found> at_;  // the destination being shown
  Nlri nlri_;                     // of it
  std::size_t entry_ = 0;         // of it: where copy() goes on; 0: it is done
  std::vector<Row> rows_;         // of it
  std::size_t row_count_ = 0;
  std::size_t copied_ = 0;       // octets of them
  PathAttributes attributes_;    // of the route being shown
  policy::OriginState state_{};  // of its origin
};

}  // namespace

std::unique_ptr<Answer> list_routes(session::Speaker& speaker, const Table& request) {
  RoutesQuery query = parse(speaker, request);
  if (query.error.empty()) return std::make_unique<RoutesAnswer>(speaker, std::move(query));
  return error_answer(query.error);
}

}  // namespace tern::api
