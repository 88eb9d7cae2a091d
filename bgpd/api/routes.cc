// show routes: one destination, or a walk of the table in slices, sorted as it goes.
#include <algorithm>
#include <array>
#include <optional>
#include <variant>

#include "bgpd/api/answer.h"
#include "bgpd/api/route_view.h"
#include "bgpd/pipeline/attribute_sets.h"
#include "bgpd/session/peer.h"
#include "policy/policy.h"

namespace tern::api {
namespace {

using Table = proto::RoutesRequest;

constexpr rib::DestId kGatherSlice = 8192;  // destinations looked at in one turn
constexpr int kRoutesPerMessage = 256;
constexpr std::size_t kEmitSlice = 1024;  // destinations shown or counted in one turn

template <typename Community, typename Pattern>
bool any_matches(const std::vector<Community>& communities, const Pattern& matches) {
  return std::any_of(communities.begin(), communities.end(), matches);
}

// A community pattern against all lists of a route.
bool carries(const PathAttributes& attributes, const policy::AnyCommunityPattern& pattern) {
  if (const auto* p = std::get_if<policy::CommunityPattern>(&pattern)) {
    return any_matches(attributes.communities, [&](Community c) {
      return p->fields[0].matches(c.high()) && p->fields[1].matches(c.low());
    });
  }
  if (const auto* p = std::get_if<policy::LargeCommunityPattern>(&pattern)) {
    return any_matches(attributes.large_communities, [&](const LargeCommunity& c) {
      return p->fields[0].matches(c.global) && p->fields[1].matches(c.local1) &&
             p->fields[2].matches(c.local2);
    });
  }
  const auto& p = std::get<policy::ExtendedCommunityPattern>(pattern);
  return any_matches(attributes.extended_communities,
                     [&](ExtendedCommunity c) { return (c.value & p.mask) == (p.value & p.mask); });
}

// What a request asks for, its texts parsed.
struct Query {
  Table request;
  session::Peer* peer = nullptr;
  std::optional<Family> family;
  std::optional<Prefix> prefix;
  std::optional<policy::AnyCommunityPattern> community;
  std::string error;
};

std::optional<Prefix> parse_place(const std::string& text) {
  if (auto prefix = Prefix::parse(text)) return prefix;
  const auto address = IpAddress::parse(text);
  if (!address) return std::nullopt;
  return Prefix(*address, static_cast<std::uint8_t>(address->bits()));
}

Query parse(const session::Speaker& speaker, const Table& request) {
  Query query{request, nullptr, {}, {}, {}, {}};
  if (!request.neighbor().empty()) {
    query.peer = speaker.find(request.neighbor());
    if (query.peer == nullptr) query.error = "no neighbor '" + request.neighbor() + "'";
  } else if (request.table() == Table::RECEIVED || request.table() == Table::ACCEPTED ||
             request.table() == Table::ADVERTISED) {
    query.error = "this table is one neighbor's: say which";
  }
  for (const Family family : kFamilies) {
    if (request.family() == to_string(family)) query.family = family;
  }
  if (!request.family().empty() && !query.family) {
    query.error =
        "unknown family '" + request.family() + "', expected ipv4-unicast or ipv6-unicast";
  }
  if (!request.prefix().empty()) {
    query.prefix = parse_place(request.prefix());
    if (!query.prefix)
      query.error = "'" + request.prefix() + "' is neither a prefix nor an address";
  }
  if (!request.community().empty()) {
    query.community = policy::parse_community_pattern(request.community());
    if (!query.community) query.error = "'" + request.community() + "' is no community";
  }
  return query;
}

class RoutesAnswer final : public Answer {
 public:
  RoutesAnswer(session::Speaker& speaker, Query query)
      : speaker_(speaker), shards_(speaker.shards()), query_(std::move(query)) {
    if (query_.peer != nullptr) slot_ = query_.peer->slot();
    gather_one();
  }

