// The origin validation state extended community (RFC 8097): a non-transitive opaque community that
// tells iBGP neighbors the state of a route's origin.
#pragma once

#include <span>
#include <vector>

#include "policy/vrp.h"
#include "rib/types/community.h"

namespace tern::policy {

// state: not NotValidated, which has no community.
[[nodiscard]] ExtendedCommunity origin_state_community(OriginState state);
[[nodiscard]] bool is_origin_state(ExtendedCommunity community);

// The state that a route brings. Of several the greatest value counts; values above 2 count for
// nothing (RFC 8097 section 2). NotValidated: none.
[[nodiscard]] OriginState brought_state(std::span<const ExtendedCommunity> communities);

// Functions over the sorted list of a route.
void remove_origin_states(std::vector<ExtendedCommunity>& communities);
// Puts the state in the place of any other.
void set_origin_state(OriginState state, std::vector<ExtendedCommunity>& communities);

}  // namespace tern::policy
