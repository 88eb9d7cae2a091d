// Synthetic routes for the microbenchmarks: made before the clock starts, equal in every run.
#pragma once

#include <random>
#include <vector>

#include "rib/types/path_attributes.h"
#include "rib/types/prefix.h"

namespace tern::bench {

// `count` distinct /24 and /22 of 16.0.0.0/4 onwards.
inline std::vector<Nlri> prefixes(std::size_t count) {
  std::vector<Nlri> made;
  made.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto block = static_cast<std::uint32_t>(0x10000000U + (i << 10U));
    made.push_back({Prefix(IpAddress::v4(block), i % 3 == 0 ? 22 : 24), 0});
  }
  return made;
}

// Attribute sets as a full feed has them: paths of 2 to 6 ASes, a few communities, a MED now and
// then.
inline std::vector<PathAttributes> attribute_sets(std::size_t count, Asn neighbour) {
  std::mt19937 random(neighbour);
  const auto upto = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  std::vector<PathAttributes> made;
  made.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    PathAttributes attributes;
    attributes.origin = Origin::Igp;
    std::vector<Asn> path{neighbour};
    for (std::uint32_t hop = 0; hop < 1 + upto(5); ++hop) path.push_back(1000 + upto(60000));
    attributes.as_path = AsPath::sequence(path);
    attributes.next_hop.global = IpAddress::v4(0x0A000001U + neighbour % 250);
    if (upto(4) == 0) attributes.med = upto(200);
    for (std::uint32_t n = 0; n < upto(6); ++n) {
      attributes.communities.push_back(Community::of(static_cast<std::uint16_t>(neighbour),
                                                     static_cast<std::uint16_t>(upto(5000))));
    }
    attributes.normalise();
    made.push_back(std::move(attributes));
  }
  return made;
}

}  // namespace tern::bench
