// The origin validation state extended community (RFC 8097): a non-transitive opaque community that
// tells iBGP neighbors the state of a route's origin.
#pragma once

#include <span>
#include <vector>

#include "policy/vrp.h"
#include "rib/types/community.h"

namespace tern::policy {

// The state that a route brings. Of several communities the one with the greatest value counts, and
// a value above 2 means nothing (RFC 8097 section 2). NotValidated: no state.
[[nodiscard]] OriginState brought_state(std::span<const ExtendedCommunity> communities);

// Functions over the sorted list of a route.
void remove_origin_states(std::vector<ExtendedCommunity>& communities);
// Removes the communities where the greatest value means nothing, as RFC 8097 section 2 wants it.
void remove_meaningless_states(std::vector<ExtendedCommunity>& communities);
// Puts the state, which is not NotValidated, in the place of any other.
void set_origin_state(OriginState state, std::vector<ExtendedCommunity>& communities);

}  // namespace tern::policy
