// Routes as lines of text, for people and scripts:
//
//   PREFIX NEXT-HOP AS-PATH COMMUNITIES [med=N] [origin=igp|egp|incomplete]
//
// AS-PATH is all of it, the speaker's own AS first, with commas ("65010,64600,4200000001"), or "-".
// COMMUNITIES is a list with commas of any kind in the notation of ternctl
// ("65010:102,65020:7:3,rt:65030:49"), or "-". What follows a # is a remark.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "rib/types/path_attributes.h"
#include "rib/types/prefix.h"
#include "rib/types/result.h"

namespace tern::replay {

// Consecutive lines that differ in the prefix alone, and share a family.
struct RouteGroup {
  PathAttributes attributes;
  std::vector<Nlri> prefixes;
};

// The error names the line.
[[nodiscard]] Result<std::vector<RouteGroup>, std::string> read_routes(std::istream& in);

}  // namespace tern::replay
