// Where the users of a received path are, where their traffic leaves, and what it costs.
//
// Of a partner, the tags of the path count (policy/location_tags.h), without a tag the geofeed of
// the prefix (policy/geofeed.h), and without an entry the place that the configuration gives to the
// partner. An entry without a place of the configuration leaves the place unknown. The routes of
// another PoP of ours bring their places.
#pragma once

#include <memory>
#include <optional>

#include "policy/egress.h"
#include "policy/geofeed.h"
#include "rib/types/peer.h"
#include "rib/types/shared_value.h"

namespace tern::pipeline {

struct LocationRules {
  SharedValue<policy::Egress> egress;  // never null
  std::optional<policy::DictionaryId> dictionary;
  MetroId location_default = kNoPlace;  // of the users of routes without a tag
  bool between_pops = false;            // the peer is a PoP of ours: places come as communities
  // Set by the session layer, for neighbors with reads_geofeed(). Null: there is none. Its places
  // are those of `egress`.
  std::shared_ptr<const policy::Geofeed> geofeed;
  friend bool operator==(const LocationRules&, const LocationRules&) = default;
};

struct Located {
  EgressInfo egress;
  LocationSource source = LocationSource::None;
  bool contradictory = false;  // tags of the path exclude each other
};

// Whether the routes of the neighbor leave the network at an exit that locate() knows. kind: of the
// neighbor.
[[nodiscard]] bool has_exits(PeerKind kind, const LocationRules& rules);
// The exit of a route with these attributes, which are as received.
[[nodiscard]] PopId exit_of(const PathAttributes& attributes, PeerKind kind,
                            const LocationRules& rules);

// Whether geofeeds can have the place of a path. kind: of the neighbor.
[[nodiscard]] bool reads_geofeed(PeerKind kind, const LocationRules& rules);

// attributes: as received. by_geofeed: what rules.geofeed says of the prefix (Geofeed::find()),
// which counts where the path has no tag.
[[nodiscard]] Located locate(const PathAttributes& attributes, PeerKind kind,
                             const LocationRules& rules, std::optional<MetroId> by_geofeed);

// Whether the dictionary knows a community of the path.
[[nodiscard]] bool has_tag(const PathAttributes& attributes, const LocationRules& rules);

// The same for one path, for listings.
[[nodiscard]] Located locate(const Prefix& prefix, const PathAttributes& attributes, PeerKind kind,
                             const LocationRules& rules);

}  // namespace tern::pipeline
