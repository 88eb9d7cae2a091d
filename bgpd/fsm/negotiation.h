// The session that two OPENs negotiate (RFC 4271 section 6.2 and the RFCs of the capabilities).
// Pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/wire/framer.h"
#include "bgpd/wire/open.h"
#include "bgpd/wire/update.h"

namespace tern::fsm {

// Our side of a session before the peer is known; our OPEN is made from it.
struct LocalOpen {
  Asn asn = 0;
  std::uint32_t identifier = 0;
  std::uint16_t hold_time_seconds = 90;  // 0 (never) or >= 3
  FamilySet families{kClassicFamily};
  bool route_refresh = true;
  bool enhanced_route_refresh = true;
  bool extended_message = true;
  bool four_octet_as = true;
  std::array<wire::AddPathMode, kFamilyCount> add_path{};
  FamilySet extended_next_hop;
  std::optional<Role> role;
  bool role_strict = false;  // RFC 9234 section 4.2: a peer without a role is refused
  std::optional<wire::GracefulRestart> graceful_restart;
  std::optional<wire::LongLivedGracefulRestart> long_lived_graceful_restart;
  std::optional<wire::Fqdn> fqdn;
  friend bool operator==(const LocalOpen&, const LocalOpen&) = default;
};

// The requirements for the peer's OPEN.
struct ExpectedPeer {
  // Both empty: any AS except ours (a dynamic neighbor of "any external" kind) and except AS_TRANS,
  // which may stand for any AS.
  std::vector<Asn> asns;
  // More ASes, as closed ranges, for a range of dynamic neighbors.
  std::vector<std::pair<Asn, Asn>> asn_ranges;
  friend bool operator==(const ExpectedPeer&, const ExpectedPeer&) = default;
};

// The session that two OPENs make. Directions are ours. A capability for what its sender can
// receive counts for `receive` once we sent the capability, for `send` once the peer sent it.
struct Negotiated {
  Asn peer_asn = 0;
  std::uint32_t peer_identifier = 0;
  std::uint16_t hold_time_seconds = 0;  // the smaller of the two; 0: no timers
  std::uint16_t keepalive_seconds = 0;  // a third of the hold time, at least 1
  FamilySet families;
  bool four_octet_as = false;
  // RFC 2918 section 4: the sender of the capability answers the requests of the other side.
  bool route_refresh_receive = false;
  bool route_refresh_send = false;
  bool enhanced_route_refresh = false;  // RFC 7313 section 4: both sides sent the capability
  // RFC 8654 section 4. The peer may send long messages once we offered to receive them, whatever
  // the peer's own OPEN offers. Tern sends long messages if both sides offered to receive them.
  bool extended_message_receive = false;
  bool extended_message_send = false;
  FamilySet add_path_receive;  // RFC 7911 section 4: each side's capability has both directions
  FamilySet add_path_send;
  // RFC 8950 section 4, IPv4 prefixes with an IPv6 next hop: same rule as for extended messages.
  FamilySet extended_next_hop_receive;
  FamilySet extended_next_hop_send;
  std::optional<Role> peer_role;  // as the peer sent it; never on iBGP (RFC 9234 section 4)
  std::optional<wire::GracefulRestart> peer_graceful_restart;
  std::optional<wire::LongLivedGracefulRestart> peer_long_lived_graceful_restart;
  std::optional<wire::Fqdn> peer_fqdn;
  friend bool operator==(const Negotiated&, const Negotiated&) = default;

  // Octets of the longest message that we may send.
  [[nodiscard]] std::size_t max_message() const {
    return extended_message_send ? wire::kMaxExtendedMessage : wire::kMaxMessage;
  }
};

[[nodiscard]] wire::OpenMessage make_open(const LocalOpen& local);

// The NOTIFICATION with which `theirs` must be refused, or nothing. RFC 4271 section 6.2 (version,
// AS, identifier: non-zero and, on iBGP, not ours, RFC 6286; hold time), RFC 7607 (AS 0),
// RFC 9234 section 4.2 (roles), RFC 5492 (no family in common: Unsupported Capability).
[[nodiscard]] std::optional<wire::Notification> refuse_open(const LocalOpen& local,
                                                            const ExpectedPeer& expected,
                                                            const wire::OpenMessage& theirs);

// The same with the reason as text: "peer says AS 65009, expected AS 65001".
struct OpenRefusal {
  wire::Notification notification;
  std::string why;
};
[[nodiscard]] std::optional<OpenRefusal> judge_open(const LocalOpen& local,
                                                    const ExpectedPeer& expected,
                                                    const wire::OpenMessage& theirs);

// Requires that refuse_open returned nothing. A peer without the multiprotocol capability speaks
// IPv4 unicast (RFC 4760 section 8).
[[nodiscard]] Negotiated negotiate(const LocalOpen& local, const wire::OpenMessage& theirs);

// RFC 4271 section 6.8 with RFC 6286 section 2.3: whether the connection that *we* opened survives
// a collision with the one the peer opened.
[[nodiscard]] bool ours_survives_collision(std::uint32_t our_identifier, Asn our_asn,
                                           std::uint32_t their_identifier, Asn their_asn);

}  // namespace tern::fsm
