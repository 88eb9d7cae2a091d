#include "bgpd/api/routes_query.h"

#include <algorithm>
#include <variant>
#include <vector>

#include "bgpd/session/peer.h"
#include "policy/suggest.h"
#include "rib/types/community_names.h"
#include "rib/types/prefix_text.h"
#include "rib/types/quoted.h"

namespace tern::api {
namespace {

using Table = proto::RoutesRequest;

template <typename Community, typename Pattern>
bool any_matches(const std::vector<Community>& communities, const Pattern& matches) {
  return std::any_of(communities.begin(), communities.end(), matches);
}

std::string unknown_rpki(const std::string& text) {
  return "unknown state of origin validation " + quoted(text) +
         ", expected valid, not-found, invalid or not-validated";
}

void parse_location(RoutesQuery& query) {
  const std::string& text = query.request.location();
  if (query.request.table() == Table::ADVERTISED) {
    query.error = "advertised routes have no location of their own: ask for accepted ones";
    return;
  }
  query.contradictory = text == "contradictory";
  for (std::size_t i = 0; i < kLocationSourceCount; ++i) {
    const auto source = static_cast<LocationSource>(i);
    if (source != LocationSource::None && text == to_string(source)) query.location = source;
  }
  if (!query.by_location()) {
    query.error = "unknown location " + quoted(text) +
                  ", expected tag, geofeed, default, pop, unknown or contradictory";
  }
}

// Whether a route can be rejected with the reason.
bool is_reason(const rib::ReasonWords& words, const std::string& text) {
  for (std::size_t i = 1; i < kReasonCount + kReasonWords; ++i) {
    if (words.name(static_cast<Reason>(i)) == text) return true;
  }
  return false;
}

void parse_reason(const session::Speaker& speaker, RoutesQuery& query) {
  const Table::Table table = query.request.table();
  query.reason = query.request.reason();
  if (table != Table::REJECTED && table != Table::ALL && table != Table::RECEIVED) {
    query.error = "only rejected routes have a reason: ask for rejected, received or all ones";
  } else if (!is_reason(speaker.shards().reasons(), *query.reason)) {
    query.error = "no route is rejected with the reason " + quoted(*query.reason);
  }
}

// The pattern against all lists of a route.
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

}  // namespace

std::optional<PeerSlot> parse_source(const session::Speaker& speaker, const std::string& text) {
  if (text == kOwnName) return kOwnSlot;
  const session::Peer* const peer = speaker.find(text);
  return peer == nullptr ? std::nullopt : std::optional(peer->slot());
}

std::optional<Family> parse_family(const std::string& text) {
  for (const Family family : kFamilies) {
    if (text == to_string(family)) return family;
  }
  return std::nullopt;
}

std::string unknown_family(const std::string& text) {
  return "unknown family " + quoted(text) + ", expected " + family_names();
}

bool RoutesQuery::wants(const PathAttributes& attributes) const {
  if (community && !carries(attributes, *community)) return false;
  return request.origin_as() == 0 || attributes.as_path.origin() == request.origin_as();
}

RoutesQuery parse(const session::Speaker& speaker, const Table& request) {
  RoutesQuery query;
  query.request = request;
  if (!request.neighbor().empty()) {
    query.slot = parse_source(speaker, request.neighbor());
    const session::Peer* const peer = query.slot ? speaker.peer(*query.slot) : nullptr;
    query.advertised = peer != nullptr && peer->adj_rib_out() != nullptr;
    if (!query.slot) {
      query.error = "no neighbor " + quoted(request.neighbor());
    } else if (*query.slot == kOwnSlot && request.table() == Table::ADVERTISED) {
      query.error = kOwnIsNoNeighbor;
    }
  } else if (request.table() == Table::RECEIVED || request.table() == Table::ACCEPTED ||
             request.table() == Table::ADVERTISED) {
    query.error = "this table is one neighbor's: say which";
  }
  query.family = parse_family(request.family());
  if (!request.family().empty() && !query.family) query.error = unknown_family(request.family());
  if (!request.prefix().empty()) {
    query.prefix = parse_prefix_or_address(request.prefix());
    if (!query.prefix) query.error = not_a_prefix_or_address(request.prefix());
  }
  if (!request.community().empty()) {
    query.community = policy::parse_community_pattern(request.community());
    if (!query.community) {
      query.error = quoted(request.community()) + " is no community" +
                    policy::did_you_mean(request.community(), community_names());
    }
  }
  if (!request.rpki().empty()) {
    query.rpki = policy::parse_origin_state(request.rpki());
    if (!query.rpki) query.error = unknown_rpki(request.rpki());
  }
  if (!request.location().empty()) parse_location(query);
  if (!request.reason().empty()) parse_reason(speaker, query);
  return query;
}

}  // namespace tern::api
