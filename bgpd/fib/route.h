// Routes of the kernel's forwarding table as values: where a prefix should go by BGP (Target), and
// where packets leave (Hops).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "rib/types/ip_address.h"
#include "rib/types/prefix.h"

namespace tern::fib {

// Why a wanted route is not in the kernel. The names are values of the metric label reason.
enum class Failure : std::uint8_t {
  None,
  // Of the next hop, by the kernel's answer:
  NoRoute,       // no route leads to it
  DefaultRoute,  // only a default route leads to it
  OwnRoute,      // the best route to it is one that ternd installed
  OwnAddress,    // an address of this host
  Encapsulated,  // the way to it takes a tunnel header of the route (RTA_ENCAP)
  // Of the next hop, by itself:
  WrongVersion,  // IPv4, and the prefix is IPv6
  NoInterface,   // link-local, and the session's interface is unknown
  TooManyHops,   // one more than Targets::kMostNextHops
  // Of the prefix:
  CoversNextHop,  // see Targets::covers_next_hop()
  // By the kernel's refusal:
  ForeignRoute,  // EEXIST: another program has a route of the prefix and metric
  Unreachable,   // ENETUNREACH, EHOSTUNREACH, ENETDOWN, ENODEV
  Invalid,       // EINVAL
  NotPermitted,  // EPERM, EACCES: CAP_NET_ADMIN is missing
  NoMemory,      // ENOMEM, ENOBUFS, ENOSPC
  Other,
  kCount,
};
inline constexpr std::size_t kFailureCount = static_cast<std::size_t>(Failure::kCount);
// This failure and all later ones are refusals of the kernel. ternd finds the earlier ones itself.
inline constexpr std::size_t kFirstRefusal = static_cast<std::size_t>(Failure::ForeignRoute);

[[nodiscard]] std::string_view to_string(Failure failure);
// The kind of an error number of the kernel.
[[nodiscard]] Failure failure_of(int error);

// A next hop as a path names it.
struct NextHop {
  IpAddress address;
  std::uint32_t interface = 0;  // index, of a link-local address; else 0
  friend auto operator<=>(const NextHop&, const NextHop&) = default;
};

// Where a prefix should go, by BGP.
struct Target {
  enum class Kind : std::uint8_t { Unicast, Blackhole, Unusable };
  Kind kind = Kind::Unicast;
  Failure why = Failure::None;     // of Unusable
  std::vector<NextHop> next_hops;  // of Unicast: in order, each once, at least one
  friend bool operator==(const Target&, const Target&) = default;
};
[[nodiscard]] std::size_t hash_value(const Target& target);

// A way out of this host.
struct Hop {
  std::optional<IpAddress> gateway;  // nothing: the destination is on the link
  std::uint32_t interface = 0;       // index
  bool onlink = false;               // RTNH_F_ONLINK: no route need lead to the gateway
  friend auto operator<=>(const Hop&, const Hop&) = default;
};

// The ways of one route of the kernel.
struct Hops {
  static constexpr std::size_t kMost = 32;
  bool blackhole = false;
  std::vector<Hop> hops;  // in order, each once, at most kMost; empty for a blackhole
  friend bool operator==(const Hops&, const Hops&) = default;

  // Puts `hops` in order.
  void normalise();
};
[[nodiscard]] std::size_t hash_value(const Hops& hops);

// Resolution::most_length of a next hop that no route of ours takes packets away from.
inline constexpr std::uint8_t kCoveredByNone = 255;

// The kernel's answer about a next hop.
struct Resolution {
  Failure why = Failure::NoRoute;  // None: `hops` lead to the next hop
  std::vector<Hop> hops;           // each with the gateway that packets are given to
  // Of None: a route of ours that covers the next hop and has more bits than these takes packets
  // to the next hop away from the route that leads there.
  std::uint8_t most_length = 0;
  // The best route is ours, and the answer is that of the best one of others.
  bool behind_own = false;
  // The route is in another table than ours. The kernel may look up our table first.
  bool other_table = false;
  friend bool operator==(const Resolution&, const Resolution&) = default;
};

}  // namespace tern::fib
