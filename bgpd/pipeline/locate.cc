#include "bgpd/pipeline/locate.h"

namespace tern::pipeline {
namespace {

LocationSource found(MetroId place, LocationSource source) {
  return place == kNoPlace ? LocationSource::Unknown : source;
}

}  // namespace

bool has_exits(PeerKind kind, const LocationRules& rules) {
  return rules.egress->enabled() && kind != PeerKind::Own && (rules.between_pops || !is_ibgp(kind));
}

PopId exit_of(const PathAttributes& attributes, PeerKind kind, const LocationRules& rules) {
  if (!has_exits(kind, rules)) return kNoPlace;
  return rules.between_pops ? rules.egress->from_pop(attributes).pop : rules.egress->own_pop();
}

bool reads_geofeed(PeerKind kind, const LocationRules& rules) {
  return has_exits(kind, rules) && !rules.between_pops;
}

bool has_tag(const PathAttributes& attributes, const LocationRules& rules) {
  return rules.dictionary &&
         rules.egress->read_tags(attributes, *rules.dictionary).place != kNoPlace;
}

Located locate(const PathAttributes& attributes, PeerKind kind, const LocationRules& rules,
               std::optional<MetroId> by_geofeed) {
  const policy::Egress& egress = *rules.egress;
  if (!egress.enabled() || kind == PeerKind::Own) return {};
  if (rules.between_pops) {
    const EgressInfo carried = egress.from_pop(attributes);
    return {carried, found(carried.metro, LocationSource::Pop)};
  }
  if (is_ibgp(kind)) return {};
  Located located;
  MetroId place = kNoPlace;
  if (rules.dictionary) {
    const auto tags = egress.read_tags(attributes, *rules.dictionary);
    place = tags.place;
    located.source = LocationSource::Tag;
    located.contradictory = tags.contradictory;
  }
  if (place == kNoPlace && by_geofeed) {
    place = *by_geofeed;
    located.source = found(place, LocationSource::Geofeed);
  } else if (place == kNoPlace) {
    place = rules.location_default;
    located.source = found(place, LocationSource::Default);
  }
  located.egress = egress.leaving_here(place);
  return located;
}

Located locate(const Prefix& prefix, const PathAttributes& attributes, PeerKind kind,
               const LocationRules& rules) {
  const auto by_geofeed = rules.geofeed != nullptr ? rules.geofeed->find(prefix) : std::nullopt;
  return locate(attributes, kind, rules, by_geofeed);
}

}  // namespace tern::pipeline
