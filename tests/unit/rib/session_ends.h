// The end of a session whose paths are not kept, for tests of tables without sessions.
#pragma once

#include "rib/epochs.h"
#include "rib/types/family.h"
#include "rib/types/peer.h"

namespace tern::rib {

// table: a Rib or Shards
template <typename Table>
void end_session(Table& table, PeerSlot peer) {
  for (const Family family : kFamilies) table.change_epoch(peer, family, EpochChange::ExpireAll);
}

}  // namespace tern::rib
