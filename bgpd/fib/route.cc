#include "bgpd/fib/route.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "rib/types/hash.h"

namespace tern::fib {

std::string_view to_string(Failure failure) {
  constexpr std::array<std::string_view, kFailureCount> kNames{
      "none",          "no-route",        "default-route", "own-route",
      "own-address",   "encap",           "wrong-version", "no-interface",
      "too-many-hops", "covers-next-hop", "foreign",       "unreachable",
      "invalid",       "permission",      "no-memory",     "other"};
  return kNames[static_cast<std::size_t>(failure)];
}

Failure failure_of(int error) {
  switch (error) {
    case 0:
      return Failure::None;
    case EEXIST:
      return Failure::ForeignRoute;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ENODEV:
      return Failure::Unreachable;
    case EINVAL:
      return Failure::Invalid;
    case EPERM:
    case EACCES:
      return Failure::NotPermitted;
    case ENOMEM:
    case ENOBUFS:
    case ENOSPC:
      return Failure::NoMemory;
    default:
      return Failure::Other;
  }
}

std::size_t hash_value(const Target& target) {
  Hasher hasher;
  hasher.add((std::uint64_t{static_cast<std::uint8_t>(target.kind)} << 8U) |
             static_cast<std::uint8_t>(target.why));
  for (const NextHop& next_hop : target.next_hops) {
    hasher.add(next_hop.address.bytes());
    hasher.add(next_hop.interface);
  }
  return hasher.result();
}

void Hops::normalise() {
  std::ranges::sort(hops);
  hops.erase(std::unique(hops.begin(), hops.end()), hops.end());
  if (hops.size() > kMost) hops.resize(kMost);
}

std::size_t hash_value(const Hops& hops) {
  Hasher hasher;
  hasher.add(hops.blackhole ? 1U : 0U);
  for (const Hop& hop : hops.hops) {
    if (hop.gateway) hasher.add(hop.gateway->bytes());
    hasher.add((std::uint64_t{hop.interface} << 1U) | (hop.onlink ? 1U : 0U));
  }
  return hasher.result();
}

}  // namespace tern::fib
