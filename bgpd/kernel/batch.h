// Rows that a task of a shard reads for tern-kernel.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "policy/policy.h"
#include "rib/journal.h"
#include "rib/rib.h"

namespace tern::kernel {

// By slot; of a slot without a neighbor empty.
using PeerTable = std::vector<policy::PeerFacts>;

// A path that may be installed.
struct PathRow {
  PeerSlot peer = kNoPeerSlot;
  bool own = false;             // of this router
  std::uint32_t interface = 0;  // of the session, if the neighbor's address is link-local
  rib::AttrHandle set;
};

// A prefix and its paths: the best one, and the next ones as long as each ties with all before it
// up to the router id. Paths that the MED step rules out are left out. None: there is no best path.
struct PrefixRow {
  Prefix prefix;
  std::uint32_t first_path = 0;  // of Batch::paths
  std::uint32_t paths = 0;
};

// The rows hold attribute sets, so a Batch is freed before the table.
struct Batch {
  std::vector<PrefixRow> prefixes;
  std::vector<PathRow> paths;
  rib::AttrTable* attributes = nullptr;  // the table of the sets; set by fill()
  rib::Journal::Read read;
  std::shared_ptr<const PeerTable> peers;  // null: no policy reads them

  // Replaces the content. Reads some changes, of the families alone; most_paths: of a prefix. On
  // the strand of the shard.
  void fill(rib::Rib& rib, rib::Journal::Subscriber& from, FamilySet families,
            std::uint32_t most_paths);
};

}  // namespace tern::kernel
