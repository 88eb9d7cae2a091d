// The parts of an AS_PATH that the baseline learns. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "rib/types/asn.h"

namespace tern::baseline {

// The upstream of a path that has no other AS than the origin.
inline constexpr Asn kDirect = 0;

struct PathFacts {
  Asn origin = 0;
  Asn upstream = kDirect;   // the last AS in front of the origin that is another one
  std::uint8_t length = 0;  // RFC 4271 section 9.1.2.2 a, with prepended ASes; 255: or more
  friend bool operator==(const PathFacts&, const PathFacts&) = default;
};

// as_path: the value of the attribute, with AS numbers of four octets. Nothing: the path has no AS,
// or an AS_SET where the origin or the upstream should be.
[[nodiscard]] std::optional<PathFacts> path_facts(std::span<const std::byte> as_path);

}  // namespace tern::baseline
