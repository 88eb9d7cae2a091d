// MemoryGuard notices that memory runs short before an allocation fails, so that the speaker ends
// the session whose routes take the memory, and not the process. Loop thread only.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "rib/shards.h"

namespace tern::session {

// Cuts the spaces so that they fit into the limit of the process's address space (RLIMIT_AS), which
// counts reserved addresses, too. All tables get half of the limit; attribute sets get a quarter of
// that half. Without a limit, returns the spaces unchanged.
[[nodiscard]] rib::TableSpaces spaces_within_limits(const rib::TableSpaces& spaces,
                                                    std::size_t shards);

class MemoryGuard {
 public:
  // The caller calls once a second. Returns the memory that is short, for people; nothing while
  // no memory is short. Memory is short when less is left than a flood takes in a second or two:
  // 256 MiB for attribute sets, 64 MiB for the paths of a shard, a sixteenth of a limited address
  // space and of smaller spaces. The shortage ends when twice as much is left.
  [[nodiscard]] std::optional<std::string> look(const rib::Shards& shards);

 private:
  bool short_ = false;
};

}  // namespace tern::session
