// Looks whether memory runs short before it is gone, so that the session whose routes take it can
// be ended instead of the process. Loop thread only.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "rib/shards.h"

namespace tern::session {

// What of the spaces fits into the limit of the process's address space (RLIMIT_AS), for which
// reserved addresses count: half of it for all tables, of which a quarter is for attribute sets.
// Without a limit, the spaces as they are.
[[nodiscard]] rib::TableSpaces spaces_within_limits(const rib::TableSpaces& spaces,
                                                    std::size_t shards);

class MemoryGuard {
 public:
  // Once a second. What is short, for people; none when all is well. Short is less than a flood
  // takes in a second or two: 256 MiB for sets, 64 MiB for the paths of a shard, a sixteenth of a
  // limited address space (and of smaller spaces); over when there is twice as much.
  [[nodiscard]] std::optional<std::string> look(const rib::Shards& shards);

 private:
  bool short_ = false;
};

}  // namespace tern::session
