#include "conf/sources.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "conf/rtt_file.h"
#include "conf/scalars.h"
#include "conf/schema.h"
#include "rib/types/asn.h"

namespace tern::conf {
namespace {

using Texts = google::protobuf::RepeatedPtrField<std::string>;

// A map of the schema in the order of its names.
template <typename Map>
auto by_name(const Map& map) {
  std::map<std::string, const typename Map::mapped_type*> sorted;
  for (const auto& [name, value] : map) sorted.emplace(name, &value);
  return sorted;
}

template <typename Map>
std::vector<std::string> names_of(const Map& map) {
  std::vector<std::string> names;
  for (const auto& [name, value] : by_name(map)) names.push_back(name);
  return names;
}

template <typename Parse>
auto parsed(const Texts& texts, Parse parse) {
  std::vector<typename decltype(parse(std::string_view()))::value_type> values;
  values.reserve(static_cast<std::size_t>(texts.size()));
  for (const std::string& text : texts) {
    if (auto value = parse(text)) values.push_back(*std::move(value));
  }
  return values;
}

std::vector<std::string> strings(const Texts& texts) { return {texts.begin(), texts.end()}; }

// Values and names of sets stand in one list of the schema.
template <typename Parse, typename Value>
void split(const Texts& texts, Parse parse, std::vector<Value>& values,
           std::vector<std::string>& names) {
  for (const std::string& text : texts) {
    if (auto value = parse(text)) {
      values.push_back(*std::move(value));
    } else {
      names.push_back(text);
    }
  }
}

std::optional<Origin> origin_of(proto::Origin origin) {
  switch (origin) {
    case proto::IGP:
      return Origin::Igp;
    case proto::EGP:
      return Origin::Egp;
    case proto::INCOMPLETE:
      return Origin::Incomplete;
    default:
      return std::nullopt;
  }
}

policy::OriginState rpki_state_of(int state) {
  switch (state) {
    case proto::VALID:
      return policy::OriginState::Valid;
    case proto::NOT_FOUND:
      return policy::OriginState::NotFound;
    case proto::INVALID:
      return policy::OriginState::Invalid;
    default:
      return policy::OriginState::NotValidated;
  }
}

policy::MatchSource match_source(const proto::Match& match) {
  policy::MatchSource source;
  source.prefix_sets = strings(match.prefix_sets());
  source.prefixes = parsed(match.prefixes(), parse_prefix_range);
  source.community_sets = strings(match.community_sets());
  source.communities = parsed(match.communities(), policy::parse_community_pattern);
  source.all_communities = parsed(match.all_communities(), policy::parse_community_pattern);
  source.no_communities = parsed(match.no_communities(), policy::parse_community_pattern);
  source.as_path_length = parse_number_range(match.as_path_length());
  if (!match.as_path().empty()) source.as_path_regex = match.as_path();
  split(match.origin_as(), parse_asn_range, source.origin_as, source.origin_as_sets);
  split(match.neighbour_as(), parse_asn_range, source.neighbour_as, source.neighbour_as_sets);
  split(match.as_path_contains(), parse_asn_range, source.as_path_contains,
        source.as_path_contains_sets);
  source.origin = origin_of(match.origin());
  source.next_hops = parsed(match.next_hop(), parse_prefix_or_address);
  source.family = family_of(match.family());
  source.peers = strings(match.peers());
  source.groups = strings(match.groups());
  source.local_pref = parse_number_range(match.local_pref());
  source.med = parse_number_range(match.med());
  source.metros = strings(match.metros());
  source.egress_pops = strings(match.egress_pops());
  if (match.has_own()) source.own = match.own();
  for (const int state : match.rpki()) source.rpki.push_back(rpki_state_of(state));
  return source;
}

policy::ActionSource action_source(const proto::Set& set) {
  policy::ActionSource source;
  source.local_pref = parse_set_number(set.local_pref());
  source.med = parse_metric(set.med());
  source.aigp = parse_metric(set.aigp());
  source.clear_med = set.med() == "none";
  source.origin = origin_of(set.origin());
  source.next_hop = IpAddress::parse(set.next_hop());
  source.next_hop_self = set.next_hop() == "self";
  if (set.has_prepend()) {
    source.prepend =
        policy::ActionSource::Prepend{parse_asn(set.prepend().asn()), set.prepend().times()};
  }
  split(set.remove_communities(), policy::parse_community_pattern, source.remove_communities,
        source.remove_community_sets);
  source.clear_communities = set.clear_communities();
  source.add_communities = parsed(set.add_communities(), policy::parse_any_community);
  return source;
}

policy::TermSource term_source(const proto::Term& term) {
  policy::TermSource source;
  source.name = term.name();
  source.match = match_source(term.match());
  source.actions = action_source(term.set());
  if (term.has_accept()) source.then = policy::TermSource::Then::Accept;
  if (term.has_reject()) {
    source.then = policy::TermSource::Then::Reject;
    source.reject_reason = term.reject().reason();
  }
  return source;
}

policy::GeoPoint point_of(const proto::Place& place) {
  return {place.latitude(), place.longitude()};
}

}  // namespace

std::optional<Family> family_of(proto::Family family) {
  const auto* value = proto::Family_descriptor()->FindValueByNumber(family);
  if (value == nullptr) return std::nullopt;
  const std::string name = spelling(*value);
  const auto known = std::ranges::find(kFamilies, name, [](Family of) { return to_string(of); });
  return known != kFamilies.end() ? std::optional(*known) : std::nullopt;
}

policy::Sources policy_sources(const proto::Configuration& file) {
  policy::Sources sources;
  for (const auto& [name, set] : by_name(file.prefix_sets())) {
    sources.prefix_sets.push_back({name, parsed(set->prefixes(), parse_prefix_range)});
  }
  for (const auto& [name, set] : by_name(file.community_sets())) {
    sources.community_sets.push_back(
        {name, parsed(set->communities(), policy::parse_community_pattern)});
  }
  for (const auto& [name, set] : by_name(file.as_sets())) {
    sources.as_sets.push_back({name, parsed(set->asns(), parse_asn_range)});
  }
  for (const auto& [name, policy] : by_name(file.policies())) {
    policy::PolicySource source;
    source.name = name;
    for (const proto::Term& term : policy->terms()) source.terms.push_back(term_source(term));
    sources.policies.push_back(std::move(source));
  }
  sources.metros = names_of(file.egress().metros());
  sources.pops = names_of(file.egress().pops());
  return sources;
}

policy::EgressSource egress_source(const proto::Configuration& file) {
  const proto::Egress& egress = file.egress();
  policy::EgressSource source;
  source.pop = egress.pop();
  source.mode =
      egress.mode() == proto::Egress::TOTAL ? policy::CostMode::Total : policy::CostMode::LastMile;
  for (const auto& [name, place] : by_name(egress.pops())) {
    source.pops.push_back({name, place->title(), place->code(), point_of(*place)});
  }
  for (const auto& [name, place] : by_name(egress.metros())) {
    source.metros.push_back({name, place->title(), place->code(), point_of(*place)});
  }
  for (const auto& [name, dictionary] : by_name(egress.dictionaries())) {
    policy::DictionarySource entry;
    entry.name = name;
    for (const proto::Dictionary::Tag& tag : dictionary->tags()) {
      const auto pattern = policy::parse_community_pattern(tag.community());
      if (pattern) entry.tags.emplace_back(*pattern, tag.metro());
    }
    source.dictionaries.push_back(std::move(entry));
  }
  for (const proto::Rtt& rtt : egress.rtts()) {
    const auto time = microseconds_of(rtt.milliseconds());
    if (time) source.rtts.push_back({rtt.pop(), rtt.to(), *time});
  }
  source.community_asn = parse_asn(file.router().asn()).value_or(kAsZero);
  source.location_function = egress.location_function();
  source.egress_function = egress.egress_function();
  return source;
}

std::optional<policy::ControlSource> control_source(const proto::Peer& peer,
                                                    const proto::Router& router) {
  if (!peer.has_control_communities()) return std::nullopt;
  const proto::ControlCommunities& written = peer.control_communities();
  policy::ControlSource source;
  source.asn = parse_asn(written.asn().empty() ? router.asn() : written.asn()).value_or(kAsZero);
  source.standard = !written.has_standard() || written.standard();
  source.extended = written.extended();
  source.large = !written.has_large() || written.large();
  if (!source.any()) return std::nullopt;  // off, as where the map is not written
  return source;
}

}  // namespace tern::conf
