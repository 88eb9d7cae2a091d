// OPEN (RFC 4271 section 4.2) and the capabilities in it (RFC 5492, RFC 9072 for long parameters).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/wire/cursor.h"
#include "bgpd/wire/notification.h"
#include "rib/types/asn.h"
#include "rib/types/family.h"
#include "rib/types/ip_address.h"
#include "rib/types/peer.h"
#include "rib/types/result.h"

namespace tern::wire {

enum class CapabilityCode : std::uint8_t {
  Multiprotocol = 1,              // RFC 4760
  RouteRefresh = 2,               // RFC 2918
  ExtendedNextHop = 5,            // RFC 8950
  ExtendedMessage = 6,            // RFC 8654
  Role = 9,                       // RFC 9234
  GracefulRestart = 64,           // RFC 4724
  FourOctetAs = 65,               // RFC 6793
  AddPath = 69,                   // RFC 7911
  EnhancedRouteRefresh = 70,      // RFC 7313
  LongLivedGracefulRestart = 71,  // RFC 9494
  Fqdn = 73,                      // draft-walton-bgp-hostname-capability
};

// RFC 7911 section 4, the Send/Receive field: what the sender of the capability can do.
enum class AddPathMode : std::uint8_t { None = 0, Receive = 1, Send = 2, Both = 3 };
[[nodiscard]] constexpr bool can_receive(AddPathMode mode) {
  return (static_cast<unsigned>(mode) & 1U) != 0;
}
[[nodiscard]] constexpr bool can_send(AddPathMode mode) {
  return (static_cast<unsigned>(mode) & 2U) != 0;
}

// RFC 4724 section 3
struct GracefulRestart {
  struct Entry {
    AfiSafi family;
    bool forwarding_preserved = false;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  bool restarting = false;                 // R bit
  bool notification = false;               // N bit, RFC 8538
  std::uint16_t restart_time_seconds = 0;  // 12 bits
  std::vector<Entry> families;
  friend bool operator==(const GracefulRestart&, const GracefulRestart&) = default;
};

// RFC 9494 section 3
struct LongLivedGracefulRestart {
  struct Entry {
    AfiSafi family;
    bool forwarding_preserved = false;
    std::uint32_t stale_time_seconds = 0;  // 24 bits
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  std::vector<Entry> families;
  friend bool operator==(const LongLivedGracefulRestart&,
                         const LongLivedGracefulRestart&) = default;
};

struct Fqdn {
  std::string host;
  std::string domain;
  friend bool operator==(const Fqdn&, const Fqdn&) = default;
};

// A capability Tern has no use for: shown, never acted on.
struct UnknownCapability {
  std::uint8_t code = 0;
  std::vector<std::byte> value;
  friend bool operator==(const UnknownCapability&, const UnknownCapability&) = default;
};

struct ExtendedNextHop {  // RFC 8950 section 4
  AfiSafi family;
  std::uint16_t next_hop_afi = 0;
  friend bool operator==(const ExtendedNextHop&, const ExtendedNextHop&) = default;
};

struct AddPath {
  AfiSafi family;
  AddPathMode mode = AddPathMode::None;
  friend bool operator==(const AddPath&, const AddPath&) = default;
};

struct Capabilities {
  std::vector<AfiSafi> families;  // Multiprotocol, in the order of the message
  bool route_refresh = false;
  bool enhanced_route_refresh = false;
  bool extended_message = false;
  std::optional<Asn> four_octet_as;
  std::optional<Role> role;    // the first one; role_conflict tells of a second, unlike
  bool role_conflict = false;  // RFC 9234 section 4.2: "multiple but different"
  std::vector<ExtendedNextHop> extended_next_hops;
  std::vector<AddPath> add_paths;
  std::optional<GracefulRestart> graceful_restart;
  std::optional<LongLivedGracefulRestart> long_lived_graceful_restart;
  std::optional<Fqdn> fqdn;
  std::vector<UnknownCapability> unknown;
  friend bool operator==(const Capabilities&, const Capabilities&) = default;
};

struct OpenMessage {
  std::uint8_t version = 4;
  std::uint16_t my_as = 0;  // AS_TRANS where the AS needs four octets
  std::uint16_t hold_time_seconds = 0;
  std::uint32_t identifier = 0;  // host order
  Capabilities capabilities;

  // The AS the speaker claims: the four-octet capability where present, else my_as.
  [[nodiscard]] Asn asn() const { return capabilities.four_octet_as.value_or(my_as); }
  friend bool operator==(const OpenMessage&, const OpenMessage&) = default;
};

// Structure only (lengths, optional parameters); what the values mean for a session is judged by
// fsm/negotiation.h. A malformed capability is the NOTIFICATION of RFC 5492 / RFC 4271 section 6.2;
// repeats of a capability are merged as RFC 5492 section 4 and the capability's RFC say.
[[nodiscard]] Result<OpenMessage, Notification> decode_open(Bytes body);

// Appends a whole message; RFC 9072 form only where the parameters pass 255 octets.
void encode_open(const OpenMessage& open, std::vector<std::byte>& out);

}  // namespace tern::wire
