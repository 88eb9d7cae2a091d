// Facts of a neighbor that more than one folder needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tern {

// Index of a peer in the tables of this process; reused after the peer is gone from configuration.
using PeerSlot = std::uint32_t;
inline constexpr PeerSlot kNoPeerSlot = 0xFFFFFFFF;
// Slots are below this number: a path keeps the slot of its peer in two octets (rib/destination.h).
inline constexpr PeerSlot kMostPeerSlots = 0xFFFF;
// The slot of the routes that this router originates; no neighbor has the slot.
inline constexpr PeerSlot kOwnSlot = 0;
inline constexpr std::size_t kMostNeighbors = kMostPeerSlots - 1;
// The name of this router where the source of a route is shown.
inline constexpr std::string_view kOwnName = "own";

enum class PeerKind : std::uint8_t {
  Ebgp,
  RouteServerClient,  // eBGP, RFC 7947: AS path, next hop and MED pass untouched
  Ibgp,
  RouteReflectorClient,  // iBGP, RFC 4456
  Own,                   // no neighbor: the source of the routes that this router originates
};

[[nodiscard]] constexpr bool is_ibgp(PeerKind kind) {
  return kind == PeerKind::Ibgp || kind == PeerKind::RouteReflectorClient;
}

// RFC 9234 section 4.1, numbers of the capability. The role of the local side of the session.
enum class Role : std::uint8_t {
  Provider = 0,
  RouteServer = 1,
  RouteServerClient = 2,
  Customer = 3,
  Peer = 4,
};

[[nodiscard]] constexpr std::string_view to_string(Role role) {
  switch (role) {
    case Role::Provider:
      return "provider";
    case Role::RouteServer:
      return "route-server";
    case Role::RouteServerClient:
      return "route-server-client";
    case Role::Customer:
      return "customer";
    case Role::Peer:
      return "peer";
  }
  return "unknown";
}

}  // namespace tern
