#include "bgpd/probes/echo.h"

#include "bgpd/wire/cursor.h"

namespace tern::probes {
namespace {

struct Types {
  std::uint8_t request;
  std::uint8_t reply;
};

constexpr Types types_of(IpVersion version) {
  return version == IpVersion::V4 ? Types{8, 0} : Types{128, 129};
}

// Type, code, checksum, identifier, sequence number, data.
constexpr std::size_t kSequenceAt = 6;
constexpr std::size_t kDataAt = 8;

}  // namespace

std::array<std::byte, kEchoOctets> echo_request(IpVersion version, const Echo& echo) {
  std::array<std::byte, kEchoOctets> message{};
  message[0] = std::byte{types_of(version).request};
  wire::store(echo.sequence, message.data() + kSequenceAt);
  wire::store(echo.token, message.data() + kDataAt);
  return message;
}

std::optional<Echo> parse_echo_reply(IpVersion version, std::span<const std::byte> message) {
  if (message.size() != kEchoOctets) return std::nullopt;
  if (message[0] != std::byte{types_of(version).reply} || message[1] != std::byte{0}) {
    return std::nullopt;
  }
  return Echo{wire::load<std::uint16_t>(message.data() + kSequenceAt),
              wire::load<std::uint64_t>(message.data() + kDataAt)};
}

}  // namespace tern::probes
