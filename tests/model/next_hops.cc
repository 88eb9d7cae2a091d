#include "tests/model/next_hops.h"

#include <array>

namespace tern::model {

// Next hops that routes of the model have: neighbors on the exchange LAN, and 198.51.100.1.
IpAddress change_next_hop(std::uint32_t a, std::uint32_t b, HostRoutes& routes) {
  constexpr std::uint32_t kLan = 0xC0000200;
  constexpr std::uint32_t kElsewhere = 0xC6336401;
  constexpr std::uint32_t kNeighbors = 12;
  const std::uint32_t number = a % (2 * kNeighbors + 3);
  IpAddress next_hop = IpAddress::v4(kElsewhere);
  if (number < kNeighbors) {
    next_hop = IpAddress::v4(kLan + 1 + number);
  } else if (number < 2 * kNeighbors) {
    std::array<std::byte, 16> octets{std::byte{0x20}, std::byte{0x01}, std::byte{0x0d},
                                     std::byte{0xb8}};
    octets.back() = static_cast<std::byte>(1 + number - kNeighbors);
    next_hop = IpAddress::from_bytes(octets);
  }
  constexpr std::uint32_t kMetrics = 3;
  switch (b % 4) {
    case 0:
      routes[next_hop] = std::nullopt;
      break;
    case 1:
      routes.erase(next_hop);
      break;
    default:
      routes[next_hop] = 10 * (1 + b / 4 % kMetrics);
  }
  return next_hop;
}

std::string describe(const HostRoutes& routes, const IpAddress& next_hop) {
  const auto found = routes.find(next_hop);
  if (found == routes.end()) return next_hop.to_string() + " is connected";
  if (!found->second) return next_hop.to_string() + " is unresolved";
  return next_hop.to_string() + " has metric " + std::to_string(*found->second);
}

std::optional<pipeline::NextHopRoute> HostKernel::look_up(const IpAddress& address) {
  pipeline::NextHopRoute route;
  const auto found = routes_.find(address);
  if (found == routes_.end()) {
    route.state = pipeline::NextHopState::Connected;
  } else if (found->second) {
    route.state = pipeline::NextHopState::Kernel;
    route.metric = *found->second;
  }
  return route;
}

std::optional<unsigned> HostKernel::interface_up(const std::string& /*name*/) {
  return std::nullopt;
}

}  // namespace tern::model
