// The values that are shown of the baseline. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "rib/types/asn.h"
#include "rib/types/prefix.h"

namespace tern::baseline {

enum class Phase : std::uint8_t {
  Off,
  Reading,  // the file of the earlier run
  Waiting,  // until the neighbors have sent their tables
  Learning,
};
[[nodiscard]] const char* to_string(Phase phase);  // "off"

struct WatchCounts {
  Phase phase = Phase::Off;
  std::size_t learnt = 0;  // prefixes, like the next two
  std::size_t ripe = 0;
  std::size_t most = 0;
  std::uint64_t left_out = 0;     // times that a new prefix found no room, ever
  std::uint64_t displaced = 0;    // unripe prefixes that made room for others, ever
  std::size_t open = 0;           // findings
  std::uint64_t unreported = 0;   // findings that found no room, ever
  std::size_t octets = 0;         // of memory
  std::uint32_t day_seconds = 0;  // of a day of the baseline
  std::uint64_t day = 0;          // from 0 on
  std::uint32_t kept = 0;         // Unix seconds when the file was written; 0: not since the start
  std::uint64_t failures = 0;     // of reading and writing the file, ever
  std::string error;              // of the last reading or writing; empty: it succeeded
};

// The knowledge of a prefix.
struct LearntPrefix {
  struct Seen {
    Asn asn = 0;  // of an upstream, 0: none
    bool usual = false;
    std::uint32_t days = 0;      // 255: or more
    std::uint32_t days_ago = 0;  // since it was seen last
    std::uint64_t first = 0;     // Unix seconds of the day when it was seen first; 0: an upstream
  };
  Prefix prefix;
  bool ripe = false;
  bool covering = false;  // covers the prefix that was asked for
  std::vector<Seen> origins;
  std::vector<Seen> upstreams;
  bool many_origins = false;
  bool many_upstreams = false;
  std::uint32_t shortest = 0;  // 0: not known
  std::uint32_t longest = 0;
};

}  // namespace tern::baseline
