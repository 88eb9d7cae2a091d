// The parts of an AS_PATH that can be usual for a prefix: its origin, its upstream and its length.
// Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "rib/types/as_path.h"
#include "rib/types/asn.h"

namespace tern {

// The upstream of a path that has no other AS than the origin.
inline constexpr Asn kNoUpstream = 0;

struct PathFacts {
  Asn origin = 0;
  Asn upstream = kNoUpstream;  // the last AS in front of the origin that is another one
  std::uint8_t length = 0;     // RFC 4271 section 9.1.2.2 a, with prepended ASes; 255: or more
  friend bool operator==(const PathFacts&, const PathFacts&) = default;
};

// Finds the facts of a path whose parts are added from the neighbor to the origin. Segments of
// confederations are not added.
class PathFactsFinder {
 public:
  void add(Asn asn);  // of an AS_SEQUENCE
  void add_set();     // an AS_SET, whatever its members
  // Nothing: the path has no AS, or an AS_SET where the origin or the upstream should be.
  [[nodiscard]] std::optional<PathFacts> facts() const;

 private:
  PathFacts facts_;
  std::size_t length_ = 0;
  bool known_ = false;       // facts_.origin is an AS of the path
  bool set_before_ = false;  // an AS_SET stands in front of the last run of equal AS numbers
};

[[nodiscard]] std::optional<PathFacts> path_facts(const AsPath& path);

}  // namespace tern
