// The rows that a stream of routes reads out of the journal of a shard. Internal to bgpd/api.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "bgpd/api/advertised_source.h"
#include "bgpd/api/route_view.h"
#include "rib/rib.h"

namespace tern::api {

// An event as the task found it.
struct MonitorRow {
  enum class Kind : std::uint8_t { Announce, Withdraw, WithdrawAll };
  Kind kind = Kind::Announce;
  Nlri nlri;
  PathFacts path;       // of a withdrawal: path id and peer
  rib::AttrHandle set;  // of an announcement
  EgressInfo place;
};

// The rows that a task reads out of a shard. Used by the task while the read is under way, else by
// the loop. No function that waits in the loop's queue keeps it: the sets would outlive their
// table.
class MonitorRows {
 public:
  explicit MonitorRows(const rib::Journal::Interest& interest) : interest_(interest) {}

  // An advertised set does not name its source: see AdvertisedSource.
  AdvertisedSource advertised_source;

  // On the strand.
  void read(rib::Rib& rib, rib::Journal::Subscriber& from);

  // On the loop.
  [[nodiscard]] bool empty() const { return next_ == rows_.size(); }
  [[nodiscard]] const MonitorRow& front() const { return rows_[next_]; }
  void pop();
  void clear();
  [[nodiscard]] rib::Journal::Read& flags() { return read_; }

 private:
  void show(rib::Rib& rib, const rib::Destination& destination, const rib::Journal::Change& change);
  void show_best(rib::Rib& rib, const rib::Destination& destination,
                 const rib::Journal::Change& change);
  void show_received(rib::Rib& rib, const rib::Destination& destination,
                     const rib::Journal::Change& change);
  void show_advertised(rib::Rib& rib, const rib::Destination& destination,
                       const rib::Journal::Change& change);

  // Adds a withdrawal, unless the announcements of `count` paths show already which paths are gone
  // (`replaces`).
  void withdraw_before(const Nlri& nlri, const rib::Journal::Change& change, std::size_t count,
                       bool replaces);
  void announce(rib::Rib& rib, const rib::Destination& destination, const PathFacts& facts,
                rib::AttrRef set);
  void withdraw(const Nlri& nlri, const rib::Journal::Change& change, MonitorRow::Kind kind);

  // Frees the memory, too: one destination may have thousands of rows.
  void drop_rows();

  const rib::Journal::Interest interest_;
  rib::Journal::Read read_;
  std::vector<MonitorRow> rows_;
  std::size_t next_ = 0;  // the next of rows_ to show
};

}  // namespace tern::api
