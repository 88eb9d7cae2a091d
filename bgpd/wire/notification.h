// NOTIFICATION (RFC 4271 sections 4.5 and 6): error codes, subcodes, their names, the message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/wire/cursor.h"

namespace tern::wire {

enum class ErrorCode : std::uint8_t {
  MessageHeader = 1,
  OpenMessage = 2,
  UpdateMessage = 3,
  HoldTimerExpired = 4,
  FiniteStateMachine = 5,
  Cease = 6,
  RouteRefreshMessage = 7,   // RFC 7313 section 5
  SendHoldTimerExpired = 8,  // RFC 9687
};

// Subcodes of each code; plain numbers because they share one octet on the wire.
namespace header_error {  // RFC 4271 section 6.1
inline constexpr std::uint8_t kNotSynchronised = 1, kBadLength = 2, kBadType = 3;
}
namespace open_error {  // RFC 4271 section 6.2, RFC 5492, RFC 9234
inline constexpr std::uint8_t kUnspecific = 0, kUnsupportedVersion = 1, kBadPeerAs = 2,
                              kBadIdentifier = 3, kUnsupportedParameter = 4,
                              kUnacceptableHoldTime = 6, kUnsupportedCapability = 7,
                              kRoleMismatch = 11;
}
namespace update_error {  // RFC 4271 section 6.3
inline constexpr std::uint8_t kMalformedAttributeList = 1, kUnrecognisedWellKnown = 2,
                              kMissingWellKnown = 3, kFlags = 4, kLength = 5, kInvalidOrigin = 6,
                              kInvalidNextHop = 8, kOptionalAttribute = 9,
                              kInvalidNetworkField = 10, kMalformedAsPath = 11;
}
namespace fsm_error {  // RFC 6608
inline constexpr std::uint8_t kUnspecified = 0, kInOpenSent = 1, kInOpenConfirm = 2,
                              kInEstablished = 3;
}
namespace cease {  // RFC 4486, RFC 8538, RFC 9384
inline constexpr std::uint8_t kMaxPrefixes = 1, kAdministrativeShutdown = 2, kPeerDeconfigured = 3,
                              kAdministrativeReset = 4, kConnectionRejected = 5,
                              kConfigurationChange = 6, kConnectionCollision = 7,
                              kOutOfResources = 8, kHardReset = 9, kBfdDown = 10;
}
namespace refresh_error {  // RFC 7313 section 5
inline constexpr std::uint8_t kInvalidLength = 1;
}

struct Notification {
  ErrorCode code = ErrorCode::Cease;
  std::uint8_t subcode = 0;
  std::vector<std::byte> data;

  // Cease with the text of RFC 9003 (at most 255 octets of UTF-8; longer text is cut between
  // characters). subcode: cease::kAdministrativeShutdown or cease::kAdministrativeReset.
  [[nodiscard]] static Notification administrative(std::uint8_t subcode, std::string_view text);
  // The text of such a message: nothing when there is none; octets that are not UTF-8 or not
  // printable are replaced, since it goes to logs.
  [[nodiscard]] std::optional<std::string> shutdown_text() const;

  // "Cease/Administrative Shutdown"; unknown numbers print as numbers.
  [[nodiscard]] std::string to_string() const;

  // The same, and the two numbers, for metrics: a stranger must not choose among 65536 of them, so
  // numbers without a name are one. Subcode 0 has a name with every code.
  static constexpr std::uint8_t kOther = 255;
  struct Numbers {
    std::uint8_t code;
    std::uint8_t subcode;
  };
  [[nodiscard]] Numbers bounded_numbers() const;
  [[nodiscard]] std::string bounded_text() const;

  friend bool operator==(const Notification&, const Notification&) = default;
};

// body: the octets after the 19 of the header. next_message() refuses a NOTIFICATION without code
// and subcode; decode_notification() takes missing octets for zeros.
[[nodiscard]] Notification decode_notification(Bytes body);
// Appends a whole message.
void encode_notification(const Notification& notification, std::vector<std::byte>& out);

}  // namespace tern::wire
