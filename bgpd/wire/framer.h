// Cuts a byte stream into BGP messages (RFC 4271 section 4.1, RFC 8654).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "bgpd/wire/cursor.h"
#include "bgpd/wire/notification.h"

namespace tern::wire {

enum class MessageType : std::uint8_t {
  Open = 1,
  Update = 2,
  Notification = 3,
  Keepalive = 4,
  RouteRefresh = 5,  // RFC 2918
};
inline constexpr std::size_t kMessageTypeCount = 6;  // to index by number; 0 is unused

[[nodiscard]] std::string_view to_string(MessageType type);

inline constexpr std::size_t kHeaderSize = 19;
inline constexpr std::size_t kMaxMessage = 4096;           // RFC 4271 section 4.1
inline constexpr std::size_t kMaxExtendedMessage = 65535;  // RFC 8654

// One message. body points into the bytes given to next_message and lives as long as they do.
struct Frame {
  MessageType type{};
  Bytes body;     // without header
  Bytes message;  // with header
};

// More bytes are needed before a message is whole.
struct NeedMore {};

// Looks at the start of `bytes`. max_message is kMaxMessage; once the receiver of the bytes has
// sent the capability, kMaxExtendedMessage (OPEN and KEEPALIVE stay at 4096, RFC 8654 section 4).
// When the header has a fault, the result is the NOTIFICATION to send (RFC 4271 section 6.1).
[[nodiscard]] std::variant<Frame, NeedMore, Notification> next_message(Bytes bytes,
                                                                       std::size_t max_message);

// The length of the message at the beginning of whole messages of our own making.
[[nodiscard]] std::size_t message_size(Bytes messages);

// Appends a header with length 0 to be patched by end_message; returns where the message starts.
std::size_t begin_message(MessageType type, std::vector<std::byte>& out);
void end_message(std::size_t start, std::vector<std::byte>& out);

void encode_keepalive(std::vector<std::byte>& out);

}  // namespace tern::wire
