// The file of the baseline on the disk. Its functions may wait for the disk. Internal to
// bgpd/baseline.
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
// Checks the whole file first, and then passes its blocks on, until take() returns false. Nothing:
// all blocks were passed on, and the reader has the clock, or take() returned false.
[[nodiscard]] std::optional<ReadFault> read_pieces(
    const std::string& path, KeptReader& reader,
    const std::function<bool(std::vector<Record>)>& take);

}  // namespace tern::baseline
