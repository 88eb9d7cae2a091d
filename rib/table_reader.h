// Reads one shard's table from any thread, while the owner changes it.
//
// For use between Rib::share() and unshare() of the owner. No function waits or makes the owner
// wait: one load finds the content of a destination, which stays unchanged until the caller's
// Section ends (docs/adr/0015). Each destination is consistent in itself; two may be of different
// moments. The sets of its paths may be read (Shards::attributes()) in the section.
#pragma once

#include <optional>
#include <vector>

#include "rib/base/rcu.h"
#include "rib/rib.h"

namespace tern::rib {

class TableReader {
 public:
  explicit TableReader(const Rib& rib) : table_(&rib.table_), audiences_(&rib.audiences_) {}

  // Should be short: memory that the owner no longer needs waits for its end.
  class Section {
   public:
    explicit Section(const TableReader& reader) : table_(*reader.table_) { table_.enter(); }
    ~Section() { table_.leave(); }
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

   private:
    const rcu::Section sets_and_audiences_;
    const DestinationTable& table_;
  };

  // Ids run from 0 to end(), which may grow.
  [[nodiscard]] DestId end() const { return table_->end_now(); }
  // Whether the destination has a path or advertised routes.
  [[nodiscard]] bool in_use(DestId id) const { return table_->is_found(id); }
  // The prefix of a destination that this thread has seen in use, or received from next(). The
  // destination keeps its prefix. May be called outside a section.
  [[nodiscard]] const Prefix& prefix(DestId id) const { return table_->prefix_of(id); }
  // In a section: appends the ids of some destinations at addresses from `from` on, in no order,
  // and returns the address for the next call (rib/ordered_index.h). A destination may have lost
  // its paths.
  [[nodiscard]] std::optional<IpAddress> next(Family family, const IpAddress& from,
                                              std::vector<DestId>& out) const {
    return table_->next(family, from, out);
  }
  // In a section. The step is not known. The epoch of a path is for the owner alone, so a reader
  // must not copy a whole Path.
  [[nodiscard]] Destination destination(DestId id) const { return table_->look_up(id); }
  // In the section in which the audience was found in a destination.
  [[nodiscard]] bool contains(AudienceRef audience, PeerSlot client) const {
    return audiences_->look_up(audience, client);
  }

 private:
  const DestinationTable* table_;
  const AudienceTable* audiences_;
};

}  // namespace tern::rib
