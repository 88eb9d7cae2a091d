#include "bgpd/api/advertised_source.h"

#include <algorithm>

#include "bgpd/pipeline/attribute_sets.h"
#include "bgpd/pipeline/own_path.h"
#include "bgpd/pipeline/pricing.h"
#include "bgpd/session/peer.h"
#include "bgpd/wire/attribute_set.h"

namespace tern::api {
namespace {

// The path is mostly the first or the second. Behind many paths that the neighbor may not have, it
// is not worth the evaluation of all of them by policy for each route.
constexpr std::uint32_t kMostTried = 256;

}  // namespace

void AdvertisedSource::note(const session::Speaker& speaker, PeerSlot slot) {
  session::Peer* const to = speaker.peer(slot);
  facts_.reset();
  if (to == nullptr || !to->established()) return;
  facts_ = to->import()->facts();
  rules_ = to->export_rules();
  config_ = speaker.shards().config();
  ranks_.resize(std::max<std::size_t>(ranks_.size(), kOwnSlot + 1U));
  ranks_[kOwnSlot] = speaker.shards().peer(kOwnSlot);
  for (const session::Peer* peer : speaker.peers()) {
    if (peer->slot() >= ranks_.size()) ranks_.resize(peer->slot() + 1U);
    ranks_[peer->slot()] = speaker.shards().peer(peer->slot());
  }
}

AdvertisedSource::Route AdvertisedSource::without_path(const rib::Destination& destination,
                                                       std::size_t entry) {
  Route route;
  route.path.path_id = destination.advertised_id(entry);
  route.path.accepted = true;
  return route;
}

AdvertisedSource::Route AdvertisedSource::route(const rib::AttrTable& sets,
                                                const rib::Destination& destination,
                                                std::size_t entry) {
  Route route = without_path(destination, entry);
  if (is_default_route(sets, destination.nlri(), destination.advertised[entry].set)) {
    route.path.peer = kOwnSlot;
    return route;
  }
  const auto found = find(sets, destination, entry);
  if (!found) return route;
  route.path = facts_of(destination, *found);
  route.path.path_id = destination.advertised_id(entry);
  route.path.accepted = true;
  route.place = sets[destination.paths[*found].effective()].egress();
  return route;
}

bool AdvertisedSource::is_default_route(const rib::AttrTable& sets, const Nlri& nlri,
                                        rib::AttrRef advertised) {
  if (!facts_ || rules_.default_route == nullptr || !pipeline::is_default_route(nlri)) return false;
  const auto verdict = pipeline::export_default_route(nlri.family, *facts_, rules_, formed_);
  return verdict.withheld == pipeline::Withheld::No && formed_is(sets[advertised].octets());
}

bool AdvertisedSource::formed_is(std::span<const std::byte> octets) {
  octets_.clear();
  return wire::encode_set(formed_, octets_) && std::ranges::equal(octets_, octets);
}

std::optional<std::size_t> AdvertisedSource::find(const rib::AttrTable& sets,
                                                  const rib::Destination& destination,
                                                  std::size_t entry) {
  const std::uint32_t id = destination.advertised_id(entry);
  if (id != 0) {  // the path identifier, RFC 7911
    for (std::uint32_t i = 0; i < destination.accepted; ++i) {
      if (destination.local_id(i) == id) return i;
    }
    return std::nullopt;
  }
  if (!facts_) return std::nullopt;
  set_order(sets, destination);
  for (const std::uint32_t i : order_) {
    const rib::Path& path = destination.paths[i];
    if (gives(sets, destination.nlri(), path, destination.advertised[entry].set)) return i;
  }
  return std::nullopt;
}

bool AdvertisedSource::gives(const rib::AttrTable& sets, const Nlri& nlri, const rib::Path& path,
                             rib::AttrRef advertised) {
  if (path.peer() == facts_->slot || path.peer() >= ranks_.size()) return false;
  if (path.effective() == advertised) return true;  // advertised unchanged
  pipeline::read(sets[path.effective()], stored_);
  const auto verdict = pipeline::export_to_peer(nlri, stored_, path.peer(), ranks_[path.peer()],
                                                *facts_, rules_, formed_);
  return verdict.withheld == pipeline::Withheld::No && formed_is(sets[advertised].octets());
}

// Like pipeline::VantageOrder, but reads nothing that is for the owner of the shard alone.
void AdvertisedSource::set_order(const rib::AttrTable& sets, const rib::Destination& destination) {
  order_.clear();
  const std::uint32_t count = std::min(destination.accepted, kMostTried);
  for (std::uint32_t i = 0; i < count; ++i) order_.push_back(i);
  if (rules_.vantage == kNoPlace || destination.accepted != count) return;
  candidates_.clear();
  for (const std::uint32_t i : order_) {
    const rib::Path& path = destination.paths[i];
    if (path.peer() >= ranks_.size()) return;
    const rib::InternedSet& set = sets[path.effective()];
    rib::Candidate& one = candidates_.emplace_back(
        rib::Candidate{set.key(), &ranks_[path.peer()], destination.path_id(i), i});
    const policy::EgressCosts& costs = rules_.present_costs();
    const EgressInfo place = set.egress();
    one.key.egress_cost = costs.cost_from(
        rules_.vantage, place, pipeline::measured_to(costs, destination.prefix, path, place.pop));
  }
  rib::order(candidates_, config_);
  std::ranges::transform(candidates_, order_.begin(), &rib::Candidate::mark);
}

}  // namespace tern::api
