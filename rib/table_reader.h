// A look at one shard's table from any thread, beside the one that changes it.
//
// Between Rib::share() and unshare() of the owner. Nothing here waits or writes, and nothing makes
// the owner wait: what a destination has is found by one load, and stays as it is found until the
// caller's rcu::Section ends (docs/adr/0015). Each destination is consistent in itself; two may be
// of different moments. The sets of its paths may be read (Shards::attributes()) in the section.
#pragma once

#include "rib/rib.h"

namespace tern::rib {

class TableReader {
 public:
  explicit TableReader(const Rib& rib) : table_(rib.table_), audiences_(rib.audiences_) {}

  // Ids run from 0 to end(), which may grow. An id keeps its prefix.
  [[nodiscard]] DestId end() const { return table_.end(); }
  // In a section. in_use: it has a path, or somebody is told of it. The step is not known.
  [[nodiscard]] Destination destination(DestId id) const { return table_.look_up(id); }
  // Whether a client is in an audience that stands in a destination found in the same section.
  [[nodiscard]] bool contains(AudienceRef audience, PeerSlot client) const {
    return audiences_.look_up(audience, client);
  }

 private:
  const DestinationTable& table_;
  const AudienceTable& audiences_;
};

}  // namespace tern::rib
