// show routes: one destination, or a walk of the table in slices, sorted as it goes. The table is
// read beside those who change it (rib/table_reader.h), a walk on the lister's thread.
#include <algorithm>
#include <array>
#include <optional>

#include "bgpd/api/answer.h"
#include "bgpd/api/route_view.h"
#include "bgpd/api/routes_query.h"
#include "bgpd/session/peer.h"
#include "bgpd/wire/attribute_set.h"
#include "rib/table_reader.h"

namespace tern::api {
namespace {

using Table = proto::RoutesRequest;

constexpr rib::DestId kGatherSlice = 8192;  // destinations looked at in one turn
constexpr int kRoutesPerMessage = 256;
constexpr std::size_t kEmitSlice = 1024;  // destinations shown or counted in one turn

// A route copied out of the table, so that no section is open while it is turned into text.
struct Row {
  PathFacts path;  // of what a neighbor was told: the path id alone
  EgressInfo place;
  std::vector<std::byte> octets;  // of the set
};

class RoutesAnswer final : public Answer {
 public:
  RoutesAnswer(session::Speaker& speaker, RoutesQuery query)
      : query_(std::move(query)),
        speaker_(speaker),
        share_(speaker),
        shards_(speaker.shards()),
        egress_(speaker.settings().egress) {
    for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
      readers_.emplace_back(shards_[shard]);
    }
    if (query_.for_one()) find_one();
  }

  [[nodiscard]] bool beside() const override { return !query_.for_one(); }

  // Slots are given to others when neighbors leave.
  void prepare() override {
    if (membership_ == speaker_.membership()) return;
    membership_ = speaker_.membership();
    neighbors_.clear();
    for (const session::Peer* peer : speaker_.peers()) {
      if (peer->slot() >= neighbors_.size()) neighbors_.resize(peer->slot() + 1U);
      neighbors_[peer->slot()] = neighbor_of(peer);
    }
    if (!query_.slot) return;
    const bool known = *query_.slot < neighbors_.size() && neighbors_[*query_.slot];
    const std::string address = known ? neighbors_[*query_.slot]->address : std::string();
    if (!asked_for_) asked_for_ = address;
    left_ = address != *asked_for_;
  }

  Progress next(proto::Response& response) override {
    if (left_) return Progress::Done;
    if (!gathered_) return gather();
    return emit(response);
  }

 private:
  // By what destinations are sorted in bulk: family, then the first bits of the address.
  static constexpr unsigned kBucketBits = 12;
  static std::size_t bucket_of(const Prefix& prefix) {
    const auto bytes = prefix.address().bytes();
    const unsigned first =
        (std::to_integer<unsigned>(bytes[0]) << 8U) | std::to_integer<unsigned>(bytes[1]);
    return (index(prefix.family()) << kBucketBits) | (first >> (16U - kBucketBits));
  }

  void find_one() {
    gathered_ = true;
    const auto found = query_.request.match() == Table::LONGEST
                           ? shards_.longest_match(*query_.prefix)
                           : shards_.find(*query_.prefix);
    if (found) sorted_.push_back(*found);
  }

  Progress gather() {
    const rib::TableReader& reader = readers_[next_.shard];
    const rib::DestId end = std::min(reader.end(), next_.id + kGatherSlice);
    for (; next_.id < end; ++next_.id) {
      if (!reader.in_use(next_.id)) continue;
      const Prefix& prefix = reader.prefix(next_.id);
      if (query_.wants(prefix)) buckets_[bucket_of(prefix)].push_back(next_);
    }
    if (next_.id >= reader.end()) next_ = {next_.shard + 1, 0};
    gathered_ = next_.shard == readers_.size();
    return Progress::Working;
  }

  [[nodiscard]] const Prefix& prefix_of(const rib::Found& found) const {
    return readers_[found.shard].prefix(found.id);
  }

  // The next destination in order; sorts one bucket at a time.
  std::optional<rib::Found> next_destination() {
    while (position_ >= sorted_.size()) {
      if (bucket_ >= buckets_.size()) return std::nullopt;
      sorted_ = std::move(buckets_[bucket_++]);
      position_ = 0;
      std::ranges::sort(sorted_, {}, [this](const rib::Found& at) { return prefix_of(at); });
    }
    return sorted_[position_++];
  }

