// The position of a walk round the table, and the destinations that it has yet to visit for each
// client.
//
// The walk goes round the numbers of destinations for all clients that wait for the table. A client
// that comes in the middle of a round is served from that place round to the same place. The walk
// serves a client up to the end that the table had when the client came; routes stored later are
// advertised as changes.
//
// A client of a new session holds nothing. While the walk has yet to reach a destination for such a
// client (ahead()), changes of the destination are not advertised to the client, because the walk
// will advertise the state that it finds. So each destination is advertised once, however much the
// table changes meanwhile.
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
    First,    // of a new session: all routes
    Refresh,  // all routes of some families once more
    Rules,    // new rules: the difference
  };
  // Consecutive destinations that are for the same clients. Half-open; empty: no client waits.
  struct Stretch {
    rib::DestId first = 0, last = 0;
  };

  // end: of the table at present. A second request for Rules before begin() changes nothing.
  void add(PeerSlot slot, FamilySet families, Kind kind, rib::DestId end);
  void remove(PeerSlot slot);
  [[nodiscard]] bool idle() const { return requests_.empty(); }
  // Whether fn(slot, kind) is true for every request.
  template <typename Fn>
  [[nodiscard]] bool all_of(Fn&& fn) const {
    return std::ranges::all_of(
        requests_, [&fn](const Request& request) { return fn(request.slot, request.kind); });
  }

  // ---- A slice

  // Before the first stretch of a slice: requests for Rules begin at the present position.
  void begin(rib::DestId end);
  // The next stretch, of at most `most` destinations. forced() and served() are for it until
  // advance().
  [[nodiscard]] Stretch next(std::size_t most);
  // The stretch was walked.
  void advance(const Stretch& walked);
  // Clients that are advertised the whole state, whatever they were advertised before. Empty
  // outside a stretch.
  [[nodiscard]] const rib::ClientSet& forced(Family family) const { return forced_[index(family)]; }
  // The clients that wait for the stretch, forced ones included. Empty outside a stretch.
  [[nodiscard]] const rib::ClientSet& served() const { return serves_; }
  // Whether some of them are forced.
  [[nodiscard]] bool any_forced() const {
    return !std::ranges::all_of(forced_, [](const auto& forced) { return forced.empty(); });
  }
  // The last destination that next() can come to before it turns round; for prefetches.
  [[nodiscard]] rib::DestId reach() const;
  // Clients for which a walk ended since the last call, once for each request but Rules.
  [[nodiscard]] std::vector<PeerSlot> take_served();

  // Clients of new sessions for which the walk has yet to reach the destination. Valid until the
  // next call of any function.
  [[nodiscard]] const rib::ClientSet& ahead(rib::DestId id);

 private:
  struct Request {
    PeerSlot slot = kNoPeerSlot;
    FamilySet families;
    Kind kind = Kind::First;
    bool begun = false;
    bool turned = false;   // the walk has started a new round since
    rib::DestId from = 0;  // position of the walk when the request began
    rib::DestId end = 0;   // of the table at that time
  };

  void place(Request& request, rib::DestId end) const;
  [[nodiscard]] bool has_before_it(const Request& request, rib::DestId id) const;
  void end_those_served();

  std::vector<Request> requests_;
  rib::DestId position_ = 0;
  std::array<rib::ClientSet, kFamilyCount> forced_;
  rib::ClientSet serves_;
  std::vector<PeerSlot> served_;
  // The last result of ahead(), and the destinations that it is valid for.
  rib::ClientSet ahead_;
  Stretch ahead_of_;
};

}  // namespace tern::pipeline
