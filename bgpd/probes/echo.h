// ICMP Echo messages of ICMP datagram sockets: an Echo Request to send, and what an Echo Reply
// answers (RFC 792; RFC 4443 sections 4.1 and 4.2).
//
// The kernel writes the checksum and the identifier of a request, and gives a socket the replies
// with its own identifier, without an IP header and with a good checksum. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "rib/types/ip_address.h"

namespace tern::probes {

struct Echo {
  std::uint16_t sequence = 0;
  std::uint64_t token = 0;  // the data, by which an answer is known that was not guessed
  friend bool operator==(const Echo&, const Echo&) = default;
};

inline constexpr std::size_t kEchoOctets = 16;  // header and token

[[nodiscard]] std::array<std::byte, kEchoOctets> echo_request(IpVersion version, const Echo& echo);
// Nothing where the message is no reply to a request of this kind.
[[nodiscard]] std::optional<Echo> parse_echo_reply(IpVersion version,
                                                   std::span<const std::byte> message);

}  // namespace tern::probes