  Progress emit(proto::Response& response) {
    proto::Routes& routes = *response.mutable_routes();
    for (std::size_t looked = 0; looked < kEmitSlice; ++looked) {
      const auto found = limit_reached() ? std::nullopt : next_destination();
      if (!found) {
        if (query_.request.count_only()) routes.set_count(shown_);
        return Progress::Done;
      }
      copy(*found);
      for (std::size_t i = 0; i < row_count_ && !limit_reached(); ++i) {
        show(prefix_of(*found), rows_[i], routes);
      }
      if (routes.routes_size() >= kRoutesPerMessage) return Progress::Send;
    }
    return routes.routes_size() > 0 ? Progress::Send : Progress::Working;
  }

  [[nodiscard]] bool limit_reached() const {
    return query_.request.limit() > 0 && shown_ >= query_.request.limit();
  }

  // ---- Out of the table

  void copy(const rib::Found& found) {
    const rib::TableReader& reader = readers_[found.shard];
    row_count_ = 0;
    const rib::TableReader::Section section(reader);
    const rib::Destination destination = reader.destination(found.id);
    if (query_.request.table() == Table::ADVERTISED) return copy_told(reader, destination);
    for (std::size_t i = 0; i < destination.paths.size(); ++i) {
      const rib::Path& path = destination.paths[i];
      if (!wanted(destination, path)) continue;
      const bool received = query_.request.table() == Table::RECEIVED || !path.accepted();
      add_row(facts_of(destination, i), received ? destination.received(i) : path.effective());
    }
  }

  void copy_told(const rib::TableReader& reader, const rib::Destination& destination) {
    if (!query_.told) return;
    for (std::size_t i = 0; i < destination.told.size(); ++i) {
      if (!reader.contains(destination.told[i].audience, *query_.slot)) continue;
      PathFacts path;
      path.path_id = destination.told_id(i);
      path.accepted = true;
      add_row(path, destination.told[i].set);
    }
  }

  void add_row(const PathFacts& path, rib::AttrRef ref) {
    if (row_count_ == rows_.size()) rows_.emplace_back();
    Row& row = rows_[row_count_++];
    row.path = path;
    if (query_.request.count_only() && !query_.by_attributes()) return;
    const rib::InternedSet& set = shards_.attributes()[ref];
    row.place = set.egress();
    row.octets.assign(set.octets().begin(), set.octets().end());
  }

  [[nodiscard]] bool wanted(const rib::Destination& destination, const rib::Path& path) const {
    if (query_.slot && path.peer() != *query_.slot) return false;
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

  void show(const Prefix& prefix, const Row& row, proto::Routes& routes) {
    const bool count_only = query_.request.count_only();
    if (!count_only || query_.by_attributes()) wire::decode_set(row.octets, attributes_);
    if (query_.by_attributes() && !query_.wants(attributes_)) return;
    ++shown_;
    if (count_only) return;
    static const std::optional<Neighbor> kNobody;
    proto::Route& route = *routes.add_routes();
    const bool known = row.path.peer < neighbors_.size();
    show_path(prefix, row.path, known ? neighbors_[row.path.peer] : kNobody, shards_.details(),
              route);
    show_attributes(attributes_, query_.request.detail(), route);
    show_place(*egress_, row.place, route);
  }

  const RoutesQuery query_;
  const session::Speaker& speaker_;  // on the loop
  const session::TableShare share_;
  const rib::Shards& shards_;
  const std::shared_ptr<const policy::Egress> egress_;
  std::vector<rib::TableReader> readers_;           // by shard
  std::vector<std::optional<Neighbor>> neighbors_;  // by slot
  std::uint64_t membership_ = 0;                    // when those were noted
  std::optional<std::string> asked_for_;            // the address of the neighbor in query_.slot
  bool left_ = false;                               // it did
  bool gathered_ = false;
  rib::Found next_;
  std::array<std::vector<rib::Found>, kFamilyCount << kBucketBits> buckets_;
  std::size_t bucket_ = 0;
  std::vector<rib::Found> sorted_;
  std::size_t position_ = 0;
  std::uint64_t shown_ = 0;
  std::vector<Row> rows_;  // of the destination being shown
  std::size_t row_count_ = 0;
  PathAttributes attributes_;  // of the route being shown
};

}  // namespace

std::unique_ptr<Answer> list_routes(session::Speaker& speaker, const Table& request) {
  RoutesQuery query = parse(speaker, request);
  if (query.error.empty()) return std::make_unique<RoutesAnswer>(speaker, std::move(query));
  proto::Response response;
  response.set_error(query.error);
  return one_answer(std::move(response));
}

}  // namespace tern::api
