// Changes of the routes that a router of a random run originates, for the real RIB and for the
// naive one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "rib/shards.h"
#include "rib/types/path_attributes.h"
#include "rib/types/prefix.h"

namespace tern::model {

using OwnRoutes = std::map<Nlri, PathAttributes>;

struct OwnChange {
  std::vector<Nlri> nlri;                    // of one family
  std::optional<PathAttributes> attributes;  // nothing: the routes end
};

// By the numbers of an operation: a: which prefixes, b: everything else.
[[nodiscard]] OwnChange own_change(std::uint32_t a, std::uint32_t b);
void note(const OwnChange& change, OwnRoutes& routes);
// Stores the change, as OwnRoutes of bgpd/session does.
void store(const OwnChange& change, rib::Shards& shards, std::uint32_t now);

}  // namespace tern::model
