// Routes on their way from the journal of a shard to the baseline. Filled by a task of the shard's
// strand, and then read by tern-event. Internal to bgpd/baseline.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/baseline/findings.h"
#include "bgpd/baseline/path_facts.h"
#include "rib/journal.h"
#include "rib/rib.h"

namespace tern::baseline {

struct Batch {
  static constexpr std::size_t kMostChanges = 1024;  // of one read
  // Paths that are looked at, likewise; the last prefix may exceed the bound. Prefixes that were
  // asked for take half of it.
  static constexpr std::size_t kMostPaths = 2048;
  static constexpr std::size_t kMostRoutes = 64;  // of a prefix, with different facts

  // A path that came, changed or went.
  struct Change {
    Prefix prefix;
    PeerSlot from = kNoPeerSlot;
    std::optional<PathFacts> path;  // nothing: it went, or has no origin to compare
    bool accepted = false;
  };
  // A prefix with all its routes: those from `begin` to `end` in `routes`.
  struct Whole {
    Prefix prefix;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };

  std::vector<Prefix> asked;   // prefixes of the shard that are read whole, with their AS_PATHs
  std::size_t asked_read = 0;  // the first ones of these, which were read
  std::vector<Change> changes;
  std::vector<Whole> wholes;
  std::vector<Route> routes;
  bool caught_up = false;  // no prefix of the snapshot is left
  bool skipped = false;    // the prefixes that were asked for left no room for changes

  // Reads the changes that wait, a bounded number of them, and the prefixes that were asked for.
  void read(rib::Rib& rib, rib::Journal::Subscriber& from);
  [[nodiscard]] bool empty() const { return changes.empty() && wholes.empty(); }

 private:
  // The AS_PATHs of sets, while a task holds the shard: meanwhile a set keeps its number.
  class Memo;
  void add_whole(rib::Rib& rib, Memo& memo, rib::DestId id, bool texts);
  void add_change(rib::Rib& rib, Memo& memo, const rib::Journal::Change& change);

  std::size_t paths_ = 0;  // that the task looked at
};

}  // namespace tern::baseline
