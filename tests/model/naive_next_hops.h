// The resolution of next hops over received routes (RFC 4271 section 9.1.2.1), from scratch for
// every question.
//
// More than one set of covers may be right: of two covers that would lead to each other, the
// earlier one counts. So the naive RIB does not choose the covers. The naive RIB checks that those
// of the router explain themselves: with the routes that count with these covers, each next hop has
// the cover that a search for it finds.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "bgpd/pipeline/next_hops.h"
#include "rib/types/ip_address.h"
#include "rib/types/prefix.h"
#include "tests/model/next_hops.h"

namespace tern::model {

struct Cover {
  Prefix prefix;
  IpAddress next_hop;
  friend bool operator==(const Cover&, const Cover&) = default;
};
using Covers = std::map<IpAddress, Cover>;  // by next hop
[[nodiscard]] Covers covers_of(const pipeline::NextHops& next_hops);

// The metric of the way to the address; nothing: the address is unresolved.
[[nodiscard]] std::optional<std::uint32_t> metric_of(const IpAddress& address, const Host& host,
                                                     const Covers& covers);
// Neither an entry nor a route of the host resolves the address, and a received route may.
[[nodiscard]] bool is_open(const IpAddress& address, const Host& host);
// best(prefix): the next hop of the best route of that unicast prefix, if there is one; of our own
// routes, the unspecified address.
using BestRoute = std::function<std::optional<IpAddress>(const Prefix& prefix)>;
[[nodiscard]] std::optional<Cover> find_cover(const IpAddress& address, const Host& host,
                                              const Covers& covers, const BestRoute& best);
[[nodiscard]] std::string describe(const std::optional<Cover>& cover);

}  // namespace tern::model
