// Feeds out of MRT files: each peer of a table dump becomes a speaker again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rib/types/result.h"
#include "tests/lab/replay/feed.h"

namespace tern::replay {

struct DumpChoice {
  std::string table;                  // TABLE_DUMP or TABLE_DUMP_V2
  std::vector<std::string> updates;   // BGP4MP files that continue it, in order of time
  std::optional<std::uint32_t> peer;  // index in the dump; nothing: all of them
  IpAddress local;                    // of the first feed; the others count up from it
  bool next_hop_self = false;
  std::uint32_t every = 1;  // one prefix of so many, for a smaller table of the same shape
  ControlChoice control;    // names the AS numbers of the feeds to each other
};

// One feed per peer that was chosen, in the order of the dump, with the AS and the BGP identifier
// of the peer (its IPv4 address, or a number made of its local address, where the dump has none).
// Peers without a route are feeds, too. The error is the first one of a file.
[[nodiscard]] Result<std::vector<Feed>, std::string> read_dump(const DumpChoice& choice);

// The address `by` after this one.
[[nodiscard]] IpAddress address_after(const IpAddress& address, std::uint32_t by);
// A BGP identifier for a speaker that was not given one: its address, or bits of it.
[[nodiscard]] std::uint32_t identifier_of(const IpAddress& address);

}  // namespace tern::replay
