// The facts of an AS_PATH that the baseline learns, from the octets of the attribute.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "rib/types/path_facts.h"

namespace tern::baseline {

// as_path: the value of the attribute, with AS numbers of four octets. Nothing: the path has no AS,
// or an AS_SET where the origin or the upstream should be.
[[nodiscard]] std::optional<PathFacts> path_facts(std::span<const std::byte> as_path);

}  // namespace tern::baseline
