// The compiled actions of a term, and their effect on the attributes.
#pragma once

#include <optional>
#include <vector>

#include "policy/conditions.h"
#include "policy/policy.h"

namespace tern::policy {

// Applied in the order of the members, see ActionSource.
struct Actions {
  std::optional<SetNumber> local_pref;
  std::optional<SetNumber> med;
  bool clear_med = false;
  std::optional<SetNumber> aigp;
  std::optional<Origin> origin;
  std::optional<IpAddress> next_hop;
  bool next_hop_self = false;
  std::optional<ActionSource::Prepend> prepend;
  SetRefs<CommunityMatcher> remove;
  bool clear_communities = false;  // IPv6-specific extended ones too
  // Sorted, free of repeats.
  std::vector<Community> add_standard;
  std::vector<ExtendedCommunity> add_extended;
  std::vector<LargeCommunity> add_large;

  friend bool operator==(const Actions&, const Actions&) = default;
};

// Requires and keeps community lists that are sorted and free of repeats.
void apply(const Actions& actions, const Route& route, const PeerFacts& peer,
           PathAttributes& attributes);

}  // namespace tern::policy
