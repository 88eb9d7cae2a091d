// VRPs (RFC 6811) for the prefixes of a benchmark, as a file in the JSON of rpki-client.
#pragma once

#include <cstdint>
#include <string>

#include "tests/bench/load/universe.h"

namespace tern::load {

struct VrpCounts {
  std::uint32_t all = 0;
  std::uint32_t matching = 0;  // of prefixes of the universe, with the AS number of their origin
  std::uint32_t other = 0;     // of such prefixes, with another AS number
};

// Writes `count` VRPs. As in the Internet, half of the prefixes have one with their origin, and one
// of a hundred has one with another AS number. The other VRPs cover no prefix of the universe. The
// first `moved` of the matching VRPs get another AS number: two files that differ in `moved` alone
// differ in so many VRPs. Throws std::runtime_error when the file cannot be written.
VrpCounts write_vrps(const Universe& universe, std::uint32_t count, std::uint32_t moved,
                     const std::string& path);

}  // namespace tern::load
