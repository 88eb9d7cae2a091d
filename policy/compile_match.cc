// Compiles the conditions of a term: resolves names, reports contradictions.

#include <algorithm>

#include "policy/compiler.h"

namespace tern::policy {
namespace {

using Range = std::pair<std::uint32_t, std::uint32_t>;

bool any_of_version(const std::vector<PrefixRange>& ranges, IpVersion version) {
  return std::any_of(ranges.begin(), ranges.end(), [version](const PrefixRange& range) {
    return range.prefix.address().version() == version;
  });
}

}  // namespace

std::vector<Condition> Compiler::compile_match(const MatchSource& match) {
  std::vector<Condition> conditions;
  if (match.family) conditions.push_back(FamilyIs{*match.family});
  if (match.own) conditions.push_back(OwnIs{*match.own});
  if (match.origin) conditions.push_back(OriginIs{*match.origin});
  if (!match.rpki.empty()) {
    RpkiIs rpki;
    for (const OriginState state : match.rpki) {
      rpki.states = static_cast<std::uint8_t>(rpki.states | 1U << static_cast<unsigned>(state));
    }
    conditions.push_back(rpki);
  }
  match_numbers(match, conditions);
  match_session(match, conditions);
  match_places(match, conditions);
  match_as_path(match, conditions);
  match_prefixes(match, conditions);
  match_communities(match, conditions);
  check_contradictions(match);
  return conditions;
}

void Compiler::match_numbers(const MatchSource& match, std::vector<Condition>& conditions) {
  const auto add = [&](const std::optional<Range>& range, NumberIn::What what, const char* field) {
    if (!range) return;
    if (range->first > range->second) {
      fail(field, std::to_string(range->first) + " to " + std::to_string(range->second) +
                      " goes backwards");
    }
    conditions.push_back(NumberIn{what, NumberPattern{range->first, range->second}});
  };
  add(match.local_pref, NumberIn::What::LocalPref, "local_pref");
  add(match.med, NumberIn::What::Med, "med");
  add(match.as_path_length, NumberIn::What::AsPathLength, "as_path_length");
}

void Compiler::match_session(const MatchSource& match, std::vector<Condition>& conditions) {
  if (!match.peers.empty()) {
    PeerIn peers;
    for (const std::string& peer : match.peers) {
      if (peer.empty()) fail("peers", "an empty name");
      if (const auto address = IpAddress::parse(peer)) {
        peers.addresses.push_back(*address);
      } else {
        peers.names.push_back(peer);
      }
    }
    sort_unique(peers.names);
    sort_unique(peers.addresses);
    conditions.push_back(std::move(peers));
  }
  if (!match.groups.empty()) {
    GroupIn groups{match.groups};
    if (std::find(groups.names.begin(), groups.names.end(), "") != groups.names.end()) {
      fail("groups", "an empty name");
    }
    sort_unique(groups.names);
    conditions.push_back(std::move(groups));
  }
  if (!match.peer_addresses.empty()) {
    conditions.push_back(
        AddressIn{AddressIn::What::Peer, PrefixSet::of_addresses(match.peer_addresses)});
  }
  if (!match.next_hops.empty()) {
    conditions.push_back(
        AddressIn{AddressIn::What::NextHop, PrefixSet::of_addresses(match.next_hops)});
  }
}

void Compiler::match_places(const MatchSource& match, std::vector<Condition>& conditions) {
  const auto add = [&](const std::vector<std::string>& names, const std::vector<std::string>& known,
                       PlaceIn::What what, const char* field, const char* kind) {
    if (names.empty()) return;
    PlaceIn places{what, {}, names};
    for (const std::string& name : names) {
      const auto place = std::find(known.begin(), known.end(), name);
      if (place == known.end()) {
        fail(field, std::string("unknown ") + kind + " '" + name + "'" + did_you_mean(name, known));
      } else {
        places.places.push_back(static_cast<std::uint16_t>(place - known.begin()));
      }
    }
    sort_unique(places.names);
    sort_unique(places.places);
    conditions.push_back(std::move(places));
  };
  add(match.metros, sources_.metros, PlaceIn::What::Metro, "metros", "metro");
  add(match.egress_pops, sources_.pops, PlaceIn::What::Egress, "egress_pops", "pop");
  match_areas(match.countries, PlaceKind::Country, "countries", conditions);
  match_areas(match.regions, PlaceKind::Region, "regions", conditions);
}

void Compiler::match_areas(const std::vector<std::string>& names, PlaceKind kind, const char* field,
                           std::vector<Condition>& conditions) {
  if (names.empty()) return;
  PlaceIn places{PlaceIn::What::Metro, {}, names};
  std::vector<std::string> known;
  for (const Sources::Area& area : sources_.areas) {
    if (area.kind != kind) continue;
    known.push_back(area.name);
    if (std::find(names.begin(), names.end(), area.name) == names.end()) continue;
    places.places.insert(places.places.end(), area.places.begin(), area.places.end());
  }
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    fail(field,
         "unknown " + std::string(to_string(kind)) + " '" + name + "'" + did_you_mean(name, known));
  }
  sort_unique(places.names);
  sort_unique(places.places);
  conditions.push_back(std::move(places));
}

