// Where a walk round the table is, and for which clients it has which destinations before it.
//
// The walk goes round the numbers of destinations for all clients that wait for the table. A client
// that comes in the middle is served from there to there. The walk serves a client up to the end
// that the table had when it came: what is stored later is told as a change.
//
// A client of a new session holds nothing. A change of a destination that the walk has yet to reach
// for it is not for it, because the walk will tell it the state that it finds: ahead(). So each
// destination is told once, however much the table changes meanwhile.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "rib/audience.h"
#include "rib/destination.h"
#include "rib/types/family.h"
#include "rib/types/peer.h"

namespace tern::pipeline {

class TableWalk {
 public:
  enum class Kind : std::uint8_t {
    First,    // of a new session: everything
    Refresh,  // everything of some families once more
    Rules,    // new rules: the difference
  };
  // Destinations in a row that are for the same clients. Half-open; empty: nobody waits.
  struct Stretch {
    rib::DestId first = 0, last = 0;
  };

  // end: of the table, now. Rules that wait for begin() already are one request.
  void add(PeerSlot slot, FamilySet families, Kind kind, rib::DestId end);
  void remove(PeerSlot slot);
  [[nodiscard]] bool idle() const { return requests_.empty(); }
  template <typename Fn>
  [[nodiscard]] bool all_of(Fn&& fn) const {
    return std::ranges::all_of(requests_, fn, &Request::slot);
  }

  // ---- A slice

  // Before the first stretch: new rules are walked for from here on.
  void begin(rib::DestId end);
  // At most `most` destinations. forced() is for them until advance().
  [[nodiscard]] Stretch next(std::size_t most);
  // The stretch was walked.
  void advance(const Stretch& walked);
  // Who is told everything, whatever it was told before. Empty but in a stretch.
  [[nodiscard]] const rib::ClientSet& forced(Family family) const { return forced_[index(family)]; }
  // The last destination that next() can come to before it turns round; for prefetches.
  [[nodiscard]] rib::DestId reach() const;
  // Clients, once for each table that they were told.
  [[nodiscard]] std::vector<PeerSlot> take_served();

  // New clients for whom the walk has yet to come by. Valid until the next call of anything here.
  [[nodiscard]] const rib::ClientSet& ahead(rib::DestId id);

 private:
  struct Request {
    PeerSlot slot = kNoPeerSlot;
    FamilySet families;
    Kind kind = Kind::First;
    bool begun = false;
    bool turned = false;   // the walk turned round since
    rib::DestId from = 0;  // where the walk was
    rib::DestId end = 0;   // of the table
  };

  void place(Request& request, rib::DestId end) const;
  [[nodiscard]] bool has_before_it(const Request& request, rib::DestId id) const;
  void end_those_served();

  std::vector<Request> requests_;
  rib::DestId position_ = 0;
  std::array<rib::ClientSet, kFamilyCount> forced_;
  std::vector<PeerSlot> served_;
  // What ahead() found, and for which destinations.
  rib::ClientSet ahead_;
  Stretch ahead_of_;
};

}  // namespace tern::pipeline
