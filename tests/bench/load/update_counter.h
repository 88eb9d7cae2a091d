// Counts what UPDATEs say, and keeps which prefixes their receiver holds. Attributes are looked at
// only where something was asked about them.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/bench/load/held.h"

namespace tern::load {

// MEDs from here on are stamps of churn: the number of an update.
inline constexpr std::uint32_t kFirstStamp = 0x4000'0000;

// What to look for in attributes.
struct Watch {
  std::vector<std::uint32_t> communities;  // a route with all of these is marked; none: nothing is
  bool ipv6 = false;
  bool stamps = false;
  bool relay = false;  // UPDATEs are kept as they came

  [[nodiscard]] bool needs_attributes() const { return ipv6 || stamps || !communities.empty(); }
};

// One receiver's.
struct Received {
  Held held;
  Held marked;  // a part of held
  std::uint64_t updates = 0;
  std::uint64_t announced = 0;  // prefixes
  std::uint64_t octets = 0;
  std::uint64_t foreign = 0;          // prefixes that can be in no table: they have no slot
  std::vector<std::uint32_t> stamps;  // of the last read, to be taken by whoever asked for them

  void forget() {
    held.clear();
    marked.clear();
  }
};

// The body of one UPDATE. At least eight octets behind it must be readable. False: it is malformed.
[[nodiscard]] bool count_update(const std::uint8_t* body, std::size_t length, const Watch& watch,
                                Received& received);

}  // namespace tern::load
