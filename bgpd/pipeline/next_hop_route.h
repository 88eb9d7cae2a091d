// Values of the resolution of next hops (RFC 4271 section 9.1.2.1), and the interfaces of the
// classes that resolve next hops.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rib/types/ip_address.h"
#include "rib/types/location.h"
#include "rib/types/peer.h"
#include "rib/types/prefix.h"

namespace tern::pipeline {

enum class NextHopState : std::uint8_t {
  // Resolved:
  Connected,  // in a network of an interface, or an address of this host
  Static,     // by an entry of the configuration
  Kernel,     // by another route of the kernel
  Bgp,        // by a received route, whose own next hop is resolved
  // Unresolved:
  NoRoute,
  DefaultRoute,   // only a default route leads to the next hop
  OwnRoute,       // only routes that this daemon installed lead to the next hop
  Unreachable,    // by a route of the type blackhole, unreachable or prohibit, or by an entry
  InterfaceDown,  // the interface of the route or of the entry has no link
  TooDeep,        // more than NextHops::kMostVias entries lead to each other
  NoAnswer,       // the kernel did not answer, and is asked again
  kCount,
};
inline constexpr std::size_t kNextHopStateCount = static_cast<std::size_t>(NextHopState::kCount);
// The name in tables, in JSON and in the metric label `state`: "no-route".
[[nodiscard]] std::string_view to_string(NextHopState state);

struct NextHopRoute {
  NextHopState state = NextHopState::NoRoute;
  InteriorCost metric = 0;       // 0 where connected or unresolved
  std::optional<Prefix> prefix;  // of the route or of the entry
  std::optional<IpAddress> gateway;
  unsigned interface = 0;  // index; 0: none
  // The best route that leads there is one of this daemon's own, which does not count.
  // Notifications do not tell when that route goes.
  bool behind_own = false;

  [[nodiscard]] bool resolved() const { return state < NextHopState::NoRoute; }
  friend bool operator==(const NextHopRoute&, const NextHopRoute&) = default;
};

// The part of a NextHopRoute that judges and the decision process use.
struct NextHopAnswer {
  bool resolved = false;
  InteriorCost metric = 0;
  friend bool operator==(const NextHopAnswer&, const NextHopAnswer&) = default;
};

// Judges resolve next hops by a NextHopFinder. Several threads may call its functions at the same
// time.
class NextHopFinder {
 public:
  virtual ~NextHopFinder() = default;
  // of: the neighbor whose route has the next hop; kOwnSlot: a setting has it.
  [[nodiscard]] virtual NextHopAnswer find(const IpAddress& address, PeerSlot of) = 0;
  // Where a received route resolves the address: the next hop behind it that the kernel or an entry
  // resolves. Nothing: no received route does.
  [[nodiscard]] virtual std::optional<IpAddress> behind(const IpAddress& /*address*/) {
    return std::nullopt;
  }
  // Whether each answer is the one that the routes received so far give. False: a received route
  // may still resolve a next hop that find() called unresolved.
  [[nodiscard]] virtual bool settled() { return true; }
};

// NextHops asks the kernel by a NextHopSource. Any thread, one at a time. No function waits.
class NextHopSource {
 public:
  virtual ~NextHopSource() = default;
  // The route by which the host sends to the address. Nothing: no answer.
  [[nodiscard]] virtual std::optional<NextHopRoute> look_up(const IpAddress& address) = 0;
  // The index of the interface. Nothing: the interface does not exist or has no link.
  [[nodiscard]] virtual std::optional<unsigned> interface_up(const std::string& name) = 0;
};

// An entry of the configuration for the next hops in a prefix.
struct StaticNextHop {
  Prefix prefix;
  InteriorCost metric = 0;
  std::optional<IpAddress> via;  // needs this address resolved, by another entry or the kernel
  std::string interface;         // needs this interface up; empty: needs none
  bool unreachable = false;
  friend bool operator==(const StaticNextHop&, const StaticNextHop&) = default;
};

struct NextHopDampingSettings {
  std::uint32_t first_hold = 1;     // seconds
  std::uint32_t longest_hold = 60;  // seconds
  std::uint32_t window = 600;       // seconds without a flap until earlier flaps do not count
  friend bool operator==(const NextHopDampingSettings&, const NextHopDampingSettings&) = default;
};

struct NextHopSettings {
  bool enabled = false;
  bool via_default = false;            // a default route resolves next hops
  bool via_bgp = false;                // received routes resolve next hops
  std::vector<StaticNextHop> statics;  // each prefix once, the longest first
  NextHopDampingSettings damping;
  friend bool operator==(const NextHopSettings&, const NextHopSettings&) = default;
};

}  // namespace tern::pipeline
