#include "conf/sources.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "conf/by_name.h"
#include "conf/location_presets.h"
#include "conf/rtt_file.h"
#include "conf/scalars.h"
#include "conf/schema.h"
#include "rib/types/asn.h"
#include "rib/types/prefix_text.h"

namespace tern::conf {
namespace {

using Texts = google::protobuf::RepeatedPtrField<std::string>;

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
  source.countries = strings(match.countries());
  source.regions = strings(match.regions());
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

// Each country and region with the numbers of all places in it. Of more places than have numbers
// nothing, because Egress::build() refuses them.
std::vector<policy::Sources::Area> areas(const policy::Places& places) {
  using policy::PlaceKind;
  std::vector<policy::Sources::Area> all;
  if (places.count() >= kNoPlace) return all;
  const MetroId first = places.first(PlaceKind::Country);
  for (MetroId id = first; id < places.count(); ++id) {
    all.push_back({places[id].kind, places[id].name, {}});
  }
  for (MetroId id = 0; id < places.count(); ++id) {
    for (const PlaceKind kind : {PlaceKind::Country, PlaceKind::Region}) {
      const MetroId around = places.widened(id, kind);
      if (around != kNoPlace) all[std::size_t{around} - first].places.push_back(id);
    }
  }
  return all;
}

// A tag that the dictionary itself has takes the place of that of the preset.
void add_preset(const proto::Egress& egress, const proto::Dictionary& dictionary,
                policy::DictionarySource& to) {
  for (policy::TagSource& tag : preset_tags(egress, dictionary).tags) {
    const bool written =
        std::ranges::find(to.tags, tag.pattern, &policy::TagSource::pattern) != to.tags.end();
    if (!written) to.tags.push_back(std::move(tag));
  }
}

policy::CostMode cost_mode(proto::Egress::Mode mode) {
  switch (mode) {
    case proto::Egress::TOTAL:
      return policy::CostMode::Total;
    case proto::Egress::WEIGHTED:
      return policy::CostMode::Weighted;
    case proto::Egress::HOT_POTATO:
      return policy::CostMode::HotPotato;
    default:
      return policy::CostMode::LastMile;
  }
}

policy::GeoPoint point_of(const proto::Place& place) {
  return {place.latitude(), place.longitude()};
}

void add_places(const proto::Egress& egress, policy::EgressSource& source) {
  for (const auto& [name, place] : by_name(egress.pops())) {
    source.pops.push_back(
        {name, place->title(), place->code(), point_of(*place), place->country()});
  }
  for (const auto& [name, place] : by_name(egress.metros())) {
    source.metros.push_back(
        {name, place->title(), place->code(), point_of(*place), place->country()});
  }
  for (const auto& [name, country] : by_name(egress.countries())) {
    source.countries.push_back({name, country->title(), country->code(), country->region()});
  }
  for (const auto& [name, region] : by_name(egress.regions())) {
    source.regions.push_back({name, region->title(), region->code()});
  }
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
  policy::EgressSource places;
  add_places(file.egress(), places);
  for (const auto& metro : places.metros) sources.metros.push_back(metro.name);
  for (const auto& pop : places.pops) sources.pops.push_back(pop.name);
  sources.areas = areas(policy::places_of(places));
  return sources;
}

policy::EgressSource egress_source(const proto::Configuration& file) {
  const proto::Egress& egress = file.egress();
  policy::EgressSource source;
  source.pop = egress.pop();
  source.mode = cost_mode(egress.mode());
  if (egress.has_backbone_percent()) source.backbone_percent = egress.backbone_percent();
  add_places(egress, source);
  for (const auto& [name, dictionary] : by_name(egress.dictionaries())) {
    policy::DictionarySource entry;
    entry.name = name;
    for (const proto::Dictionary::Tag& tag : dictionary->tags()) {
      const auto pattern = policy::parse_community_pattern(tag.community());
      const auto place = named_place(tag);
      if (pattern && place) entry.tags.push_back({*pattern, place->name, place->kind});
    }
    add_preset(egress, *dictionary, entry);
    source.dictionaries.push_back(std::move(entry));
  }
  for (const proto::Rtt& rtt : egress.rtts()) {
    const auto time = microseconds_of(rtt.milliseconds());
    if (time) source.rtts.push_back({rtt.pop(), rtt.to(), *time});
  }
  source.community_asn = parse_asn(file.router().asn()).value_or(kAsZero);
  source.location_function = egress.location_function();
  source.egress_function = egress.egress_function();
  source.added_cost_function = egress.added_cost_function();
  if (egress.has_pop_function()) source.pop_function = egress.pop_function();
  if (egress.has_country_function()) source.country_function = egress.country_function();
  if (egress.has_region_function()) source.region_function = egress.region_function();
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
