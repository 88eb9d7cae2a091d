// The file of the baseline on the disk. Internal to bgpd/baseline.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/baseline/kept_records.h"

namespace tern::baseline {

struct ReadFault {
  std::string text;
  bool missing = false;     // there is no file
  bool unreadable = false;  // the file cannot be opened or read; it is not known to be damaged
};
// Passes the blocks of the file on as they are read, until take() returns false; may wait for the
// disk. Nothing: all blocks were passed on, and the reader has the clock, or take() returned false.
// With a fault, blocks that were passed on are a part of a file, and must not count.
[[nodiscard]] std::optional<ReadFault> read_blocks(
    const std::string& path, KeptReader& reader,
    const std::function<bool(std::vector<Record>)>& take);

}  // namespace tern::baseline