  Progress next(proto::Response& response) override {
    if (!query_.error.empty()) {
      response.set_error(query_.error);
      return Progress::Done;
    }
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

  // Exact and longest matches need no walk.
  void gather_one() {
    if (!query_.prefix || query_.request.match() == Table::LONGER) return;
    gathered_ = true;
    const auto found = query_.request.match() == Table::LONGEST
                           ? shards_.longest_match(*query_.prefix)
                           : shards_.find(*query_.prefix);
    if (found) sorted_.push_back(*found);
  }

  Progress gather() {
    const rib::Rib& rib = shards_[next_.shard];
    const rib::DestId end = std::min(rib.end(), next_.id + kGatherSlice);
    for (; next_.id < end; ++next_.id) {
      const rib::Destination destination = rib.destination(next_.id);
      if (!destination.in_use) continue;
      const Prefix& prefix = destination.prefix;
      if (query_.family && prefix.family() != *query_.family) continue;
      if (query_.prefix && !query_.prefix->covers(prefix)) continue;
      buckets_[bucket_of(prefix)].push_back(next_);
    }
    if (next_.id >= rib.end()) next_ = {next_.shard + 1, 0};
    gathered_ = next_.shard == shards_.size();
    return Progress::Working;
  }

  // The next destination in order; sorts one bucket at a time.
  std::optional<rib::Found> next_destination() {
    while (position_ >= sorted_.size()) {
      if (bucket_ >= buckets_.size()) return std::nullopt;
      sorted_ = std::move(buckets_[bucket_++]);
      position_ = 0;
      std::sort(sorted_.begin(), sorted_.end(), [this](const rib::Found& a, const rib::Found& b) {
        return shards_.destination(a).prefix < shards_.destination(b).prefix;
      });
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
      show(*found, routes);
      if (routes.routes_size() >= kRoutesPerMessage) return Progress::Send;
    }
    return routes.routes_size() > 0 ? Progress::Send : Progress::Working;
  }

  [[nodiscard]] bool limit_reached() const {
    return query_.request.limit() > 0 && shown_ >= query_.request.limit();
  }

  void show(const rib::Found& found, proto::Routes& routes) {
    const rib::Destination destination = shards_.destination(found);
    if (query_.request.table() == Table::ADVERTISED) return show_advertised(found, routes);
    for (std::size_t i = 0; i < destination.paths.size(); ++i) {
      const rib::Path& path = destination.paths[i];
      if (limit_reached()) return;
      const bool received = query_.request.table() == Table::RECEIVED || !path.accepted();
      if (!wanted(destination, path)) continue;
      pipeline::read(shards_.attributes()[received ? destination.received(i) : path.effective()],
                     set_);
      add(destination, &path, set_, routes);
    }
  }

  [[nodiscard]] bool wanted(const rib::Destination& destination, const rib::Path& path) const {
    if (slot_ && path.peer() != *slot_) return false;
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

  void show_advertised(const rib::Found& found, proto::Routes& routes) {
    session::Peer* peer = slot_ ? speaker_.peer(*slot_) : nullptr;
    // The neighbour may have gone since the listing began; what it held is then gone with it.
    if (peer == nullptr || peer->exported() == nullptr) return;
    const rib::Destination destination = shards_.destination(found);
    pipeline::list_told(shards_[found.shard], destination, *slot_, held_);
    for (const pipeline::Advertised& advertised : held_) {
      if (limit_reached()) return;
      pipeline::read(shards_.attributes()[advertised.attributes], set_);
      add(destination, nullptr, set_, routes, advertised.path_id);
    }
  }

  void add(const rib::Destination& destination, const rib::Path* path, const rib::AttributeSet& set,
           proto::Routes& routes, std::uint32_t path_id = 0) {
    const PathAttributes& attributes = set.attributes;
    if (query_.community && !carries(attributes, *query_.community)) return;
    if (query_.request.origin_as() != 0 &&
        attributes.as_path.origin() != query_.request.origin_as()) {
      return;
    }
    ++shown_;
    if (query_.request.count_only()) return;
    proto::Route& route = *routes.add_routes();
    if (path != nullptr) {
      show_path(speaker_, destination, *path, route);
    } else {
      route.set_prefix(destination.prefix.to_string());
      route.set_path_id(path_id);
      route.set_accepted(true);
    }
    show_attributes(attributes, query_.request.detail(), route);
    show_place(*speaker_.settings().egress, set.egress, route);
  }

  session::Speaker& speaker_;
  const rib::Shards& shards_;
  Query query_;
  std::optional<PeerSlot> slot_;
  bool gathered_ = false;
  rib::Found next_;
  std::array<std::vector<rib::Found>, kFamilyCount << kBucketBits> buckets_;
  std::size_t bucket_ = 0;
  std::vector<rib::Found> sorted_;
  std::size_t position_ = 0;
  std::uint64_t shown_ = 0;
  std::vector<pipeline::Advertised> held_;
  rib::AttributeSet set_;  // of the route being shown
};

}  // namespace

std::unique_ptr<Answer> list_routes(session::Speaker& speaker, const Table& request) {
  return std::make_unique<RoutesAnswer>(speaker, parse(speaker, request));
}

}  // namespace tern::api
