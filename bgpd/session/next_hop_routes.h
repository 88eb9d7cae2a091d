// How many routes have each of some next hops: accepted routes, and those that are rejected because
// their next hop is unresolved, of neighbors whose routes need a resolved next hop. A route counts
// with the next hop that import policy gave it, if it was accepted, else with the one as received.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <memory>

#include "rib/types/ip_address.h"

namespace tern::session {

using NextHopRoutes = boost::unordered_flat_map<IpAddress, std::uint64_t>;
// Gets the result of a count, which all who asked share.
using CountedNextHops = std::function<void(const std::shared_ptr<const NextHopRoutes>&)>;

}  // namespace tern::session
