// Received routes that resolve next hops (RFC 4271 section 9.1.2.1). The cover of an address is the
// received route that resolves it. The cover's own next hop is resolved next, perhaps by another
// cover. No cover leads back to its address, so no loop arises.
//
// Values without a thread of their own, but for find_cover().
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "rib/shards.h"
#include "rib/types/ip_address.h"
#include "rib/types/prefix.h"

namespace tern::pipeline {

struct NextHopCover {
  Prefix prefix;
  IpAddress next_hop;
  friend bool operator==(const NextHopCover&, const NextHopCover&) = default;
};

class NextHopCovers {
 public:
  // Covers on the way from the next hop of a new cover. Addresses whose covers lead to the new one
  // may have longer ways.
  static constexpr std::size_t kMost = 16;

  // Null: the address has none.
  [[nodiscard]] const NextHopCover* find(const IpAddress& address) const;
  // Whether the way to `from` goes through `address`, or over kMost covers.
  [[nodiscard]] bool leads_through(const IpAddress& from, const IpAddress& address) const;
  // The next hop at which the way over all covers ends; nothing: the address has no cover. The way
  // ends, because set() takes no cover that leads back to its address.
  [[nodiscard]] std::optional<IpAddress> behind(const IpAddress& address) const;
  // Nothing: the address has no cover. Whether it differs from before. Ignored if the next hop of
  // the cover leads through the address.
  bool set(const IpAddress& address, const std::optional<NextHopCover>& cover);
  void erase(const IpAddress& address);
  void clear();
  [[nodiscard]] bool empty() const { return covers_.empty(); }
  // Whether the cover of another address leads to this one.
  [[nodiscard]] bool leads_to(const IpAddress& address) const;
  // Adds the addresses whose covers lead into the prefix or to one of `out`, over any number of
  // covers.
  void add_led(const Prefix& prefix, std::vector<IpAddress>& out) const;

 private:
  std::map<IpAddress, NextHopCover> covers_;          // by address
  std::set<std::pair<IpAddress, IpAddress>> led_to_;  // next hop of a cover, address
};

// The cover for the address: the best route with the longest prefix. A default route counts only
// with via_default. A route whose way goes through the address itself is passed over for one with a
// shorter prefix: if the address were unresolved for it, the route would be withdrawn from the
// decision, and the shorter one would count. Nothing: there is none, the best route is our own, or
// its next hop is link-local, which does not say on which link. covers: of other addresses. By the
// owner of all shards.
[[nodiscard]] std::optional<NextHopCover> find_cover(const rib::Shards& shards,
                                                     const NextHopCovers& covers,
                                                     const IpAddress& address, bool via_default);

}  // namespace tern::pipeline
