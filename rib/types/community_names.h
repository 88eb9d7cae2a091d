// The names of well-known communities, for "did you mean".
#pragma once

#include <string>
#include <vector>

namespace tern {

// As parse_community() reads and to_string() writes them: "no-export".
[[nodiscard]] std::vector<std::string> community_names();

}  // namespace tern
