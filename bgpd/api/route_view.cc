#include "bgpd/api/route_view.h"

#include <algorithm>
#include <cstdio>

#include "bgpd/session/peer.h"
#include "bgpd/session/peer_rules.h"
#include "policy/origin_state_community.h"
#include "policy/vrp_table.h"
#include "rib/types/hex.h"

namespace tern::api {
namespace {

std::string unknown_text(const UnknownAttribute& attribute) {
  char head[40];
  std::snprintf(head, sizeof head, "type %u flags 0x%02x: ", attribute.type, attribute.flags);
  return head + to_hex(attribute.value);
}

std::optional<Neighbor> neighbor_of(const session::Speaker& speaker, const session::Peer* peer) {
  if (peer == nullptr) return std::nullopt;
  const session::PeerSettings& settings = peer->settings();
  Neighbor neighbor{
      session::to_string(settings.whole_address()), settings.name, settings.fsm.local.asn,
      settings.import.receive_rpki_community,       settings.kind, settings.import};
  neighbor.location.geofeed = session::geofeed_for(settings, speaker.geofeed());
  return neighbor;
}

void show_details(const PathAttributes& attributes, proto::Route& route) {
  route.set_atomic_aggregate(attributes.atomic_aggregate);
  if (attributes.aggregator) {
    route.set_aggregator(std::to_string(attributes.aggregator->asn) + " " +
                         attributes.aggregator->address.to_string());
  }
  if (attributes.originator_id) route.set_originator_id(attributes.originator_id->to_string());
  for (const std::uint32_t cluster : attributes.cluster_list) {
    route.add_cluster_list(IpAddress::v4(cluster).to_string());
  }
  if (attributes.aigp) route.set_aigp(*attributes.aigp);
  if (attributes.only_to_customer) route.set_only_to_customer(*attributes.only_to_customer);
  for (const UnknownAttribute& unknown : attributes.unknown) {
    route.add_unknown_attributes(unknown_text(unknown));
  }
}

}  // namespace

std::string cost_text(EgressCost cost) {
  if (cost == kUnknownCost) return "unknown";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms", cost / 1000.0);
  return text;
}

std::optional<Neighbor> source_of(const session::Speaker& speaker, PeerSlot slot) {
  if (slot != kOwnSlot) return neighbor_of(speaker, speaker.peer(slot));
  Neighbor own{std::string(kOwnName), std::string(kOwnName), speaker.settings().asn};
  own.location.egress = speaker.settings().egress;
  return own;
}

void note_sources(const session::Speaker& speaker, std::vector<std::optional<Neighbor>>& sources) {
  sources.resize(std::max<std::size_t>(sources.size(), kOwnSlot + 1U));
  sources[kOwnSlot] = source_of(speaker, kOwnSlot);
  for (const session::Peer* peer : speaker.peers()) {
    if (peer->slot() >= sources.size()) sources.resize(peer->slot() + 1U);
    sources[peer->slot()] = neighbor_of(speaker, peer);
  }
}

PathFacts facts_of(const rib::Destination& destination, std::size_t path) {
  const rib::Path& from = destination.paths[path];
  return {destination.path_id(path), from.peer(),   from.since,   &from == destination.best(),
          from.accepted(),           from.reason(), from.detail()};
}

void show_path(const Nlri& nlri, const PathFacts& path, const std::optional<Neighbor>& from,
               const rib::Shards& shards, proto::Route& route) {
  route.set_prefix(nlri.prefix.to_string());
  route.set_family(std::string(to_string(nlri.family)));
  route.set_path_id(path.path_id);
  if (from) {
    route.set_neighbor(from->address);
    route.set_neighbor_name(from->name);
  }
  route.set_best(path.best);
  route.set_accepted(path.accepted);
  if (!path.accepted) {
    route.set_reason(std::string(shards.reasons().name(path.reason)));
    route.set_reason_detail(shards.details()[path.detail]);
  }
  route.set_since_seconds(path.since);
}

void show_attributes(const PathAttributes& attributes, bool detail, proto::Route& route) {
  route.set_next_hop(attributes.next_hop.global.to_string());
  if (attributes.next_hop.link_local) {
    route.set_next_hop_link_local(attributes.next_hop.link_local->to_string());
  }
  route.set_as_path(attributes.as_path.to_string());
  route.set_origin(std::string(to_string(attributes.origin)));
  if (attributes.med) route.set_med(*attributes.med);
  if (attributes.local_pref) route.set_local_pref(*attributes.local_pref);
  for (const Community community : attributes.communities) {
    route.add_communities(to_string(community));
  }
  for (const LargeCommunity& community : attributes.large_communities) {
    route.add_large_communities(to_string(community));
  }
  for (const ExtendedCommunity community : attributes.extended_communities) {
    route.add_extended_communities(to_string(community));
  }
  for (const Ipv6ExtendedCommunity& community : attributes.ipv6_extended_communities) {
    route.add_extended_communities(to_string(community));
  }
  if (detail) show_details(attributes, route);
}

void show_place(const policy::Egress& egress, const EgressInfo& place, proto::Route& route) {
  if (place.metro < egress.places().count()) {
    route.set_metro(egress.places().label(place.metro));
  }
  if (place.pop != kNoPlace && place.pop < egress.pop_count()) {
    route.set_egress_pop(egress.pop(place.pop).name);
  }
  if (place.cost != kUnknownCost) route.set_egress_cost_us(place.cost);
}

void show_location(const Prefix& prefix, const Neighbor& from, const PathAttributes& received,
                   proto::Explanation::Candidate& shown) {
  const auto located = pipeline::locate(prefix, received, from.kind, from.location);
  shown.set_location_source(std::string(to_string(located.source)));
  shown.set_contradictory(located.contradictory);
  if (!from.location.dictionary || located.source == LocationSource::None) return;
  const policy::Egress& egress = *from.location.egress;
  for (const auto& tag : egress.list_tags(received, *from.location.dictionary)) {
    proto::Explanation::LocationTag& one = *shown.add_tags();
    one.set_community(tag.community);
    one.set_place(egress.places().label(tag.place));
    one.set_counts(tag.counts);
  }
  if (shown.tags_size() > 0) shown.set_tag(shown.tags(0).community());
}

policy::OriginState rpki_state(const policy::VrpTable* vrps, const Prefix& prefix,
                               const PathAttributes& attributes,
                               const std::optional<Neighbor>& from) {
  if (vrps == nullptr) {
    return from && from->receives_rpki ? policy::brought_state(attributes.extended_communities)
                                       : policy::OriginState::NotValidated;
  }
  const Asn own = from ? from->local_asn : 0;  // AS 0 matches no VRP
  return vrps->validate(prefix, policy::validated_origin(attributes.as_path, own));
}

void show_rpki(policy::OriginState state, proto::Route& route) {
  if (state == policy::OriginState::NotValidated) return;
  route.set_rpki(std::string(policy::to_string(state)));
}

}  // namespace tern::api