void Compiler::match_as_path(const MatchSource& match, std::vector<Condition>& conditions) {
  const auto add = [&](const std::vector<std::string>& sets,
                       const std::vector<std::pair<Asn, Asn>>& ranges, AsIn::What what,
                       const std::string& field) {
    if (sets.empty() && ranges.empty()) return;
    AsIn condition{what, resolve(sets, as_sets_, field + "_sets", "AS set")};
    std::vector<std::pair<Asn, Asn>> possible;
    for (const auto& range : ranges) {
      if (check_range(range, field, "")) possible.push_back(range);
    }
    if (!possible.empty()) condition.refs.sets.push_back(std::make_shared<const AsSet>(possible));
    conditions.push_back(std::move(condition));
  };
  add(match.origin_as_sets, match.origin_as, AsIn::What::Origin, "origin_as");
  add(match.neighbour_as_sets, match.neighbour_as, AsIn::What::Neighbour, "neighbour_as");
  add(match.as_path_contains_sets, match.as_path_contains, AsIn::What::Anywhere,
      "as_path_contains");

  if (match.as_path_regex) {
    auto regex = AsPathRegex::compile(*match.as_path_regex);
    if (regex) {
      conditions.push_back(AsPathMatches{std::make_shared<const AsPathRegex>(std::move(*regex))});
    } else {
      fail("as_path_regex", "'" + *match.as_path_regex + "': " + regex.error());
    }
  }
}

void Compiler::match_prefixes(const MatchSource& match, std::vector<Condition>& conditions) {
  if (match.prefix_sets.empty() && match.prefixes.empty()) return;
  PrefixIn condition{resolve(match.prefix_sets, prefix_sets_, "prefix_sets", "prefix set")};
  std::vector<PrefixRange> possible;
  for (const PrefixRange& range : match.prefixes) {
    if (check_range(range, "prefixes", "")) possible.push_back(range);
  }
  if (!possible.empty()) condition.refs.sets.push_back(std::make_shared<const PrefixSet>(possible));
  conditions.push_back(std::move(condition));
}

void Compiler::match_communities(const MatchSource& match, std::vector<Condition>& conditions) {
  const auto check = [this](const std::vector<AnyCommunityPattern>& patterns, const char* field) {
    for (const AnyCommunityPattern& pattern : patterns) check_pattern(pattern, field, "");
  };
  check(match.communities, "communities");
  check(match.all_communities, "all_communities");
  check(match.no_communities, "no_communities");

  if (!match.community_sets.empty() || !match.communities.empty()) {
    CommunityHas any{CommunityHas::What::Any, resolve(match.community_sets, community_sets_,
                                                      "community_sets", "community set")};
    if (!match.communities.empty()) {
      any.refs.sets.push_back(std::make_shared<const CommunityMatcher>(match.communities));
    }
    conditions.push_back(std::move(any));
  }
  if (!match.all_communities.empty()) {
    CommunityHasAll all;
    for (const AnyCommunityPattern& pattern : match.all_communities) {
      all.each.emplace_back(std::span(&pattern, 1));
    }
    conditions.push_back(std::move(all));
  }
  if (!match.no_communities.empty()) {
    CommunityHas none{CommunityHas::What::None, {}};
    none.refs.sets.push_back(std::make_shared<const CommunityMatcher>(match.no_communities));
    conditions.push_back(std::move(none));
  }
}

// Reports conditions that can never hold, because they are mistakes.
void Compiler::check_contradictions(const MatchSource& match) {
  for (const AnyCommunityPattern& pattern : match.all_communities) {
    const auto& none = match.no_communities;
    if (std::find(none.begin(), none.end(), pattern) != none.end()) {
      fail("no_communities", "the same pattern stands in all_communities");
    }
  }
  if (!match.family || match.prefixes.empty() || !match.prefix_sets.empty()) return;
  if (!any_of_version(match.prefixes, row(*match.family).version)) {
    fail("prefixes", "none is of the family " + std::string(to_string(*match.family)));
  }
}

}  // namespace tern::policy
