// One prefix of the table and the paths to it.
#pragma once

#include <cstdint>
#include <vector>

#include "rib/attr_table.h"
#include "rib/decision.h"
#include "rib/types/peer.h"
#include "rib/types/prefix.h"
#include "rib/types/reason.h"

namespace tern::rib {

// Index of a destination; stable while it has paths or somebody is told of it, reused afterwards.
using DestId = std::uint32_t;

// A path as its peer sent it (the Adj-RIB-In of RFC 4271 section 3.2, rejected ones included) and
// as import policy left it.
struct Path {
  PeerSlot peer = kNoPeerSlot;
  std::uint32_t path_id = 0;  // as received (RFC 7911); 0 without Add-Path
  AttrRef received = AttrRef::None;
  AttrRef effective = AttrRef::None;  // None: rejected
  std::uint32_t since = 0;            // Unix seconds of the last change
  std::uint32_t local_id = 0;         // unique in the destination: the path id we send
  std::uint16_t detail = 0;           // of `reason`: index into Rib::detail()
  Reason reason = Reason::None;
  std::uint8_t generation = 0;  // of the peer and family when the path was last heard

  [[nodiscard]] bool accepted() const { return effective != AttrRef::None; }
};

struct Destination {
  Prefix prefix;
  std::vector<Path> paths;       // accepted ones first, in order of preference
  std::uint32_t accepted = 0;    // how many of them
  std::uint32_t advertised = 0;  // (client, path) pairs that hold the prefix from us
  Step step = Step::OnlyPath;    // that set the best before the next
  bool changed = false;          // waits in Rib::take_changes()
  bool in_use = false;

  [[nodiscard]] const Path* best() const { return accepted > 0 ? paths.data() : nullptr; }
};

}  // namespace tern::rib
