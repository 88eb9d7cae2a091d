// Route origin validation by looking at each VRP, as RFC 6811 section 2 says it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "policy/vrp.h"
#include "rib/types/path_attributes.h"
#include "rib/types/prefix.h"

namespace tern::model {

// Nothing: no route is validated.
using Vrps = std::optional<std::vector<policy::Vrp>>;

// VRPs for some of prefixes() by a number of an operation, with origins that the routes of the
// model have, and AS 0.
[[nodiscard]] std::vector<policy::Vrp> vrps_of(std::uint32_t bits);

[[nodiscard]] policy::OriginState state_of(const Vrps& vrps, const Prefix& prefix,
                                           const AsPath& path);

// The community that tells iBGP neighbors a state, and the state of one (RFC 8097). Nothing: it is
// another community.
[[nodiscard]] ExtendedCommunity community_of(policy::OriginState state);
[[nodiscard]] std::optional<policy::OriginState> state_of(ExtendedCommunity community);

}  // namespace tern::model
