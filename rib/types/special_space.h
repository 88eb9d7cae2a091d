// Special-purpose address space: the allowed uses of each block.
//
// One table for every such question: prefixes and next hops that neighbors send, addresses and
// identifiers in the configuration. It has the rows of RFC 6890 and of the IANA registries that
// RFC 6890 opened, as they stood on 2024-10-22, and those of multicast, which has registries of its
// own. Its columns are this project's reading of the RFCs that the rows name.
//
// A use is forbidden only where it makes no sense in any network. Private, shared, documentation
// and benchmarking space is routed inside networks, between partners and in laboratories; an
// operator that does not want such prefixes from a neighbor rejects them by policy.
//
// Look-ups are pure, allocate nothing and may be made by any thread. For an address whose first
// octet is in no forbidden block, which is nearly every one that a neighbor sends, a look-up is one
// load and one comparison.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "rib/types/prefix.h"

namespace tern {

enum class Use : std::uint8_t {
  Prefix,      // a destination in a routing table
  NextHop,     // RFC 4271 section 6.3: a valid host address, to which packets can be sent
  Identifier,  // BGP identifier of ours; old speakers want a unicast address (RFC 4271 section 6.2)
  Host,        // an end of a session: of a neighbor, or of ours. Also a next hop in a laboratory.
};

struct SpecialBlock {
  // The first 64 bits of the address and the others; an IPv4 address is the first 32 of them.
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::uint8_t length = 0;
  bool v6 = false;
  std::uint8_t uses = 0;  // a bit for each Use that is allowed
  std::string_view name;  // "loopback"
  std::string_view rfc;   // "RFC 1122"

  [[nodiscard]] constexpr bool allows(Use use) const {
    return ((uses >> static_cast<unsigned>(use)) & 1U) != 0;
  }
  [[nodiscard]] Prefix prefix() const;
  // "127.0.0.0/8, loopback (RFC 1122)"
  [[nodiscard]] std::string to_string() const;
};

// All rows, IPv4 first; within a version in the order of prefixes.
[[nodiscard]] std::span<const SpecialBlock> special_space();

namespace special {

// [IPv6][first octet]: a bit for each Use that some block which begins with this octet forbids.
using Suspects = std::array<std::array<std::uint8_t, 256>, 2>;
extern const Suspects kSuspects;

[[nodiscard]] inline bool is_suspect(const IpAddress& address, Use use) {
  const auto first = std::to_integer<std::size_t>(address.bytes().front());
  return ((kSuspects[address.is_v6() ? 1 : 0][first] >> static_cast<unsigned>(use)) & 1U) != 0;
}
// The smallest block with the whole prefix in it, where it forbids the use.
[[nodiscard]] const SpecialBlock* find_forbidding(const IpAddress& address, std::uint8_t length,
                                                  Use use);

}  // namespace special

// The block that forbids the use of an address; null where none does.
[[nodiscard]] inline const SpecialBlock* forbids(Use use, const IpAddress& address) {
  if (!special::is_suspect(address, use)) return nullptr;
  return special::find_forbidding(address, static_cast<std::uint8_t>(address.bits()), use);
}

// The block that forbids the use for every address of a prefix; null where none does. A default
// route, and any other prefix that is larger than the blocks in it, is forbidden nothing.
[[nodiscard]] inline const SpecialBlock* forbids(Use use, const Prefix& prefix) {
  if (!special::is_suspect(prefix.address(), use)) return nullptr;
  return special::find_forbidding(prefix.address(), prefix.length(), use);
}

}  // namespace tern
